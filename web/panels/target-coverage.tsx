import { api } from "../../server/domain/api.ts";
import type { TargetCoverage } from "../../server/domain/coverage.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { choiceOf, isInPlace } from "../compliance/choose.ts";
import { counted, format } from "../format.ts";
import { formatTime } from "../format-time.ts";
import { useAnswer, useStatus } from "../queries.ts";
import { Marked } from "../ui/badges.tsx";
import { completeness } from "../ui/completeness.ts";
import { Panel } from "../ui/panel.tsx";
import { Answered, Empty, RowsSkeleton } from "../ui/states.tsx";
import { Table, type Column } from "../ui/table.tsx";
import { TargetName } from "../ui/target-name.tsx";
import { useView } from "../view.tsx";
import type { PanelSpec } from "./panel.ts";

export const targetCoverage: PanelSpec = {
  id: "target-coverage",
  title: "Coverage",
  View: Coverage,
};

function Coverage() {
  const { state, zone } = useView();
  const answer = useAnswer(api.coverage, {});
  const choice = choiceOf(state);
  const now = useStatus().data?.serverTime;
  return (
    <Panel
      title="Coverage"
      note={`complete through when, and why not further; times in ${zone}`}
      busy={answer.isFetching}
      foot={
        <span>
          Complete: everything that the source showed when it was looked at is read. Settled: late deliveries are no
          longer to be expected. Exceptions are objects before that time that were lost or could not be read whole.
        </span>
      }
    >
      <Answered answer={answer} loading={<RowsSkeleton rows={6} />}>
        {({ targets }) => {
          const rows = targets.filter(({ accountId, region }) => isInPlace({ account: accountId, region }, choice));
          if (targets.length > 0 && rows.length === 0) {
            return <Empty title={`No match for these filters in ${counted(targets.length, "target")}`} />;
          }
          return targets.length === 0 ? (
            <Empty icon="unknown" tone="warn" title="No target has been read yet">
              <p>Coverage is known once a source of records has been looked through.</p>
            </Empty>
          ) : (
            <Table
              caption="Coverage by target"
              columns={columnsOf(zone, now)}
              rows={rows.toSorted(earliestFirst)}
              rowKey={({ accountId, region }) => `${accountId}/${region}`}
            />
          );
        }}
      </Answered>
    </Panel>
  );
}

/** Those that end earliest first. */
function earliestFirst(a: TargetCoverage, b: TargetCoverage): number {
  const name = ({ accountId, region }: TargetCoverage) => `${accountId}/${region}`;
  return (a.readThrough ?? "").localeCompare(b.readThrough ?? "") || name(a).localeCompare(name(b));
}

function columnsOf(zone: string, now: string | undefined): readonly Column<TargetCoverage>[] {
  const when = (iso: string | null) =>
    iso === null ? <span className="muted">not at all</span> : formatTime(iso, zone, "dayMinute");
  return [
    {
      id: "target",
      head: "Target",
      className: "nowrap",
      cell: ({ accountId, region }) => <TargetName account={accountId} region={region} />,
    },
    {
      id: "state",
      head: "State",
      cell: (target) => {
        if (now === undefined) return null;
        const { grade } = completeness([target], now);
        if (target.logging === "unread") return <Marked icon="unknown" word="Not readable" tone="warn" />;
        if (target.logging === "inactive") return <Marked icon="unknown" word="Account not active" tone="muted" />;
        if (target.logging === "off") return <Marked icon="fail" word="Logging off" tone="bad" />;
        if (target.hole !== null) return <Marked icon="fail" word="Hole" tone="bad" />;
        if (grade === "good") return <Marked icon="pass" word="In time" tone="muted" />;
        return <Marked icon="warning" word="Late" tone="warn" />;
      },
    },
    { id: "through", head: "Complete through", className: "nowrap", cell: ({ readThrough }) => when(readThrough) },
    { id: "settled", head: "Settled through", className: "nowrap", cell: ({ settledThrough }) => when(settledThrough) },
    {
      id: "asof",
      head: "Looked at",
      className: "nowrap",
      cell: ({ asOf }) => (asOf === null ? <span className="muted">never</span> : formatTime(asOf, zone, "dayMinute")),
    },
    {
      id: "hole",
      head: "First hole",
      className: "store",
      cell: ({ asOf, hole, logging, loggingError }) =>
        hole !== null ? (
          <>
            from {formatTime(hole.from, zone, "dayMinute")}: {visibleText(hole.reason)}
          </>
        ) : logging === "unread" ? (
          <>its logging configuration could not be read: {visibleText(loggingError ?? "no answer")}</>
        ) : logging === "inactive" ? (
          <>its account is {visibleText(loggingError ?? "not active")}</>
        ) : logging === "off" && asOf === null ? (
          <span className="muted">nothing is logged</span>
        ) : (
          <span className="muted">none</span>
        ),
    },
    { id: "exceptions", head: "Exceptions", right: true, cell: ({ exceptions }) => format.count(exceptions) },
  ];
}
