import { Link } from "wouter";
import { api } from "../../server/domain/api.ts";
import type { TriagedFinding } from "../../server/domain/finding.ts";
import { counted } from "../format.ts";
import { formatNear, formatTime } from "../format-time.ts";
import { useAnswer, useStatus } from "../queries.ts";
import { SeverityBadge } from "../ui/badges.tsx";
import { Panel } from "../ui/panel.tsx";
import { Answered, Empty, RowsSkeleton } from "../ui/states.tsx";
import { Table, type Column } from "../ui/table.tsx";
import { SubjectName } from "../ui/two-line.tsx";
import { carried, writeUrl } from "../url-state.ts";
import { useView } from "../view.tsx";
import { visibleText } from "../../server/domain/visible-text.ts";
import type { PanelSpec } from "./panel.ts";

const shown = 10;

export const recentEvents: PanelSpec = {
  id: "recent-events",
  title: "Recent events",
  View: RecentEvents,
};

function RecentEvents() {
  const { state, zone, ready } = useView();
  const now = useStatus().data?.serverTime;
  const answer = useAnswer(
    api.findings,
    { range: state.range, timeZone: zone, severities: ["high", "critical"], limit: 200 },
    { enabled: ready },
  );
  const columns: readonly Column<TriagedFinding>[] = [
    {
      id: "time",
      head: "Time",
      className: "nowrap",
      cell: ({ lastSeen }) =>
        now === undefined ? formatTime(lastSeen, zone, "dayMinute") : formatNear(lastSeen, now, zone),
    },
    { id: "severity", head: "Severity", cell: ({ severity }) => <SeverityBadge severity={severity} /> },
    {
      id: "what",
      head: "What",
      className: "nowrap",
      cell: ({ id, detectionId }) => <Link href={`/findings/${id}${writeUrl(carried(state))}`}>{detectionId}</Link>,
    },
    { id: "subject", head: "Subject", className: "nowrap", cell: ({ subject }) => <SubjectName subject={subject} /> },
    { id: "evidence", head: "Evidence", className: "what", cell: ({ summary }) => visibleText(summary) },
  ];
  return (
    <Panel
      title="Recent events"
      note="Open findings, high and above"
      busy={answer.isFetching}
      tools={
        <Link className="link" href={`/findings${writeUrl(carried(state))}`}>
          All findings
        </Link>
      }
    >
      <Answered answer={answer} loading={<RowsSkeleton rows={shown} />}>
        {({ items, detections }) =>
          items.length > 0 ? (
            <Table
              caption="The newest open findings, high and above"
              columns={columns}
              rows={items.toSorted(newestFirst).slice(0, shown)}
              rowKey={({ id }) => id}
            />
          ) : detections === null ? (
            <Empty icon="unknown" tone="warn" title="Not evaluated: no data" />
          ) : (
            <Empty icon="pass" tone="good" title="No open findings of high or critical severity in this window">
              <p>{counted(detections.ran, "check")} ran.</p>
            </Empty>
          )
        }
      </Answered>
    </Panel>
  );
}

function newestFirst(a: TriagedFinding, b: TriagedFinding): number {
  return b.lastSeen.localeCompare(a.lastSeen);
}
