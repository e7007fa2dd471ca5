import type { TargetCoverage } from "../domain/coverage.ts";
import type { Measure, MetricQuery, MetricResult, MetricRow, MetricValues } from "../domain/metric.ts";
import { usdOf, type PriceLookup } from "../domain/price.ts";
import { autoBucket, bucketsOf, type TimeBucket } from "../lib/buckets.ts";
import type { Clock } from "../lib/clock.ts";
import { UserError } from "../lib/errors.ts";
import { isoTime, previousSpan, resolveRange, weekdaySpan, type Span } from "../lib/time.ts";
import { timeZone } from "../lib/time-zone.ts";
import type { Engine, Row, SnapshotInfo } from "../store/store.ts";
import { measureSql } from "./catalog.ts";
import { compile } from "./compile.ts";
import { comparedSlot, dayBound, isOverSignals, needsRates, type Period, type Question } from "./question.ts";
import { bucketStates, holesWithin, targetsOf } from "./evidence.ts";
import { ratesOf } from "./rates.ts";

export interface MetricDeps {
  readonly engine: Engine;
  readonly snapshot: () => Promise<SnapshotInfo>;
  readonly prices: PriceLookup;
  readonly coverage: readonly TargetCoverage[];
  /** Nothing before this instant was read; null when all that there is was read. */
  readonly since: string | null;
  readonly clock: Clock;
}

const maxCells = 10_000;

/** @throws {UserError} for a question that cannot be asked; its class `TooManyBucketsError` names the finest bucket that fits. */
export async function answerMetric(deps: MetricDeps, query: MetricQuery, signal: AbortSignal): Promise<MetricResult> {
  const plan = planOf(query, deps.clock());
  const rates = needsRates(query)
    ? await ratesOf(
        deps,
        plan.periods.map(({ span }) => span),
        signal,
      )
    : [];
  const { asOf, days: known, rows: sizes, snapshot } = await deps.snapshot();
  const statement = compile(questionOf(query, plan, sizes), rates);
  const days = dayBound(plan.periods);
  const answer = await deps.engine.query(statement, { signal, snapshot, days, maxRows: 4 * maxCells });
  const nothingBefore = plan.compared !== null && isBlank(plan.compared, [deps.since, firstDay(known)]);
  return resultOf(deps, query, plan, { rows: answer.rows, snapshot: answer.snapshot, asOf, nothingBefore });
}

/** Of a period that the range is held against, so much may be without evidence. */
const blankShare = 0.05;

/** Whether a period lies so far before the evidence begins that its numbers say nothing. Times are ISO; null: no bound. */
function isBlank({ start, end }: Span, begins: readonly (string | null)[]): boolean {
  const begin = Math.max(...begins.map((time) => (time === null ? -Infinity : Date.parse(time))));
  return begin - start > blankShare * (end - start);
}

/** Nobody can tell a time before the first call from one of which no logs were kept. */
function firstDay(days: SnapshotInfo["days"]): string | null {
  return [...days.keys()].sort()[0] ?? null;
}

interface Plan {
  readonly bucket: MetricQuery["bucket"];
  readonly span: Span;
  readonly buckets: readonly TimeBucket[];
  readonly compared: Span | null;
  readonly periods: readonly Period[];
}

function planOf(query: MetricQuery, now: number): Plan {
  checkQuery(query);
  const span = resolveRange(query.range, now, query.timeZone);
  const bucket = query.bucket === "auto" ? autoBucket(span) : query.bucket;
  const cut = (part: Span) => (bucket === "none" ? [] : bucketsOf(part, bucket, query.timeZone));
  const compared = comparedSpan(query, span);
  const buckets = cut(span);
  if (buckets.length * query.top > maxCells && query.dimensions.length > 0) {
    throw new UserError("The answer would have more than 10,000 cells.", "Ask for fewer groups or longer buckets.");
  }
  const periods = [span, ...(compared === null ? [] : [compared])].map((part) => ({
    span: part,
    edges: cut(part)
      .slice(1)
      .map(({ start }) => start),
  }));
  return { bucket, span, buckets, compared, periods };
}

function checkQuery({ measures, order, dimensions, timeZone: zone }: MetricQuery): void {
  timeZone(zone);
  const overSignals = measures.filter(isOverSignals).length;
  if (overSignals > 0 && overSignals < measures.length) {
    throw new UserError("Measures of signals do not go with others.", "Ask for them in a query of their own.");
  }
  if (order !== null && order.by !== "key" && !measures.includes(order.by)) {
    throw new UserError("The order is by a measure that is not asked for.", "Add it to the measures.");
  }
  if (new Set(dimensions).size < dimensions.length) {
    throw new UserError("A dimension is asked for twice.", "Leave one out.");
  }
}

function comparedSpan({ compare, timeZone }: MetricQuery, span: Span): Span | null {
  if (compare === null) return null;
  return compare === "previous" ? previousSpan(span, timeZone) : weekdaySpan(span, timeZone);
}

function questionOf(query: MetricQuery, { periods }: Plan, rows: Question["rows"]): Question {
  const { measures, dimensions, filters, top } = query;
  const [first = "invocations"] = measures;
  return {
    measures,
    dimensions,
    filters,
    periods,
    top,
    order: query.order ?? { by: first, dir: "desc" },
    asOf: null,
    rows,
  };
}

interface Answer {
  readonly rows: readonly Row[];
  readonly snapshot: number;
  readonly asOf: string | null;
  /** What the range is held against is not known. */
  readonly nothingBefore: boolean;
}

function resultOf(deps: MetricDeps, query: MetricQuery, plan: Plan, answer: Answer): MetricResult {
  const { span, compared, buckets } = plan;
  const targets = targetsOf(deps.coverage, query.filters);
  const states = bucketStates(buckets.length === 0 ? [span] : buckets, targets, deps.since);
  const before = answer.nothingBefore ? unknownValues : emptyValues;
  const nothing = states.every((state) => state === "uncovered") ? unknownValues : emptyValues;
  const known = answer.nothingBefore ? answer.rows.filter(({ slot }) => Number(slot) < comparedSlot) : answer.rows;
  const cells = cellsOf(query.measures, known);
  const count = Math.max(0, ...answer.rows.map((row) => Number(row["group_count"] ?? 0)));
  const others = count - query.top;
  return {
    query: { ...query, bucket: plan.bucket, range: { from: isoTime(span.start), to: isoTime(span.end) } },
    compareRange: compared === null ? null : { from: isoTime(compared.start), to: isoTime(compared.end) },
    snapshot: answer.snapshot,
    asOf: answer.asOf,
    buckets: buckets.map(({ start, end, label }, index) => ({
      start: isoTime(start),
      end: isoTime(end),
      label,
      state: states[index] ?? "complete",
    })),
    rows: rowsOf(query, plan, states, cells, before),
    totals: {
      values: cells.totals.get(0) ?? nothing(query.measures),
      compare: compared === null ? null : (cells.totals.get(comparedSlot) ?? before(query.measures)),
    },
    other: others > 0 ? { groups: others } : null,
    partial: holesWithin(targets, span),
  };
}

interface Group {
  readonly key: MetricRow["key"];
  readonly bySlot: Map<number, MetricValues>;
}

interface Cells {
  /** By place: 1 is the first, 0 is Other. */
  readonly groups: ReadonlyMap<number, Group>;
  readonly totals: ReadonlyMap<number, MetricValues>;
}

function cellsOf(measures: readonly Measure[], rows: readonly Row[]): Cells {
  const groups = new Map<number, Group>();
  const totals = new Map<number, MetricValues>();
  for (const row of rows) {
    const slot = Number(row["slot"]);
    const values = valuesOf(measures, row);
    if (Number(row["whole"]) === 1) totals.set(slot, values);
    else groupAt(groups, row).bySlot.set(slot, values);
  }
  return { groups, totals };
}

function groupAt(groups: Map<number, Group>, row: Row): Group {
  const place = Number(row["place"]);
  const known = groups.get(place);
  const key = place === 0 ? null : ["d1", "d2"].flatMap((name) => (name in row ? [row[name] as string | null] : []));
  if (known === undefined) {
    const group: Group = { key, bySlot: new Map() };
    groups.set(place, group);
    return group;
  }
  return known;
}

function valuesOf(measures: readonly Measure[], row: Row): MetricValues {
  return Object.fromEntries(measures.map((measure, index) => [measure, valueOf(measure, row[`m${index}`])]));
}

function valueOf(measure: Measure, value: unknown): number | null {
  if (value === null || value === undefined) return null;
  return measureSql[measure].unit === "picoUsd" && typeof value === "string" ? usdOf(BigInt(value)) : Number(value);
}

function emptyValues(measures: readonly Measure[]): MetricValues {
  return Object.fromEntries(measures.map((measure) => [measure, measureSql[measure].empty]));
}

/** One row a group and bucket: the groups in their order, Other last. Where nothing was counted, nothing happened or nothing is known. */
function rowsOf(
  query: MetricQuery,
  plan: Plan,
  states: readonly string[],
  { groups }: Cells,
  before: typeof emptyValues,
): MetricRow[] {
  const { measures, dimensions } = query;
  const places = [...groups.keys()].filter((place) => place > 0).sort((a, b) => a - b);
  const kept = dimensions.length === 0 ? [1] : [...places, ...(groups.has(0) ? [0] : [])];
  const slots = plan.buckets.length === 0 ? [0] : plan.buckets.map((_, index) => index);
  return kept.flatMap((place) => {
    const group = groups.get(place) ?? { key: [], bySlot: new Map<number, MetricValues>() };
    return slots.map((slot) => ({
      key: group.key,
      bucket: plan.buckets.length === 0 ? null : slot,
      values:
        group.bySlot.get(slot) ?? (states[slot] === "uncovered" ? unknownValues(measures) : emptyValues(measures)),
      compare: plan.compared === null ? null : (group.bySlot.get(comparedSlot + slot) ?? before(measures)),
    }));
  });
}

function unknownValues(measures: readonly Measure[]): MetricValues {
  return Object.fromEntries(measures.map((measure) => [measure, null]));
}
