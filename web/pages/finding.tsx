import { Link, useParams } from "wouter";
import { api } from "../../server/domain/api.ts";
import type { FindingDetail } from "../../server/domain/finding-answers.ts";
import { shownFindingState } from "../../server/domain/finding.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { EvidenceTable } from "../finding/evidence-table.tsx";
import { About, Runbook, WhatHappened } from "../finding/finding-facts.tsx";
import { History } from "../finding/history.tsx";
import { SubjectOverTime } from "../finding/subject-over-time.tsx";
import { TriageTools } from "../finding/triage-tools.tsx";
import { useTriage } from "../finding/use-triage.ts";
import { formatTime } from "../format-time.ts";
import { useAnswer } from "../queries.ts";
import { SeverityBadge, StateBadge, Tag } from "../ui/badges.tsx";
import { Icon } from "../ui/icon.tsx";
import { PageHead } from "../ui/page-head.tsx";
import { Panel } from "../ui/panel.tsx";
import { Answered, RowsSkeleton } from "../ui/states.tsx";
import { carried, writeUrl } from "../url-state.ts";
import { useView } from "../view.tsx";
import type { Page } from "./page.ts";

export const finding: Page = {
  id: "finding",
  path: "/findings/:id",
  title: "Finding",
  icon: null,
  View: FindingPage,
};

function FindingPage() {
  const { id } = useParams<{ id: string }>();
  const answer = useAnswer(api.finding, { id });
  const detail = answer.data;
  if (detail === undefined || detail.finding.id !== id) {
    return (
      <>
        <Crumb />
        <PageHead title="Finding" bare />
        <Panel title="Finding">
          <Answered answer={answer} loading={<RowsSkeleton rows={8} />}>
            {() => <RowsSkeleton rows={8} />}
          </Answered>
        </Panel>
      </>
    );
  }
  return <Found detail={detail} />;
}

function Found({ detail }: { detail: FindingDetail }) {
  const { finding: found, rule } = detail;
  const { zone } = useView();
  const triage = useTriage(found);
  return (
    <>
      <Crumb detection={found.detectionId} />
      <PageHead title={visibleText(found.title)} bare>
        <TriageTools finding={found} triage={triage} />
      </PageHead>
      <div className="filters">
        <SeverityBadge severity={found.severity} />
        <StateBadge state={shownFindingState(found)} />
        <Tag>first seen {formatTime(found.firstSeen, zone, "dayMinute")}</Tag>
        <Tag>last seen {formatTime(found.lastSeen, zone, "dayMinute")}</Tag>
        {found.mappings.length === 0 ? null : <Tag>{found.mappings.map(visibleText).join(" · ")}</Tag>}
        <span className="asof">{zone}</span>
      </div>
      {triage.refusal === null ? null : (
        <div className="callout warn after-head" role="alert">
          <Icon name="warning" />
          <div>
            <p>
              <b>{visibleText(triage.refusal.title)}</b>
            </p>
            <p>{visibleText(triage.refusal.remedy)}</p>
          </div>
        </div>
      )}
      <div className="grid">
        <div className="c8 stackx">
          <WhatHappened finding={found} rule={rule} />
          <SubjectOverTime finding={found} />
          <EvidenceTable finding={found} />
        </div>
        <div className="c4 stackx">
          <About finding={found} />
          <Runbook rule={rule} />
          <History detail={detail} triage={triage} />
        </div>
      </div>
    </>
  );
}

function Crumb({ detection }: { detection?: string }) {
  const { state } = useView();
  return (
    <p className="crumb">
      <Link className="link" href={`/findings${writeUrl(carried(state))}`}>
        Findings
      </Link>{" "}
      <span className="muted">/ {detection === undefined ? "one finding" : visibleText(detection)}</span>
    </p>
  );
}
