import type { Filter, MetricResult, MetricRow } from "../../server/domain/metric.ts";
import { recordsHref } from "../../server/domain/records-href.ts";
import { format } from "../format.ts";
import { usePanelMetric } from "../panel-metric.ts";
import { VerdictBadge } from "../ui/badges.tsx";
import { Icon } from "../ui/icon.tsx";
import { NothingHere } from "../ui/nothing-here.tsx";
import { NumberLink } from "../ui/number-link.tsx";
import { Panel } from "../ui/panel.tsx";
import { Answered, Partial, RowsSkeleton } from "../ui/states.tsx";
import { Table, type Column } from "../ui/table.tsx";
import { visibleText } from "../../server/domain/visible-text.ts";
import type { PanelSpec } from "./panel.ts";

const recorded: Filter = { field: "residency", op: "in", values: ["same-region", "other-region"] };
const most = 200;

/** Calls of which no record says where they ran, and what that proves. */
const states = [
  { key: "in-region-endpoint", head: "In-region endpoint" },
  { key: "not-recorded", head: "Not recorded" },
  { key: "did-not-run", head: "Did not run" },
] as const;

export const residency: PanelSpec = {
  id: "residency",
  title: "Residency",
  View: Residency,
};

function Residency() {
  const places = usePanelMetric({
    measures: ["invocations"],
    dimensions: ["region", "inferenceRegion"],
    filters: [recorded],
    top: most,
  });
  const whole = usePanelMetric({ measures: ["invocations"], dimensions: ["region", "residency"], top: most });
  return (
    <Panel
      title="Residency"
      note={
        <span className="row tightly">
          source region <Icon name="arrow" small /> where the model ran
        </span>
      }
      tools={<span className="muted">calls, share of the row</span>}
      busy={places.isFetching || whole.isFetching}
      foot={<span>A prefix such as us. never decides residency. Not recorded proves nothing.</span>}
    >
      <Answered answer={places} loading={<RowsSkeleton rows={6} />}>
        {(ran) => (
          <Answered answer={whole} loading={<RowsSkeleton rows={6} />}>
            {(all) => <Matrix ran={ran} all={all} />}
          </Answered>
        )}
      </Answered>
    </Panel>
  );
}

function Matrix({ ran, all }: { ran: MetricResult; all: MetricResult }) {
  const sources = all.rows.map(({ key }) => key?.[0] ?? null);
  const rows = [...new Set(sources)].toSorted(byText);
  const regions = [...new Set(ran.rows.flatMap(({ key }) => key?.[1] ?? []))].toSorted(byText);
  if (rows.length === 0) return <NothingHere result={all} />;
  const totals = new Map(rows.map((source) => [source, sumOf(all, source)]));
  const cell = (result: MetricResult, source: string | null, second: string, verdict: string | null) => (
    <MatrixCell result={result} row={find(result, source, second)} whole={totals.get(source) ?? 0} state={verdict} />
  );
  const columns: Column<string | null>[] = [
    {
      id: "source",
      head: "Source region",
      cell: (source) => <b className="strong">{visibleText(source ?? "(none)")}</b>,
    },
    ...regions.map((region): Column<string | null> => {
      return {
        id: region,
        head: <span className="nowrap">{visibleText(region)}</span>,
        right: true,
        cell: (source) => cell(ran, source, region, null),
      };
    }),
    ...states.map(({ key, head }): Column<string | null> => {
      return { id: key, head, right: true, cell: (source) => cell(all, source, key, key) };
    }),
  ];
  return (
    <>
      <Partial partial={all.partial} />
      <Table
        className="matrix stick"
        caption="Calls by source region and inference region"
        columns={columns}
        rows={rows}
        rowKey={(source) => source ?? ""}
      />
    </>
  );
}

function byText(a: string | null, b: string | null): number {
  return (a ?? "").localeCompare(b ?? "");
}

function find(result: MetricResult, source: string | null, second: string): MetricRow | undefined {
  return result.rows.find(({ key }) => key !== null && key[0] === source && key[1] === second);
}

function sumOf({ rows }: MetricResult, source: string | null): number {
  const own = rows.filter(({ key }) => key !== null && key[0] === source);
  return own.reduce((sum, { values }) => sum + (values.invocations ?? 0), 0);
}

interface MatrixCellProps {
  readonly result: MetricResult;
  readonly row: MetricRow | undefined;
  readonly whole: number;
  readonly state: string | null;
}

function MatrixCell({ result, row, whole, state }: MatrixCellProps) {
  const value = row?.values.invocations;
  if (row === undefined || value == null || value === 0) return <span className="muted">0</span>;
  return (
    <>
      <span className="share">{format.percent(whole === 0 ? null : value / whole)}</span>
      <NumberLink href={recordsHref(result, row, "invocations")}>{format.count(value)}</NumberLink>
      {state === "not-recorded" ? <VerdictBadge verdict="UNKNOWN" word="no proof" /> : null}
      {state === "did-not-run" ? <VerdictBadge verdict="NOT_APPLICABLE" word="not judged" /> : null}
    </>
  );
}
