import { api } from "../../server/domain/api.ts";
import type { Ledger } from "../../server/domain/compliance-answers.ts";
import { lawHolds, type Counts, type SourceStatus } from "../../server/domain/coverage.ts";
import type { LedgerLaw } from "../../server/domain/ledger.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { countColumns } from "../compliance/counts.tsx";
import { daysOfEvents, leftOut, type LeftOut, ruleTitle } from "../compliance/left-out.ts";
import { counted, format } from "../format.ts";
import { formatDuration } from "../format-time.ts";
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
  const law = useAnswer(api.coverage, {}).data?.law ?? null;
  return (
    <Panel title="Ledger" note="every line that was read is in exactly one of the four" busy={answer.isFetching}>
      <Answered answer={answer} loading={<RowsSkeleton rows={5} />}>
        {(data) => (
          <>
            <div className="panel-body">
              <Line counts={data.counts} />
              <Broken ledger={data} law={law} />
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
            <LeftOutTable sources={data.sources} />
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

/** Where the law does not hold, though it may in total. `law`: null while it is asked for. */
function Broken({ ledger: { sources, days }, law }: { ledger: Ledger; law: LedgerLaw | null }) {
  const placeOf = (id: string) => sources.find((source) => source.id === id)?.place ?? id;
  const names = [
    ...sources.filter(({ counts }) => !lawHolds(counts)).map(({ place }) => place),
    ...days.filter(({ counts }) => !lawHolds(counts)).map(({ day }) => day),
    ...(law?.broken ?? []).map(({ name, sourceId, what }) => `${what} ${name} of ${placeOf(sourceId)}`),
  ];
  if (names.length === 0)
    return (
      <p className="muted small">
        It holds in total, for each source and for each day{law === null ? "" : ", each hour and each unit"}.
      </p>
    );
  return (
    <div className="callout bad" role="alert">
      <Icon name="fail" />
      <p>It does not hold for {names.map(visibleText).join(", ")}.</p>
    </div>
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

const stateWords: Readonly<Record<SourceStatus["state"], string>> = {
  active: "Active",
  degraded: "Degraded",
  denied: "Denied",
  missing: "Missing",
  retired: "Retired",
};

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
        <span className="stack1">
          <Marked icon="warning" word={stateWords[state]} tone={state === "retired" ? "muted" : "warn"} />
          {reason === null ? null : <span className="muted small">{visibleText(reason)}</span>}
        </span>
      ),
  },
  ...countColumns<SourceStatus>(),
  {
    id: "waiting",
    head: "Waiting",
    right: true,
    className: "nowrap",
    cell: ({ backlog }) => <Waiting backlog={backlog} />,
  },
  {
    id: "rules",
    head: "Ignored by",
    cell: ({ ignoredBy }) =>
      Object.entries(ignoredBy)
        .map(([rule, count]) => `${ruleTitle(rule)?.toLowerCase() ?? visibleText(rule)} ${format.count(count)}`)
        .join(", "),
  },
];

const leftOutColumns: readonly Column<LeftOut>[] = [
  {
    id: "rule",
    head: "Left out",
    className: "what",
    cell: ({ means, rule, title }) => (
      <span className="stack1">
        <b>{title ?? visibleText(rule)}</b>
        <span className="muted small">{means}</span>
      </span>
    ),
  },
  {
    id: "count",
    head: "Counted",
    right: true,
    className: "nowrap",
    cell: ({ count, unit }) =>
      unit === daysOfEvents ? `${counted(count, "day")} of log events` : counted(count, unit),
  },
  { id: "sources", head: "Sources", right: true, cell: ({ sources }) => format.count(sources) },
];

/** What is counted and not read, with the reason. */
function LeftOutTable({ sources }: Pick<Ledger, "sources">) {
  const rows = leftOut(sources);
  if (rows.length === 0) return null;
  return (
    <Table
      caption="What is counted and not read, and why"
      columns={leftOutColumns}
      rows={rows}
      rowKey={({ rule, unit }) => `${rule} ${unit}`}
    />
  );
}

/** Objects that were listed and are not read, their size, and how long they will take at the pace of the last minutes. */
function Waiting({ backlog: { units, bytes, etaSeconds } }: Pick<SourceStatus, "backlog">) {
  if (units === 0) return <span className="muted">0</span>;
  return (
    <>
      {counted(units, "object")}
      <br />
      <span className="muted small">
        {format.compact(Math.ceil(bytes / 1_000))} kB
        {etaSeconds === null ? "" : `, about ${formatDuration(etaSeconds * 1_000)}`}
      </span>
    </>
  );
}

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
