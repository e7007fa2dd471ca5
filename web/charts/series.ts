import { invocationStatuses } from "../../server/domain/invocation.ts";
import type { Measure, MetricResult, MetricRow } from "../../server/domain/metric.ts";
import type { Ink } from "./palette.ts";

/** One group of a result over its buckets. */
export interface Series {
  /** The group's value; null is "(none)". */
  readonly key: string | null;
  readonly other: boolean;
  readonly label: string;
  /** One a bucket. Null: no evidence, or nothing that could be measured. */
  readonly values: readonly (number | null)[];
  /** Null when no bucket has a value. */
  readonly sum: number | null;
}

export type InkedSeries = Series & { readonly ink: Ink };

const statuses: readonly string[] = invocationStatuses;

/**
 * What a result with one dimension and buckets says of one measure. Statuses stand in their own order, other groups in that of the
 * result; Other comes last.
 */
export function seriesOf(
  result: MetricResult,
  measure: Measure,
  name: (key: string | null) => string,
): readonly Series[] {
  const groups = new Map<string, { key: string | null; other: boolean; values: (number | null)[] }>();
  for (const row of result.rows) {
    if (row.bucket === null) continue;
    const other = row.key === null;
    const key = row.key?.[0] ?? null;
    const id = JSON.stringify([other, key]);
    const group = groups.get(id) ?? { key, other, values: emptyBuckets(result) };
    group.values[row.bucket] = row.values[measure] ?? null;
    groups.set(id, group);
  }
  const series = [...groups.values()].map(({ key, other, values }): Series => {
    const label = other ? `Other (${result.other?.groups ?? 0})` : name(key);
    return { key, other, label, values, sum: sumOf(values) };
  });
  const rank = ({ key, other }: Series) => (other ? Infinity : statuses.indexOf(key ?? ""));
  return distinctLabels(series.toSorted((a, b) => rank(a) - rank(b)));
}

function sumOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}

/** Groups with one short name are called by their whole one. */
function distinctLabels(series: readonly Series[]): readonly Series[] {
  return series.map((one) => {
    const shared = series.filter(({ label }) => label === one.label).length > 1;
    return shared && one.key !== null ? { ...one, label: one.key } : one;
  });
}

/** A bucket without rows is a real zero when it is covered, and not known when it is not. */
function emptyBuckets({ buckets }: MetricResult): (number | null)[] {
  return buckets.map(({ state }) => (state === "uncovered" ? null : 0));
}

/** The comparison of a measure by bucket, summed over the groups that are not left out; null where nothing is known. */
export function comparedSum(
  result: MetricResult,
  measure: Measure,
  leftOut: readonly Pick<Series, "key" | "other">[] = [],
): readonly (number | null)[] {
  const sums = result.buckets.map((): number | null => null);
  const isOut = (row: MetricRow) =>
    leftOut.some(({ key, other }) => (row.key === null ? other : !other && row.key[0] === key));
  for (const row of result.rows) {
    const { bucket } = row;
    const value = row.compare?.[measure];
    if (bucket === null || value == null || isOut(row)) continue;
    sums[bucket] = (sums[bucket] ?? 0) + value;
  }
  return sums;
}

/** First and last bucket of each span without evidence. */
export function gapsOf({ buckets }: MetricResult): readonly (readonly [number, number])[] {
  const gaps: [number, number][] = [];
  buckets.forEach(({ state }, index) => {
    if (state !== "uncovered") return;
    const last = gaps.at(-1);
    if (last !== undefined && last[1] === index - 1) last[1] = index;
    else gaps.push([index, index]);
  });
  return gaps;
}
