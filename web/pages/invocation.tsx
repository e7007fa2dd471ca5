import type { ReactNode } from "react";
import { Link, useLocation } from "wouter";
import { api } from "../../server/domain/api.ts";
import type { InvocationRecord } from "../../server/domain/invocation-answers.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { counted } from "../format.ts";
import { formatTime } from "../format-time.ts";
import { useAnswer } from "../queries.ts";
import { CallPanel } from "../record/call-panel.tsx";
import { CostPanel } from "../record/cost-panel.tsx";
import { GuardrailPanel } from "../record/guardrail-panel.tsx";
import { NearbyPanel } from "../record/nearby-panel.tsx";
import { OutlinePanel } from "../record/outline-panel.tsx";
import { MetadataPanel, OriginalPanel, ProvenancePanel } from "../record/provenance-panel.tsx";
import { idOfPath } from "../record/record-href.ts";
import { RevealButton } from "../record/reveal-button.tsx";
import { Revealed } from "../record/revealed-content.tsx";
import { SignalsPanel } from "../record/signals-panel.tsx";
import { useReveal } from "../record/use-reveal.ts";
import { StatusBadge } from "../record/words.tsx";
import { Tag } from "../ui/badges.tsx";
import { PageHead } from "../ui/page-head.tsx";
import { Panel } from "../ui/panel.tsx";
import { Answered, Empty, RowsSkeleton } from "../ui/states.tsx";
import { carried, writeUrl } from "../url-state.ts";
import { useView } from "../view.tsx";
import type { Page } from "./page.ts";

export const invocation: Page = {
  id: "invocation",
  path: "/invocations/:id",
  title: "Record",
  icon: null,
  View: RecordPage,
};

function RecordPage() {
  useLocation();
  // As it stands in the address: the router decodes a path, and an id may hold what looks encoded.
  const id = idOfPath(window.location.pathname);
  if (id === null) {
    return (
      <Waiting>
        <Empty title="The address holds no id that can be read" />
      </Waiting>
    );
  }
  return <Asked key={id} id={id} />;
}

function Asked({ id }: { id: string }) {
  const { state } = useView();
  const time = state.plain.get("time")?.[0];
  const answer = useAnswer(api.invocation, { id, ...(time === undefined ? {} : { time }) });
  if (answer.data === undefined || answer.data.invocation.id !== id) {
    return (
      <Waiting>
        <Answered answer={answer} loading={<RowsSkeleton rows={8} />}>
          {() => <RowsSkeleton rows={8} />}
        </Answered>
      </Waiting>
    );
  }
  return <Found record={answer.data} />;
}

function Found({ record }: { record: InvocationRecord }) {
  const { invocation: call, signals, findings } = record;
  const { zone } = useView();
  const reveal = useReveal(call.id, call.time);
  return (
    <>
      <Crumb id={call.requestId ?? call.id} />
      <PageHead title={`Record of ${formatTime(call.time, zone, "full")}`} bare>
        <RevealButton reveal={reveal} />
      </PageHead>
      <div className="filters">
        <StatusBadge status={call.status} />
        {call.operation === null ? null : <Tag>{visibleText(call.operation)}</Tag>}
        {signals.length === 0 ? null : (
          <Tag tone="warn" icon="warning">
            {counted(signals.length, "signal")}
          </Tag>
        )}
        {findings.length === 0 ? null : (
          <Tag tone="bad" icon="findings">
            {counted(findings.length, "finding")}
          </Tag>
        )}
        <span className="asof">{zone}</span>
      </div>
      <div className="grid">
        <Revealed reveal={reveal} />
        <CallPanel record={record} />
        <CostPanel record={record} />
        <OutlinePanel record={record} />
        <SignalsPanel record={record} />
        <GuardrailPanel invocation={call} />
        <NearbyPanel invocation={call} />
        <ProvenancePanel record={record} />
        <OriginalPanel record={record} />
        <MetadataPanel record={record} />
      </div>
    </>
  );
}

function Waiting({ children }: { children: ReactNode }) {
  return (
    <>
      <Crumb id="" />
      <PageHead title="Record" bare />
      <Panel title="Record">{children}</Panel>
    </>
  );
}

function Crumb({ id }: { id: string }) {
  const { state } = useView();
  return (
    <p className="crumb">
      <Link className="link" href={`/invocations${writeUrl(carried(state))}`}>
        Invocations
      </Link>{" "}
      <span className="muted">/ {visibleText(id)}</span>
    </p>
  );
}
