import { api, type Ledger } from "../../server/domain/api.ts";
import { lawHolds, type Counts, type SourceStatus } from "../../server/domain/coverage.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { format } from "../format.ts";
import { useAnswer } from "../queries.ts";
import { Marked } from "../ui/badges.tsx";
import { Icon } from "../ui/icon.tsx";
import { Panel } from "../ui/panel.tsx";
import { Answered, Empty, RowsSkeleton } from "../ui/states.tsx";
import { Table, type Column } from "../ui/table.tsx";
import type { PanelSpec } from "./panel.ts";

export const ledger: PanelSpec = {
  id: "ledger",
  title: "Ledger",
  View: LedgerView,
};

function LedgerView() {
  const answer = useAnswer(api.ledger, {});
  return (
    <Panel title="Ledger" note="every line that was read is in exactly one of the four" busy={answer.isFetching}>
      <Answered answer={answer} loading={<RowsSkeleton rows={5} />}>
        {(data) => (
          <>
            <div className="panel-body">
              <Line counts={data.counts} />
            </div>
            {data.sources.length === 0 ? (
              <Empty icon="unknown" tone="warn" title="No source of records is known yet" />
            ) : (
              <Table
                caption="The ledger by source"
                columns={sourceColumns}
                rows={data.sources}
                rowKey={({ id }) => id}
                className="wide"
              />
            )}
            <Days days={data.days} />
          </>
        )}
      </Answered>
    </Panel>
  );
}

const parts = [
  { key: "stored", op: "=" },
  { key: "duplicates", op: "+" },
  { key: "quarantined", op: "+" },
  { key: "ignored", op: "+" },
] as const satisfies readonly { key: keyof Counts; op: string }[];

/** The law itself; where it does not hold, nothing else on the page is to be believed. */
function Line({ counts }: { counts: Counts }) {
  return (
    <>
      <div className="ledger">
        <b>{format.count(counts.read)}</b>
        <span>read</span>
        {parts.map(({ key, op }) => (
          <Part key={key} op={op} word={key} count={counts[key]} />
        ))}
      </div>
      {lawHolds(counts) ? null : (
        <div className="callout bad" role="alert">
          <Icon name="fail" />
          <p>The two sides differ: lines have been lost or counted twice. Do not rely on these numbers.</p>
        </div>
      )}
    </>
  );
}

function Part({ op, word, count }: { op: string; word: string; count: number }) {
  const loud = word === "quarantined" && count > 0;
  return (
    <>
      <span className="op">{op}</span>
      <b className={loud ? "warn" : undefined}>{format.count(count)}</b>
      <span>{word}</span>
    </>
  );
}

const countHeads: readonly { readonly key: keyof Counts; readonly head: string }[] = [
  { key: "read", head: "Read" },
  { key: "stored", head: "Stored" },
  { key: "duplicates", head: "Duplicates" },
  { key: "quarantined", head: "Quarantined" },
  { key: "ignored", head: "Ignored" },
];

function countColumns<Row extends { readonly counts: Counts }>(): readonly Column<Row>[] {
  return countHeads.map(({ key, head }) => ({
    id: key,
    head,
    right: true,
    cell: (row) => format.count(row.counts[key]),
  }));
}

const sourceColumns: readonly Column<SourceStatus>[] = [
  {
    id: "place",
    head: "Source",
    className: "place",
    cell: ({ place, kind }) => (
      <>
        <span className="muted">{kind}</span> {visibleText(place)}
      </>
    ),
  },
  {
    id: "state",
    head: "State",
    cell: ({ state, reason }) =>
      state === "active" ? (
        <Marked icon="pass" word="Active" tone="muted" />
      ) : (
        <span title={visibleText(reason ?? "")}>
          <Marked icon="warning" word={state} tone={state === "retired" ? "muted" : "warn"} />
        </span>
      ),
  },
  ...countColumns<SourceStatus>(),
  {
    id: "waiting",
    head: "Waiting",
    right: true,
    cell: ({ backlog }) =>
      backlog.units === 0 ? <span className="muted">0</span> : `${format.count(backlog.units)} objects`,
  },
  {
    id: "rules",
    head: "Ignored by",
    cell: ({ ignoredBy }) =>
      Object.entries(ignoredBy)
        .map(([rule, count]) => `${visibleText(rule)} ${format.count(count)}`)
        .join(", "),
  },
];

function Days({ days }: { days: Ledger["days"] }) {
  if (days.length === 0) return null;
  return (
    <div className="panel-body top">
      <details className="data">
        <summary>
          <Icon name="right" />
          Show by day (UTC)
        </summary>
        <Table
          caption="The ledger by UTC day, newest first"
          columns={[{ id: "day", head: "Day", cell: ({ day }) => day }, ...countColumns<Ledger["days"][number]>()]}
          rows={days.toReversed()}
          rowKey={({ day }) => day}
        />
      </details>
    </div>
  );
}
