import type { Dimension, Filter, Measure } from "../domain/metric.ts";
import { isoTime, utcDay, type Span } from "../lib/time.ts";
import { instant, raw, sql, type Sql } from "../store/sql.ts";
import { measureSql, type KeyColumn, type MeasureSql, type SumColumn, type ValueColumn } from "./catalog.ts";
import { hasColumns, knowsField, listFields, signalFields, type Source } from "./fields.ts";
import { needsRate, type DayBound } from "./filters.ts";

const hour = 3_600_000;

/** One period with the edges between its buckets; the range asked for, or the one it is held against. */
export interface Period {
  readonly span: Span;
  /** Starts of all buckets but the first, ascending; none: one bucket. */
  readonly edges: readonly number[];
}

export interface Question {
  readonly measures: readonly Measure[];
  readonly dimensions: readonly Dimension[];
  readonly filters: readonly Filter[];
  /** The range, then the one to compare with, which shares no instant with it. */
  readonly periods: readonly Period[];
  readonly top: number;
  /** What groups rank by; a measure of the question, or the key. */
  readonly order: { readonly by: Measure | "key"; readonly dir: "asc" | "desc" };
  /** Leaves out what was ingested later. */
  readonly asOf: string | null;
  /** How many rows each table holds, as far as it is known: of two that can answer, the smaller is read. */
  readonly rows: Readonly<Record<string, number>>;
}

/** Slots number the buckets of the range from 0, those of the compared period from here. */
export const comparedSlot = 100_000;

export interface Needs {
  readonly sums: readonly SumColumn[];
  readonly keys: readonly KeyColumn[];
  readonly values: readonly ValueColumn[];
  readonly priced: boolean;
  readonly firstSeen: readonly ("principal_key" | "model")[];
  /** A record stands in several groups. */
  readonly overlapping: boolean;
  /** Rows of single records are needed, not sums of them. */
  readonly single: boolean;
}

export interface Shape {
  readonly question: Question;
  readonly needs: Needs;
  readonly source: Source;
  readonly days: DayBound;
  /** A rate changes within the days; else sums need not be kept apart by day. */
  readonly daily: boolean;
}

export function needsOf({ measures, dimensions }: Question): Needs {
  const all = measures.map((measure) => measureSql[measure]);
  const each = <T>(pick: (measure: MeasureSql) => readonly T[]): readonly T[] => [...new Set(all.flatMap(pick))];
  const overSignals = measures.some(isOverSignals);
  const overlapping = !overSignals && dimensions.some((field) => listFields.has(field) || signalFields.has(field));
  const values = each(({ values }) => values);
  return {
    sums: each(({ sums }) => sums),
    keys: [...new Set([...each(({ keys }) => keys), ...(overlapping ? (["record"] as const) : [])])],
    values,
    priced: all.some(({ priced }) => priced),
    firstSeen: each(({ firstSeen }) => (firstSeen === null ? [] : [firstSeen])),
    overlapping,
    single: values.length > 0 || overlapping,
  };
}

/** Whether the statement asks for `rates`. */
export function needsRates({ measures, filters }: Pick<Question, "measures" | "filters">): boolean {
  return measures.some((measure) => measureSql[measure].priced) || filters.some(needsRate);
}

export function isOverSignals(measure: Measure): boolean {
  return measure === "signals" || measure === "signalInvocations";
}

/** The smallest table that can answer. */
export function sourceOf(question: Question, needs = needsOf(question)): Source {
  if (question.measures.some(isOverSignals)) return "signals";
  const whole = question.periods.every(({ edges }) => edges.every((edge) => edge % hour === 0));
  const summed = whole && !needs.single && question.asOf === null;
  const fields = [...question.dimensions, ...question.filters.map(({ field }) => field)];
  const size = (table: Source) => question.rows[table] ?? 0;
  const [rollup] = (["rollups_model", "rollups"] as const)
    .filter((table) => hasColumns(table, needs.keys) && fields.every((field) => knowsField(field, table)))
    .sort((a, b) => size(a) - size(b));
  return summed && rollup !== undefined ? rollup : "invocations";
}

export function dayBound(periods: readonly Period[]): DayBound {
  return {
    fromDay: utcDay(Math.min(...periods.map(({ span }) => span.start))),
    toDay: utcDay(Math.max(...periods.map(({ span }) => span.end)) - 1),
  };
}

export function rateJoin(key: string, day: string, daily: boolean): Sql {
  return raw(
    `left join rates r on r.price_key = ${key}${daily ? ` and ${day} >= r.from_day and ${day} < r.to_day` : ""}`,
  );
}

export function within(time: Sql, { start, end }: Span): Sql {
  return sql`(${time} >= ${instant(isoTime(start))} and ${time} < ${instant(isoTime(end))})`;
}

/** The bucket that a time falls into, by halving: as exact as the edges, and no zone is known here. */
export function slotOf(time: Sql, edges: readonly number[], firstSlot: number): Sql {
  const middle = Math.floor(edges.length / 2);
  const edge = edges[middle];
  if (edge === undefined) return raw(String(firstSlot));
  const before = slotOf(time, edges.slice(0, middle), firstSlot);
  const after = slotOf(time, edges.slice(middle + 1), firstSlot + middle + 1);
  return sql`case when ${time} < ${instant(isoTime(edge))} then ${before} else ${after} end`;
}
