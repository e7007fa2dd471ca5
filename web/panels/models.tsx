import { useState } from "react";
import { Link } from "wouter";
import { knownModels } from "../../server/domain/models.ts";
import type { Measure, MetricResult, MetricRow } from "../../server/domain/metric.ts";
import { recordsHref } from "../../server/domain/records-href.ts";
import { format } from "../format.ts";
import { formatTime } from "../format-time.ts";
import { usePanelMetric } from "../panel-metric.ts";
import { useStatus } from "../queries.ts";
import { Tag } from "../ui/badges.tsx";
import { commonParts, modelParts } from "../ui/identifier.tsx";
import { NothingHere } from "../ui/nothing-here.tsx";
import { Panel } from "../ui/panel.tsx";
import { Answered, Partial, RowsSkeleton } from "../ui/states.tsx";
import { Table, type Column, type Sort } from "../ui/table.tsx";
import { TwoLine } from "../ui/two-line.tsx";
import type { PanelSpec } from "./panel.ts";
import { Cell } from "./ranked-panel.tsx";

const numbers = [
  { measure: "inputTokens", head: "Input", format: format.count },
  { measure: "outputTokens", head: "Output", format: format.count },
  { measure: "cacheReadTokens", head: "Cache read", format: format.count },
  { measure: "cacheHitShare", head: "Cache hit", format: format.percent },
  { measure: "costUsd", head: "Cost", format: format.usd },
  { measure: "pricedShare", head: "Priced", format: format.percent },
  { measure: "latencyP50Ms", head: "p50 ms", format: format.count },
  { measure: "latencyP95Ms", head: "p95 ms", format: format.count },
] as const satisfies readonly {
  measure: Measure;
  head: string;
  format: (value: number | null | undefined) => string;
}[];

type ModelMeasure = (typeof numbers)[number]["measure"];

export const modelTable: PanelSpec = {
  id: "models",
  title: "Models",
  View: Models,
};

function Models() {
  const [sort, setSort] = useState<Sort & { by: ModelMeasure }>({ by: "costUsd", dir: "desc" });
  const answer = usePanelMetric({
    measures: numbers.map(({ measure }) => measure),
    dimensions: ["model"],
    top: 50,
    order: sort,
  });
  const choose = ({ by, dir }: Sort) => {
    const number = numbers.find(({ measure }) => measure === by);
    if (number !== undefined) setSort({ by: number.measure, dir });
  };
  return (
    <Panel
      title="Models"
      note="tokens by kind, cost at list price, latency where it was recorded"
      busy={answer.isFetching}
      foot={<span>Input tokens are those that came from no cache.</span>}
    >
      <Answered answer={answer} loading={<RowsSkeleton rows={8} />}>
        {(result) => (
          <>
            <Partial partial={result.partial} />
            {result.rows.length === 0 ? (
              <NothingHere result={result} />
            ) : (
              <Table
                className="stick wide"
                caption="Models: tokens by kind, cache, cost, latency, lifecycle"
                columns={columnsOf(result)}
                rows={result.rows}
                rowKey={({ key }) => JSON.stringify(key)}
                sort={sort}
                onSort={choose}
              />
            )}
          </>
        )}
      </Answered>
    </Panel>
  );
}

function columnsOf(result: MetricResult): readonly Column<MetricRow>[] {
  return [
    { id: "model", head: "Model", className: "nowrap", cell: (row) => <ModelName result={result} row={row} /> },
    ...numbers.map(({ measure, head, format: say }): Column<MetricRow> => {
      const cell = (row: MetricRow) => <Cell result={result} row={row} measure={measure} format={say} />;
      return { id: measure, head, right: true, sortable: true, cell };
    }),
    { id: "lifecycle", head: "Lifecycle", cell: ({ key }) => <Lifecycle id={key?.[0] ?? null} /> },
  ];
}

function ModelName({ result, row }: { result: MetricResult; row: MetricRow }) {
  if (row.key === null) return `Other (${result.other?.groups ?? 0})`;
  const id = row.key[0] ?? null;
  if (id === null) return "(none)";
  const parts = modelParts(id);
  const href = recordsHref(result, row, "inputTokens") ?? recordsHref(result, row, "pricedShare");
  const name = <TwoLine main={parts.main} below={commonParts(parts)} whole={id} />;
  return href === null ? name : <Link href={href}>{name}</Link>;
}

/** As published; a model that the catalogue does not know says nothing. */
function Lifecycle({ id }: { id: string | null }) {
  const today = useStatus().data?.serverTime.slice(0, 10);
  const model = knownModels.find((known) => known.id === id);
  if (model === undefined || today === undefined) return <span className="muted">not known</span>;
  const { legacyFrom, endOfLife } = model;
  if (endOfLife !== null && endOfLife <= today) {
    return (
      <Tag tone="bad" icon="fail">
        Ended {formatTime(endOfLife, "UTC", "month")}
      </Tag>
    );
  }
  if (legacyFrom !== null && legacyFrom <= today) {
    return (
      <Tag tone="warn" icon="warning">
        {endOfLife === null ? "Legacy" : `Ends ${formatTime(endOfLife, "UTC", "month")}`}
      </Tag>
    );
  }
  return <span className="muted">Active</span>;
}
