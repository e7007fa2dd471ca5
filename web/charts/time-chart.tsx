import { lazy, Suspense, useState, type ReactNode } from "react";
import { useLocation } from "wouter";
import type { Measure, MetricResult } from "../../server/domain/metric.ts";
import { recordsHref } from "../../server/domain/records-href.ts";
import { NumberLink, useMay } from "../ui/number-link.tsx";
import { BarsSkeleton } from "../ui/states.tsx";
import { visibleText } from "../../server/domain/visible-text.ts";
import { useView } from "../view.tsx";
import { entityInks } from "./colour-store.ts";
import { ChartTable } from "./chart-table.tsx";
import { otherInk } from "./palette.ts";
import { comparedSum, gapsOf, seriesOf, type InkedSeries, type Series } from "./series.ts";
import { Swatch } from "./swatch.tsx";
import { tickLabels } from "./ticks.ts";
import { useNarrow } from "../ui/narrow.ts";

const Plot = lazy(() => import("./plot.tsx"));

interface TimeChartProps {
  /** What the bars say: "Invocations per hour by status". */
  readonly title: string;
  readonly summary: ReactNode;
  readonly result: MetricResult;
  readonly measure: Measure;
  /** How a group is called. */
  readonly name: (key: string | null) => string;
  readonly formatExact: (value: number | null) => string;
  readonly formatShort: (value: number) => string;
  /** Default: short. */
  readonly formatTick?: (value: number) => string;
  /** The period before, in words; null when it is not compared. */
  readonly before: string | null;
  readonly short?: boolean;
}

/** Bars over time with legend, summary and the same data as a table. */
export function TimeChart(props: TimeChartProps) {
  const { title, summary, result, measure, name, formatShort, formatTick = formatShort, before, short = false } = props;
  const { zone } = useView();
  const [, go] = useLocation();
  const may = useMay("invocations.read");
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const narrow = useNarrow();
  const series = inked(result, seriesOf(result, measure, name));
  const away = series.filter(({ label }) => hidden.has(label));
  const input = {
    buckets: result.buckets,
    series: series.filter(({ label }) => !hidden.has(label)),
    before: before === null ? null : comparedSum(result, measure, away),
    gaps: gapsOf(result),
    ticks: tickLabels(result.buckets, result.query.timeZone, narrow ? 4 : 9),
    formatValue: formatShort,
    formatTick,
  };
  const open = (bucket: number) => {
    const sum = series.reduce((total, { values }) => total + (values[bucket] ?? 0), 0);
    const href = recordsHref(result, { key: [], bucket, values: { [measure]: sum } }, measure);
    if (href !== null && may) go(href);
  };
  return (
    <div className="panel-body">
      <p>{summary}</p>
      <Legend {...props} series={series} hidden={hidden} onToggle={(label) => setHidden(toggled(hidden, label))} />
      <Suspense fallback={<BarsSkeleton short={short} />}>
        <Plot label={title} input={input} zone={zone} short={short} onOpen={open} />
      </Suspense>
      <ChartTable {...props} series={series} compared={before === null ? null : comparedSum(result, measure)} />
    </div>
  );
}

function inked(result: MetricResult, series: readonly Series[]): readonly InkedSeries[] {
  const named = series.filter(({ other }) => !other);
  const inks = entityInks(
    result.query.dimensions[0] ?? "",
    named.map(({ key }) => key),
  );
  return series.map((one, index) => ({ ...one, ink: one.other ? otherInk : (inks[index] ?? otherInk) }));
}

function toggled(set: ReadonlySet<string>, label: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(label)) next.add(label);
  return next;
}

interface LegendProps extends TimeChartProps {
  readonly series: readonly InkedSeries[];
  readonly hidden: ReadonlySet<string>;
  readonly onToggle: (label: string) => void;
}

function Legend({ result, measure, series, hidden, onToggle, formatExact, before }: LegendProps) {
  return (
    <ul className="legend">
      {series.map(({ key, other, label, ink, sum }) => (
        <li key={label}>
          <button type="button" aria-pressed={!hidden.has(label)} onClick={() => onToggle(label)}>
            <Swatch ink={ink} />
            {visibleText(label)}
          </button>
          <NumberLink
            href={recordsHref(result, { key: other ? null : [key], bucket: null, values: { [measure]: sum } }, measure)}
            of={visibleText(label)}
          >
            {formatExact(sum)}
          </NumberLink>
        </li>
      ))}
      {before === null ? null : (
        <li className="before">
          <svg className="sw-line" viewBox="0 0 14 10" aria-hidden="true">
            <path d="M0 5h14" />
          </svg>
          {before} <span className="muted">{formatExact(result.totals.compare?.[measure] ?? null)}</span>
        </li>
      )}
    </ul>
  );
}
