/** An hour of one caller: ISO start, and what it cost. Hours without calls cost 0. */
export interface CostHour {
  readonly hour: string;
  readonly costUsd: number;
}

/** What is usual for one hour of the day. */
export interface Usual {
  readonly z: number;
  readonly p99Usd: number;
}

const trimAt = 6;
const maxTrimmed = 7 * 24;
const shrinkWeight = 8;

interface Cell {
  readonly median: number;
  readonly mad: number;
}

/** How unusual `at` is beside the hours before it: a robust z over log1p(cost), in cells of hour and weekday or weekend (UTC). */
export function unusual(before: readonly CostHour[], at: CostHour): Usual {
  const cell = before.filter(({ hour }) => cellOf(hour) === cellOf(at.hour));
  const untrimmed = cellStatistics(cell, before);
  const outliers = cell
    .filter(({ costUsd }) => zScore(costUsd, untrimmed) >= trimAt)
    .toSorted((a, b) => b.costUsd - a.costUsd)
    .slice(0, maxTrimmed);
  // An attack must not teach the baseline; trimmed once, so that a level that lasts is learned.
  const trimmed = new Set(outliers.map(({ hour }) => hour));
  const kept = before.filter(({ hour }) => !trimmed.has(hour));
  const usual = cellStatistics(
    cell.filter(({ hour }) => !trimmed.has(hour)),
    kept,
  );
  return {
    z: zScore(at.costUsd, usual),
    p99Usd: quantile(
      kept.map(({ costUsd }) => costUsd),
      0.99,
    ),
  };
}

function cellOf(hour: string): string {
  const day = new Date(hour).getUTCDay();
  return `${hour.slice(11, 13)} ${day === 0 || day === 6 ? "weekend" : "weekday"}`;
}

function cellStatistics(cell: readonly CostHour[], all: readonly CostHour[]): Cell {
  const values = cell.map(({ costUsd }) => Math.log1p(costUsd));
  const overall = quantile(
    all.map(({ costUsd }) => Math.log1p(costUsd)),
    0.5,
  );
  const own = quantile(values, 0.5);
  const median = (own * values.length + overall * shrinkWeight) / (values.length + shrinkWeight);
  const mad = quantile(
    values.map((value) => Math.abs(value - own)),
    0.5,
  );
  return { median, mad: mad > 0 ? mad : Math.max(0.1 * median, 0.05) };
}

function zScore(costUsd: number, { median, mad }: Cell): number {
  return (0.6745 * (Math.log1p(costUsd) - median)) / mad;
}

/** The smallest value that at least the share `p` of the values does not exceed; 0 without values. */
function quantile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] ?? 0;
}
