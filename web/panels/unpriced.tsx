import type { MetricResult, MetricRow } from "../../server/domain/metric.ts";
import { format } from "../format.ts";
import { usePanelMetric } from "../panel-metric.ts";
import { Identifier, modelParts, plainParts } from "../ui/identifier.tsx";
import { Panel } from "../ui/panel.tsx";
import { Answered, Empty, Partial, RowsSkeleton } from "../ui/states.tsx";
import { Table, type Column } from "../ui/table.tsx";
import { visibleText } from "../../server/domain/visible-text.ts";
import type { PanelSpec } from "./panel.ts";
import { Cell } from "./ranked-panel.tsx";

export const unpriced: PanelSpec = {
  id: "unpriced",
  title: "Unpriced",
  View: Unpriced,
};

function Unpriced() {
  const answer = usePanelMetric({
    measures: ["unpricedTokens", "unpricedInvocations"],
    dimensions: ["model", "region"],
    filters: [{ field: "priced", op: "in", values: ["no"] }],
    top: 50,
  });
  return (
    <Panel
      title="Unpriced"
      note="calls with tokens and no known rate: not in any sum of money"
      busy={answer.isFetching}
    >
      <Answered answer={answer} loading={<RowsSkeleton rows={4} />}>
        {(result) => (
          <>
            <Partial partial={result.partial} />
            {result.rows.length === 0 ? (
              <Empty icon="pass" tone="good" title="Every call with tokens in this window has a price" />
            ) : (
              <Table
                caption="Calls without a price by model and region"
                columns={columnsOf(result)}
                rows={result.rows}
                rowKey={({ key }) => JSON.stringify(key)}
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
    { id: "model", head: "Model", cell: ({ key }) => <ModelName keys={key} result={result} /> },
    { id: "region", head: "Region", className: "nowrap", cell: ({ key }) => visibleText(key?.[1] ?? "") },
    {
      id: "calls",
      head: "Calls",
      right: true,
      cell: (row) => <Cell result={result} row={row} measure="unpricedInvocations" format={format.count} />,
    },
    {
      id: "tokens",
      head: "Tokens",
      right: true,
      cell: (row) => <Cell result={result} row={row} measure="unpricedTokens" format={format.count} />,
    },
  ];
}

function ModelName({ keys, result }: { keys: MetricRow["key"]; result: MetricResult }) {
  if (keys === null) return `Other (${result.other?.groups ?? 0})`;
  const id = keys[0] ?? null;
  return <Identifier parts={id === null ? plainParts("(none)") : modelParts(id)} />;
}
