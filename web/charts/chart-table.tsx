import { useState } from "react";
import type { Measure, MetricResult } from "../../server/domain/metric.ts";
import { recordsHref } from "../../server/domain/records-href.ts";
import { Icon } from "../ui/icon.tsx";
import { NumberLink } from "../ui/number-link.tsx";
import { Table, type Column } from "../ui/table.tsx";
import { visibleText } from "../../server/domain/visible-text.ts";
import type { InkedSeries } from "./series.ts";

interface ChartTableProps {
  readonly title: string;
  readonly result: MetricResult;
  readonly measure: Measure;
  readonly series: readonly InkedSeries[];
  readonly compared: readonly (number | null)[] | null;
  readonly before: string | null;
  readonly formatExact: (value: number | null) => string;
}

/** Exactly the values that are plotted, each a link to its records. Made when it is opened. */
export function ChartTable(props: ChartTableProps) {
  const [open, setOpen] = useState(false);
  return (
    <details className="data" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <Icon name="right" />
        Show data table
      </summary>
      {open ? <Data {...props} /> : null}
    </details>
  );
}

function Data({ title, result, measure, series, compared, before, formatExact }: ChartTableProps) {
  const buckets = result.buckets.map((bucket, index) => ({ ...bucket, index }));
  type Bucket = (typeof buckets)[number];
  const value = ({ key, other, label, values }: InkedSeries, { index, label: from }: Bucket) => (
    <NumberLink
      href={recordsHref(
        result,
        { key: other ? null : [key], bucket: index, values: { [measure]: values[index] ?? null } },
        measure,
      )}
      of={`${visibleText(label)}, ${from}`}
    >
      {formatExact(values[index] ?? null)}
    </NumberLink>
  );
  const columns: Column<Bucket>[] = [
    { id: "from", head: "From", cell: ({ label, state }) => (state === "complete" ? label : `${label}, ${state}`) },
    ...series.map((one): Column<Bucket> => {
      return { id: one.label, head: visibleText(one.label), right: true, cell: (bucket) => value(one, bucket) };
    }),
  ];
  if (compared !== null) {
    const cell = ({ index }: Bucket) => formatExact(compared[index] ?? null);
    columns.push({ id: "before", head: before ?? "", right: true, cell });
  }
  return <Table caption={title} columns={columns} rows={buckets} rowKey={({ start }) => start} />;
}
