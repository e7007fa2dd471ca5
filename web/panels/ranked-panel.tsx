import { useState } from "react";
import { Link } from "wouter";
import type { Dimension, Measure, MetricResult, MetricRow } from "../../server/domain/metric.ts";
import { recordsHref } from "../../server/domain/records-href.ts";
import { entityInks } from "../charts/colour-store.ts";
import { otherInk } from "../charts/palette.ts";
import { format } from "../format.ts";
import { partsOf } from "../names.ts";
import { usePanelMetric } from "../panel-metric.ts";
import { Identifier, plainParts } from "../ui/identifier.tsx";
import { NothingHere } from "../ui/nothing-here.tsx";
import { NumberLink } from "../ui/number-link.tsx";
import { Panel, type PanelWidth } from "../ui/panel.tsx";
import { RankedTable, type RankedRow } from "../ui/ranked-table.tsx";
import { Segmented } from "../ui/segmented.tsx";
import { Answered, Partial, RowsSkeleton } from "../ui/states.tsx";
import type { PanelSpec } from "./panel.ts";

interface RankedPanel {
  readonly id: string;
  readonly title: string;
  readonly dimension: Dimension;
  /** Heads the column of names. */
  readonly head: string;
  readonly top: number;
  readonly width: PanelWidth;
  readonly fill?: boolean;
  /** Room for one number and its share only. */
  readonly slim?: boolean;
}

const ranks = [
  { value: "invocations", label: "Calls" },
  { value: "costUsd", label: "Cost" },
] as const satisfies readonly { value: Measure; label: string }[];

type Rank = (typeof ranks)[number]["value"];

/** The groups of a dimension by calls or cost, the rest as Other. */
export function rankedPanel(spec: RankedPanel): PanelSpec {
  return { id: spec.id, title: spec.title, View: () => <RankedView {...spec} /> };
}

function RankedView({ title, dimension, head, top, width, fill = false, slim = false }: RankedPanel) {
  const [rank, setRank] = useState<Rank>("invocations");
  const answer = usePanelMetric({
    measures: ["invocations", "costUsd"],
    dimensions: [dimension],
    top,
    order: { by: rank, dir: "desc" },
  });
  const columns = columnsOf(slim, rank);
  return (
    <Panel
      title={title}
      width={width}
      fill={fill}
      busy={answer.isFetching}
      tools={<Segmented label={`Rank ${title} by`} value={rank} options={ranks} onChange={setRank} />}
    >
      <Answered answer={answer} loading={<RowsSkeleton rows={top} />}>
        {(result) => (
          <>
            <Partial partial={result.partial} />
            {result.rows.length === 0 ? (
              <NothingHere result={result} />
            ) : (
              <RankedTable
                caption={`${title} by ${rank === "invocations" ? "calls" : "estimated cost"}`}
                head={head}
                columns={columns}
                rows={rankedRows(result, dimension, rank, slim)}
                sort={{ by: rank, dir: "desc" }}
                onSort={({ by }) => setRank(by === "costUsd" ? "costUsd" : "invocations")}
              />
            )}
          </>
        )}
      </Answered>
    </Panel>
  );
}

function columnsOf(slim: boolean, rank: Rank) {
  const calls = { id: "invocations", head: "Calls", sortable: true };
  const share = { id: "share", head: "Share" };
  const cost = { id: "costUsd", head: "Cost, est.", sortable: true };
  return slim ? [rank === "costUsd" ? cost : calls, share] : [calls, share, cost];
}

function rankedRows(result: MetricResult, dimension: Dimension, rank: Rank, slim: boolean): readonly RankedRow[] {
  const { rows, totals } = result;
  const keys = rows.map(({ key }) => key?.[0] ?? null);
  const inks = entityInks(dimension, keys);
  const longest = Math.max(0, ...rows.map(({ values }) => values[rank] ?? 0));
  return rows.map((row, index) => {
    const value = row.values[rank];
    const whole = totals.values[rank];
    const share = value == null || whole == null || whole === 0 ? null : value / whole;
    const calls = <Cell key="n" result={result} row={row} measure="invocations" format={format.count} />;
    const cost = <Cell key="c" result={result} row={row} measure="costUsd" format={format.usd} />;
    const part = (
      <span key="s" className="muted">
        {format.percent(share)}
      </span>
    );
    const name = row.key === null ? `Other (${result.other?.groups ?? 0})` : null;
    return {
      key: JSON.stringify(row.key),
      name: name === null ? <Name result={result} row={row} dimension={dimension} /> : name,
      length: value == null || longest === 0 ? null : value / longest,
      ink: row.key === null ? otherInk : (inks[index] ?? otherInk),
      cells: slim ? [rank === "costUsd" ? cost : calls, part] : [calls, part, cost],
    };
  });
}

function Name({ result, row, dimension }: { result: MetricResult; row: MetricRow; dimension: Dimension }) {
  const key = row.key?.[0] ?? null;
  const href = recordsHref(result, row, "invocations");
  const name = <Identifier parts={key === null ? plainParts("(none)") : partsOf(dimension, key)} />;
  return href === null ? name : <Link href={href}>{name}</Link>;
}

interface CellProps {
  readonly result: MetricResult;
  readonly row: MetricRow;
  readonly measure: Measure;
  readonly format: (value: number | null | undefined) => string;
}

/** A number of a row, leading to its records. */
export function Cell({ result, row, measure, format: say }: CellProps) {
  const value = row.values[measure];
  if (value == null) return <span className="muted">n/a</span>;
  return <NumberLink href={recordsHref(result, row, measure)}>{say(value)}</NumberLink>;
}
