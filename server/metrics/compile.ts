import type { Dimension, Filter, Measure } from "../domain/metric.ts";
import { isoTime, utcDay, type Span } from "../lib/time.ts";
import { UserError } from "../lib/errors.ts";
import { instant, join, raw, sql, type Sql } from "../store/sql.ts";
import { measureSql, rowSums, type KeyColumn, type MeasureSql, type SumColumn, type ValueColumn } from "./catalog.ts";
import { fieldSql, hasColumns, knowsField, listFields, signalFields, type Source } from "./fields.ts";
import { filterSql, needsRate, type DayBound } from "./filters.ts";
import { ratesTable, type RateSpan } from "./rates.ts";

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
  /** The range, then the one to compare with. */
  readonly periods: readonly Period[];
  readonly top: number;
  /** What groups rank by; a measure of the question, or the key. */
  readonly order: { readonly by: Measure | "key"; readonly dir: "asc" | "desc" };
  /** Leaves out what was ingested later. */
  readonly asOf: string | null;
}

/** Slots number the buckets of the range from 0, those of the compared period from here. */
export const comparedSlot = 100_000;

/** Answers from this program's tables in one statement: rows of groups by slot, and rows of totals (`whole` = 1) by period. */
export function compile(question: Question, rates: readonly RateSpan[]): Sql {
  const needs = needsOf(question);
  const source = sourceOf(question, needs);
  const shape: Shape = { question, needs, source, days: dayBound(question.periods) };
  const tables = [
    ...(needsRates(question) ? [ratesTable(rates)] : []),
    sql`facts as (${facts(shape)})`,
    ...firstSeenTables(shape),
    sql`cells as (${cells(shape)})`,
    ...groupTables(shape),
  ];
  return sql`/* metrics/answer */ with ${join(tables, ", ")}
    ${groupRows(shape)} union all ${totalRows(shape)}`;
}

interface Needs {
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

interface Shape {
  readonly question: Question;
  readonly needs: Needs;
  readonly source: Source;
  readonly days: DayBound;
}

function needsOf({ measures, dimensions }: Question): Needs {
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
  const rollup = (["rollups_model", "rollups"] as const).find(
    (table) => hasColumns(table, needs.keys) && fields.every((field) => knowsField(field, table)),
  );
  return summed && rollup !== undefined ? rollup : "invocations";
}

export function dayBound(periods: readonly Period[]): DayBound {
  return {
    fromDay: utcDay(Math.min(...periods.map(({ span }) => span.start))),
    toDay: utcDay(Math.max(...periods.map(({ span }) => span.end)) - 1),
  };
}

/** Rows or sums of all periods: rollups for the whole hours, single rows for what is cut off at the ends. */
function facts(shape: Shape): Sql {
  const parts = shape.question.periods.flatMap((period, index) => periodFacts(shape, period, index * comparedSlot));
  return join(parts, " union all ");
}

function periodFacts(shape: Shape, period: Period, firstSlot: number): readonly Sql[] {
  const { source } = shape;
  if (source === "invocations" || source === "signals")
    return [factsOf(shape, source, period, [period.span], firstSlot)];
  const { start, end } = period.span;
  const whole = { start: Math.ceil(start / hour) * hour, end: Math.floor(end / hour) * hour };
  if (whole.start >= whole.end) return [factsOf(shape, "invocations", period, [period.span], firstSlot)];
  const ends = [
    { start, end: whole.start },
    { start: whole.end, end },
  ].filter((span) => span.start < span.end);
  return [
    factsOf(shape, source, period, [whole], firstSlot),
    ...(ends.length === 0 ? [] : [factsOf(shape, "invocations", period, ends, firstSlot)]),
  ];
}

function factsOf(shape: Shape, source: Source, period: Period, spans: readonly Span[], firstSlot: number): Sql {
  const { question, needs, days } = shape;
  const time = raw(isRollup(source) ? "s.hour" : "s.time");
  const keys = [
    ...question.dimensions.map((field, index) => sql`${groupSql(field, source)} as d${raw(String(index + 1))}`),
    sql`${slotOf(time, period.edges, firstSlot)} as slot`,
    ...needs.keys.map((key) => sql`${keySql(key)} as k_${raw(key)}`),
    ...(needs.priced && source !== "signals" ? [raw("s.price_key as price_key"), raw("s.dt as price_day")] : []),
    ...needs.values.map((column) => raw(`s.${column} as v_${column}`)),
  ];
  const sums = needs.sums.map((column) => {
    const value = sumSql(column, source);
    return needs.single ? sql`${value} as n_${raw(column)}` : sql`sum(${value}) as n_${raw(column)}`;
  });
  const joins = [
    ...question.dimensions.map((field) => groupJoin(field, source, days)),
    ...(question.filters.some(needsRate) ? [rateJoin("s.price_key", "s.dt")] : []),
  ];
  const conditions = [
    sql`s.dt between ${dayBound([{ span: outer(spans), edges: [] }]).fromDay} and ${dayBound([{ span: outer(spans), edges: [] }]).toDay}`,
    sql`(${join(
      spans.map((span) => within(time, span)),
      " or ",
    )})`,
    ...question.filters.map((filter) => filterSql(filter, source, days)),
    ...(question.asOf === null ? [] : [sql`s.ingested_at <= ${instant(question.asOf)}`]),
  ];
  const select = sql`select ${join([...keys, ...sums], ", ")} from ${raw(source)} s ${join(joins, " ")} where ${join(conditions, " and ")}`;
  return needs.single
    ? select
    : sql`${select} group by ${join(
        keys.map((_, index) => raw(String(index + 1))),
        ", ",
      )}`;
}

function isRollup(source: Source): boolean {
  return source === "rollups" || source === "rollups_model";
}

function outer(spans: readonly Span[]): Span {
  return { start: Math.min(...spans.map(({ start }) => start)), end: Math.max(...spans.map(({ end }) => end)) };
}

function within(time: Sql, { start, end }: Span): Sql {
  return sql`(${time} >= ${instant(isoTime(start))} and ${time} < ${instant(isoTime(end))})`;
}

function sumSql(column: SumColumn, source: Source): Sql {
  if (isRollup(source)) return raw(`s.${column}`);
  return source === "signals" ? raw("1") : rowSums[column];
}

function keySql(key: KeyColumn): Sql {
  return raw(key === "record" ? "s.account_id || '/' || s.region || '/' || s.request_id" : `s.${key}`);
}

/** The bucket that a time falls into, by halving: as exact as the edges, and no zone is known here. */
function slotOf(time: Sql, edges: readonly number[], firstSlot: number): Sql {
  const middle = Math.floor(edges.length / 2);
  const edge = edges[middle];
  if (edge === undefined) return raw(String(firstSlot));
  const before = slotOf(time, edges.slice(0, middle), firstSlot);
  const after = slotOf(time, edges.slice(middle + 1), firstSlot + middle + 1);
  return sql`case when ${time} < ${instant(isoTime(edge))} then ${before} else ${after} end`;
}

function groupSql(field: Dimension, source: Source): Sql {
  const list = source === "signals" ? undefined : listFields.get(field);
  if (list !== undefined) return raw(list.member === null ? `u_${field}.item` : `u_${field}.item.${list.member}`);
  const column = fieldSql(field, source);
  if (column !== null) return column;
  if (source === "signals")
    throw new UserError(`Signals are not grouped by ${field}.`, "Leave the dimension out, or ask for other measures.");
  return raw(`g_${field}.value`);
}

/** One row for each value of a list; a record without any is a row too. */
function groupJoin(field: Dimension, source: Source, { fromDay, toDay }: DayBound): Sql {
  const list = listFields.get(field);
  if (source === "signals") return raw("");
  if (list !== undefined) return raw(`left join unnest(s.${list.column}) as u_${field}(item) on true`);
  const column = signalFields.get(field);
  if (column === undefined) return raw("");
  const name = raw(`g_${field}`);
  return sql`left join (
    select distinct account_id, region, request_id, time, ${raw(column)} as value from signals where dt between ${fromDay} and ${toDay}
  ) ${name} on ${name}.account_id = s.account_id and ${name}.region = s.region and ${name}.request_id = s.request_id and ${name}.time = s.time`;
}

function rateJoin(key: string, day: string): Sql {
  return raw(`left join rates r on r.price_key = ${key} and ${day} >= r.from_day and ${day} < r.to_day`);
}

const sightingKinds = { principal_key: "principal", model: "model" } as const;

function firstSeenTables({ needs, question, days }: Shape): readonly Sql[] {
  return needs.firstSeen.map((key) => {
    const slots = question.periods.map(
      ({ span, edges }, index) =>
        sql`when ${within(raw("min(first_time)"), span)} then ${slotOf(raw("min(first_time)"), edges, index * comparedSlot)}`,
    );
    return sql`first_${raw(key)} as (
      select key, case ${join(slots, " ")} end as slot from sightings where dt <= ${days.toDay} and kind = ${sightingKinds[key]} group by key)`;
  });
}

/** Facts with what they cost and whether their keys are new. */
function cells({ needs, source }: Shape): Sql {
  const columns = [
    raw("f.*"),
    ...needs.firstSeen.map((key) => raw(`coalesce(first_${key}.slot = f.slot, false) as new_${key}`)),
    ...(needs.priced && source !== "signals" ? [costColumns] : []),
  ];
  const joins = [
    ...needs.firstSeen.map((key) => raw(`left join first_${key} on first_${key}.key = f.k_${key}`)),
    ...(needs.priced && source !== "signals" ? [rateJoin("f.price_key", "f.price_day")] : []),
  ];
  return sql`select ${join(columns, ", ")} from facts f ${join(joins, " ")}`;
}

const tokens = "(f.n_input_tokens + f.n_output_tokens + f.n_cache_read_tokens + f.n_cache_write_tokens)";

function costSql(prefix: string): string {
  return `cast(f.n_input_tokens as decimal(38, 0)) * r.${prefix}input
    + cast(f.n_output_tokens as decimal(38, 0)) * r.${prefix}output
    + cast(f.n_cache_read_tokens as decimal(38, 0)) * r.${prefix}cache_read
    + cast(f.n_cache_write_tokens - f.n_cache_write_1h_tokens as decimal(38, 0)) * r.${prefix}write_5m
    + cast(f.n_cache_write_1h_tokens as decimal(38, 0)) * r.${prefix}write_1h`;
}

const costColumns = raw(`
  case when r.price_key is not null then f.n_with_tokens else 0 end as n_priced,
  case when r.price_key is null then ${tokens} else 0 end as unpriced_tokens,
  ${costSql("")} as cost_pico,
  case when r.g_input is not null then f.n_with_tokens else 0 end as n_compared,
  case when r.g_input is null and coalesce(r.tier, '') <> 'global' then f.n_with_tokens else 0 end as n_not_compared,
  case when r.g_input is not null then ${costSql("")} end as compared_pico,
  ${costSql("g_")} as global_pico`);

function dimensionNames({ question }: Shape): readonly string[] {
  return question.dimensions.map((_, index) => `d${index + 1}`);
}

/** Ranks the groups over the whole range, and gives each cell its group's place: 1 is the first, 0 is Other. */
function groupTables(shape: Shape): readonly Sql[] {
  const { question, needs } = shape;
  const names = dimensionNames(shape);
  if (names.length === 0) return [];
  const list = raw(names.join(", "));
  const same = raw(names.map((name) => `k.${name} is not distinct from c.${name}`).join(" and "));
  const placed = sql`select c.*, case when k.place <= ${question.top} then k.place else 0 end as place
    from cells c left join ranked k on ${same}`;
  return [
    sql`ranked as (select ${list}, row_number() over (order by ${rankOrder(shape, names)}) as place
      from ${needs.overlapping ? raw("(select distinct * from cells)") : raw("cells")} c where slot < ${comparedSlot} group by ${list})`,
    sql`placed as (${placed})`,
  ];
}

function rankOrder({ question: { order } }: Shape, names: readonly string[]): Sql {
  const direction = raw(order.dir);
  const keys = (dir: Sql) => names.map((name) => sql`${raw(name)} ${dir} nulls last`);
  if (order.by === "key") return join(keys(direction), ", ");
  return join([sql`${measureSql[order.by].sql} ${direction} nulls last`, ...keys(raw("asc"))], ", ");
}

function groupRows(shape: Shape): Sql {
  const { needs } = shape;
  const names = dimensionNames(shape);
  if (names.length === 0) {
    return sql`select 0 as whole, cast(1 as bigint) as place, slot, cast(null as bigint) as group_count, ${measureColumns(shape)}
      from cells group by slot`;
  }
  const keys = raw(names.map((name) => `min(case when place > 0 then ${name} end) as ${name}`).join(", "));
  // A record that stands in two groups of Other is one record of Other.
  const from = needs.overlapping
    ? sql`(select distinct on_place.* from (${withoutGroups(shape, "placed", names)}) on_place)`
    : raw("placed");
  return sql`select 0 as whole, place, slot, cast(null as bigint) as group_count, ${keys}, ${measureColumns(shape)}
    from ${from} p group by place, slot`;
}

function withoutGroups({ needs, source }: Shape, table: string, kept: readonly string[]): Sql {
  const inOther = kept.map((name) => `case when place > 0 then ${name} end as ${name}`);
  return raw(`select ${[...inOther, "place", ...cellColumns(needs, source)].join(", ")} from ${table}`);
}

function cellColumns(needs: Needs, source: Source): readonly string[] {
  const costs = [
    "n_priced",
    "unpriced_tokens",
    "cost_pico",
    "n_compared",
    "n_not_compared",
    "compared_pico",
    "global_pico",
  ];
  return [
    "slot",
    ...needs.keys.map((key) => `k_${key}`),
    ...needs.values.map((column) => `v_${column}`),
    ...needs.sums.map((column) => `n_${column}`),
    ...needs.firstSeen.map((key) => `new_${key}`),
    ...(needs.priced && source !== "signals" ? costs : []),
  ];
}

/** Over all groups, never added up from them. */
function totalRows(shape: Shape): Sql {
  const { needs, source } = shape;
  const names = dimensionNames(shape);
  const count = names.length === 0 ? raw("cast(null as bigint)") : raw("(select count(*) from ranked)");
  const keys = names.map((name) => raw(`cast(null as varchar) as ${name}`));
  const from = needs.overlapping
    ? raw(`(select distinct ${cellColumns(needs, source).join(", ")} from cells)`)
    : raw("cells");
  const period = raw(`case when slot < ${comparedSlot} then 0 else ${comparedSlot} end`);
  return sql`select 1 as whole, cast(0 as bigint) as place, ${period} as slot, ${count} as group_count,
    ${join([...keys, measureColumns(shape)], ", ")} from ${from} c group by 3`;
}

function measureColumns({ question }: Shape): Sql {
  return join(
    question.measures.map((measure, index) => {
      const { sql: value, unit } = measureSql[measure];
      return sql`${unit === "picoUsd" ? sql`cast(${value} as varchar)` : value} as m${raw(String(index))}`;
    }),
    ", ",
  );
}
