import {
  MetricQuery,
  type Dimension,
  type Filter,
  type Measure,
  type MetricQueryInput,
  type MetricResult,
  type MetricRow,
  type MetricValues,
} from "./domain/metric.ts";
import type { Breakdown, Compared, Mover } from "./domain/report.ts";
import { isoTime, type Span } from "./lib/time.ts";
import { answerMetric, type MetricDeps } from "./metrics/answer.ts";
import {
  breakdownDimensions,
  groupMeasures,
  headlines,
  maxRows,
  moverDimensions,
  moverMeasures,
} from "./reports/measures.ts";

export interface UsageQuestion {
  readonly span: Span;
  readonly previous: Span;
  readonly timeZone: string;
  readonly filters: readonly Filter[];
  readonly signal: AbortSignal;
}

export interface Usage {
  readonly totals: Compared;
  readonly breakdowns: readonly Breakdown[];
  readonly movers: readonly Mover[];
  readonly snapshot: number;
  readonly asOf: string | null;
}

type Ask = (query: Partial<MetricQueryInput>) => Promise<MetricResult>;

/** All numbers of a report, of one snapshot. Asked one after the other: the engine has other work too. */
export async function usageOf(deps: MetricDeps, question: UsageQuestion): Promise<Usage> {
  const newest = await deps.snapshot();
  const ask = asker({ ...deps, snapshot: async () => newest }, question);
  return { ...(await gather(ask, question)), snapshot: newest.snapshot, asOf: newest.asOf };
}

function asker(deps: MetricDeps, { span, timeZone, filters, signal }: UsageQuestion): Ask {
  return (query) => {
    const parsed = MetricQuery.parse({ range: rangeOf(span), timeZone, filters, compare: "previous", ...query });
    return answerMetric(deps, parsed, signal);
  };
}

function rangeOf({ start, end }: Span): { from: string; to: string } {
  return { from: isoTime(start), to: isoTime(end) };
}

async function gather(ask: Ask, question: UsageQuestion): Promise<Omit<Usage, "snapshot" | "asOf">> {
  const totals: MetricResult["totals"][] = [];
  for (const measures of headlines) totals.push((await ask({ measures: [...measures] })).totals);
  const breakdowns: Breakdown[] = [];
  for (const dimension of breakdownDimensions) breakdowns.push(await breakdown(ask, dimension));
  return {
    totals: {
      values: joined(totals.map(({ values }) => values)),
      previous: joined(totals.map(({ compare }) => compare ?? {})),
    },
    breakdowns,
    movers: await moversOf(ask, question),
  };
}

function joined(parts: readonly MetricValues[]): MetricValues {
  return Object.fromEntries(parts.flatMap((part) => Object.entries(part)));
}

async function breakdown(ask: Ask, dimension: Dimension): Promise<Breakdown> {
  const result = await ask({ measures: [...groupMeasures], dimensions: [dimension], top: maxRows });
  return {
    dimension,
    rows: result.rows.map(({ key, values, compare }) => ({
      key: key?.[0] ?? null,
      other: key === null,
      values,
      previous: compare ?? {},
    })),
    otherGroups: result.other?.groups ?? 0,
  };
}

const most = 1000;
const shown = 10;

async function moversOf(ask: Ask, { previous }: UsageQuestion): Promise<Mover[]> {
  const found: Mover[] = [];
  for (const dimension of moverDimensions) {
    const query = { measures: [...moverMeasures], dimensions: [dimension], top: most, compare: null };
    const now = await ask(query);
    const before = await ask({ ...query, range: rangeOf(previous) });
    for (const measure of moverMeasures) found.push(...changes(measure, dimension, now, before));
  }
  return moverMeasures.flatMap((measure) => largest(found.filter((mover) => mover.measure === measure)));
}

/** A group that only one of both answers has is 0 in the other, unless it may stand in its Other. */
export function changes(measure: Measure, dimension: Dimension, now: MetricResult, before: MetricResult): Mover[] {
  const [values, earlier] = [valuesByKey(measure, now.rows), valuesByKey(measure, before.rows)];
  return [...new Set([...values.keys(), ...earlier.keys()])].flatMap((key) => {
    const a = values.has(key) ? values.get(key) : now.other === null ? 0 : null;
    const b = earlier.has(key) ? earlier.get(key) : before.other === null ? 0 : null;
    if (a === null || a === undefined || b === null || b === undefined || a === b) return [];
    return [{ measure, dimension, key, now: a, before: b }];
  });
}

function valuesByKey(measure: Measure, rows: readonly MetricRow[]): ReadonlyMap<string | null, number | null> {
  return new Map(rows.flatMap(({ key, values }) => (key === null ? [] : [[key[0] ?? null, values[measure] ?? null]])));
}

function largest(movers: readonly Mover[]): Mover[] {
  const size = ({ now, before }: Mover) => Math.abs(now - before);
  return movers.toSorted((a, b) => size(b) - size(a)).slice(0, shown);
}
