import { fieldWord } from "../filter-words.ts";
import { format } from "../format.ts";
import { partsOf } from "../names.ts";
import { usePanelMetric } from "../panel-metric.ts";
import type { Dimension, MetricResult, MetricRow } from "../../server/domain/metric.ts";
import { Identifier } from "../ui/identifier.tsx";
import { Panel } from "../ui/panel.tsx";
import { Answered, RowsSkeleton } from "../ui/states.tsx";
import { Table, type Column } from "../ui/table.tsx";
import { withPlain } from "../url-state.ts";
import { useView } from "../view.tsx";
import type { PanelSpec } from "./panel.ts";
import { Cell } from "./ranked-panel.tsx";

const shown = 100;

export const recordGroups: PanelSpec = {
  id: "record-groups",
  title: "Groups",
  View: RecordGroups,
};

/** The records by one field, where a number of groups led here. */
function RecordGroups() {
  const { state } = useView();
  return state.group === null ? null : <Groups field={state.group} />;
}

function Groups({ field }: { field: Dimension }) {
  const { state, change } = useView();
  const answer = usePanelMetric({ measures: ["invocations", "costUsd"], dimensions: [field], top: shown });
  const columns = (result: MetricResult): readonly Column<MetricRow>[] => [
    {
      id: "name",
      head: fieldWord(field),
      cell: ({ key }) =>
        key === null ? `Other (${result.other?.groups ?? 0})` : <Identifier parts={partsOf(field, key[0] ?? null)} />,
    },
    {
      id: "calls",
      head: "Calls",
      right: true,
      cell: (row) => <Cell result={result} row={row} measure="invocations" format={format.count} />,
    },
    {
      id: "cost",
      head: "Cost, est.",
      right: true,
      cell: (row) => <Cell result={result} row={row} measure="costUsd" format={format.usd} />,
    },
  ];
  return (
    <Panel
      title={`By ${fieldWord(field).toLowerCase()}`}
      note={answer.data === undefined ? undefined : groupWords(answer.data, state.plain.get("n")?.[0])}
      busy={answer.isFetching}
      tools={
        <button
          className="btn small"
          type="button"
          onClick={() => change(withPlain(withPlain({ ...state, group: null }, "n", []), "measure", []))}
        >
          Do not group
        </button>
      }
    >
      <Answered answer={answer} loading={<RowsSkeleton rows={6} />}>
        {(result) => (
          <Table
            caption={`Records by ${fieldWord(field)}`}
            columns={columns(result)}
            rows={result.rows}
            rowKey={({ key }) => JSON.stringify(key)}
          />
        )}
      </Answered>
    </Panel>
  );
}

/** Calls without a value are shown, and are no group of their own in the number. */
function groupWords(result: MetricResult, clicked: string | undefined): string {
  const named = result.rows.filter(({ key }) => key !== null && key[0] !== null).length + (result.other?.groups ?? 0);
  const words = `${format.count(named)} groups`;
  if (clicked === undefined) return words;
  return Number(clicked) === named ? `${words}, the number you clicked` : `${words}; you clicked ${clicked}`;
}
