import type { ChartConfiguration, ChartDataset } from "chart.js";
import type { MetricBucket } from "../../server/domain/metric.ts";
import type { Look } from "./fills.ts";
import type { InkedSeries } from "./series.ts";

/** Where a value stands: the number of its bucket and its height. */
export interface BarPoint {
  readonly x: number;
  readonly y: number | null;
}

export type BarsConfig = ChartConfiguration<"bar" | "line", BarPoint[]>;

export interface BarsInput {
  readonly buckets: readonly MetricBucket[];
  readonly series: readonly InkedSeries[];
  /** The period before, by bucket; null when it is not compared. */
  readonly before: readonly (number | null)[] | null;
  readonly gaps: readonly (readonly [number, number])[];
  readonly ticks: readonly string[];
  readonly formatValue: (value: number) => string;
  readonly formatTick: (value: number) => string;
}

const thinBars = 60;
/** Pixels: one bucket alone is no wall. */
const thickest = 64;

/** Stacked bars over the server's buckets, and the period before as a dashed line. Pure: what it looks like comes as `look`. */
export function stackedBars(input: BarsInput, look: Look): BarsConfig {
  const { buckets, series, before, ticks, formatTick } = input;
  const bars = series.map((one) => barsOf(one, buckets, look));
  return {
    type: "bar",
    data: {
      labels: buckets.map(({ label }) => label),
      datasets: before === null ? bars : [...bars, lineOf(before, look)],
    },
    options: {
      animation: false,
      parsing: false,
      normalized: true,
      maintainAspectRatio: false,
      events: [],
      layout: { padding: { top: 6, right: 4 } },
      plugins: { legend: { display: false }, tooltip: { enabled: false } },
      scales: {
        x: {
          stacked: true,
          grid: { display: false },
          border: { color: look.token("--line-strong") },
          ticks: { autoSkip: false, maxRotation: 0, padding: 4, callback: (_, index) => ticks[index] ?? "" },
        },
        y: {
          stacked: true,
          beginAtZero: true,
          border: { display: false },
          grid: { color: look.token("--grid"), drawTicks: false },
          ticks: {
            maxTicksLimit: 6,
            padding: 8,
            ...wholeTicks(series),
            callback: (value) => formatTick(Number(value)),
          },
        },
      },
    },
  };
}

/** What is counted has no ticks between its numbers. */
function wholeTicks(series: readonly InkedSeries[]): { precision?: 0 } {
  const isCount = series.every(({ values }) => values.every((value) => value === null || Number.isInteger(value)));
  return isCount ? { precision: 0 } : {};
}

function barsOf(
  { label, values, ink }: InkedSeries,
  buckets: readonly MetricBucket[],
  look: Look,
): ChartDataset<"bar", BarPoint[]> {
  const fill = look.fill(ink.colour, ink.pattern);
  const open = look.open(ink.colour);
  const thin = buckets.length > thinBars;
  return {
    type: "bar",
    label,
    data: values.map((y, x) => ({ x, y })),
    backgroundColor: buckets.map(({ state }) => (state === "in-progress" ? open : fill)),
    borderColor: look.token("--panel"),
    borderWidth: { top: thin ? 0.5 : 1 },
    borderSkipped: false,
    barPercentage: thin ? 0.88 : 0.72,
    categoryPercentage: 1,
    maxBarThickness: thickest,
    stack: "now",
  };
}

function lineOf(values: readonly (number | null)[], look: Look): ChartDataset<"line", BarPoint[]> {
  return {
    type: "line",
    label: "before",
    data: values.map((y, x) => ({ x, y })),
    borderColor: look.token("--muted"),
    borderWidth: 1.25,
    borderDash: [3, 3],
    pointRadius: 0,
    spanGaps: false,
    stack: "before",
    order: -1,
  };
}
