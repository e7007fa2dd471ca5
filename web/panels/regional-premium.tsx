import type { Filter, Measure, MetricResult, MetricRow } from "../../server/domain/metric.ts";
import { format } from "../format.ts";
import { usePanelMetric } from "../panel-metric.ts";
import { Marked } from "../ui/badges.tsx";
import { Identifier, modelParts, plainParts, principalParts } from "../ui/identifier.tsx";
import { Panel } from "../ui/panel.tsx";
import { Answered, Empty, Partial, RowsSkeleton } from "../ui/states.tsx";
import { Table, type Column } from "../ui/table.tsx";
import type { PanelSpec } from "./panel.ts";
import { Cell } from "./ranked-panel.tsx";

const measures: Measure[] = ["invocations", "costUsd", "costAtGlobalUsd", "regionalPremiumUsd"];
const shown = 20;

export const regionalPremium: PanelSpec = {
  id: "regional-premium",
  title: "Regional premium",
  View: RegionalPremium,
};

interface PremiumRow {
  readonly result: MetricResult;
  readonly row: MetricRow;
  readonly endpoint: string;
}

function RegionalPremium() {
  const geo = usePremium("geo");
  const inRegion = usePremium("in-region");
  return (
    <Panel
      title="Regional premium"
      note="what geo and in-region endpoints cost above the global rate"
      busy={geo.isFetching || inRegion.isFetching}
      foot={<span>Global endpoints may process in any commercial Region. Quotas differ. List prices.</span>}
    >
      <Answered answer={geo} loading={<RowsSkeleton rows={8} />}>
        {(first) => (
          <Answered answer={inRegion} loading={<RowsSkeleton rows={8} />}>
            {(second) => <PremiumTable results={[first, second]} />}
          </Answered>
        )}
      </Answered>
    </Panel>
  );
}

function usePremium(endpoint: "geo" | "in-region") {
  const only: Filter = { field: "endpoint", op: "in", values: [endpoint] };
  return usePanelMetric({
    measures,
    dimensions: ["principal", "model"],
    filters: [only],
    top: shown,
    order: { by: "regionalPremiumUsd", dir: "desc" },
  });
}

const columns: readonly Column<PremiumRow>[] = [
  {
    id: "principal",
    head: "Principal",
    className: "clip",
    cell: ({ row }) => <Identifier parts={named(row.key?.[0], principalParts)} />,
  },
  { id: "model", head: "Model", cell: ({ row }) => <Identifier parts={named(row.key?.[1], shortModel)} /> },
  { id: "endpoint", head: "Endpoint", className: "muted nowrap", cell: ({ endpoint }) => endpoint },
  {
    id: "calls",
    head: "Calls",
    right: true,
    cell: (row) => <Cell {...row} measure="invocations" format={format.count} />,
  },
  { id: "cost", head: "Cost", right: true, cell: (row) => <Cell {...row} measure="costUsd" format={format.usd} /> },
  {
    id: "global",
    head: "At global rate",
    right: true,
    cell: (row) => <Cell {...row} measure="costAtGlobalUsd" format={format.usd} />,
  },
  {
    id: "premium",
    head: "Premium",
    right: true,
    className: "strong",
    cell: (row) => <Cell {...row} measure="regionalPremiumUsd" format={format.usd} />,
  },
  { id: "status", head: "Status", cell: ({ row }) => <Status row={row} /> },
];

function shortModel(id: string) {
  return plainParts(modelParts(id).main);
}

function named(key: string | null | undefined, parts: typeof modelParts) {
  return key == null ? plainParts("(none)") : parts(key);
}

function PremiumTable({ results }: { results: readonly MetricResult[] }) {
  const rows = results.flatMap((result) => premiumRows(result)).toSorted(byPremium);
  const partial = results.flatMap((result) => result.partial).slice(0, 1);
  if (rows.length === 0) {
    return <Empty title="No calls over geographic or in-region endpoints in this window" />;
  }
  return (
    <>
      <Partial partial={partial} />
      <Table
        caption="Regional premium by principal, model and endpoint"
        columns={columns}
        rows={rows.slice(0, shown)}
        rowKey={({ row, endpoint }) => JSON.stringify([row.key, endpoint])}
      />
    </>
  );
}

function premiumRows(result: MetricResult): readonly PremiumRow[] {
  const endpoint = result.query.filters.find(({ field }) => field === "endpoint")?.values[0] ?? "";
  return result.rows.filter(({ key }) => key !== null).map((row) => ({ result, row, endpoint }));
}

function byPremium(a: PremiumRow, b: PremiumRow): number {
  const premium = ({ row }: PremiumRow) => row.values.regionalPremiumUsd ?? -1;
  return premium(b) - premium(a) || (b.row.values.costUsd ?? 0) - (a.row.values.costUsd ?? 0);
}

/** The first that applies. */
function Status({ row: { values } }: { row: MetricRow }) {
  if (values.costUsd == null) return <Marked icon="unknown" tone="warn" word="unpriced" />;
  if (values.costAtGlobalUsd == null) return <Marked icon="na" word="no global endpoint" />;
  if ((values.regionalPremiumUsd ?? 0) === 0) return <Marked icon="na" word="no premium" />;
  return <Marked icon="info" word="premium" />;
}
