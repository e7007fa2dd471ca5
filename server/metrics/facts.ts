import type { Dimension } from "../domain/metric.ts";
import { UserError } from "../lib/errors.ts";
import { isoTime, type Span } from "../lib/time.ts";
import { instant, join, raw, sql, type Sql } from "../store/sql.ts";
import { isRollup } from "../store/tables.ts";
import { rowSums, type KeyColumn, type SumColumn } from "./catalog.ts";
import { fieldSql, listFields, signalFields, type Source } from "./fields.ts";
import { filterSql, needsRate, type DayBound } from "./filters.ts";
import { comparedSlot, dayBound, rateJoin, slotOf, within, type Period, type Shape } from "./question.ts";

const hour = 3_600_000;
const day = 24 * hour;

/** A period, and the slot of its first bucket. */
interface SlottedPeriod extends Period {
  readonly firstSlot: number;
}

/** Rows or sums of all periods: rollups for the whole days and hours, single rows for what is cut off at the ends. */
export function facts(shape: Shape): Sql {
  const periods = shape.question.periods
    .map((period, index) => ({ ...period, firstSlot: index * comparedSlot }))
    .sort((a, b) => a.span.start - b.span.start);
  let rest = periods.map(({ span }) => span);
  const parts = grainsOf(shape.source, periods).flatMap(({ table, lengthMs }) => {
    const cut = rest.map((span) => ({ span, whole: wholePart(span, lengthMs) }));
    const spans = cut.flatMap(({ whole }) => whole ?? []);
    rest = cut.flatMap(({ span, whole }) => (whole === null ? [span] : around(span, whole)));
    return spans.length === 0 ? [] : [factsOf(shape, table, periods, spans)];
  });
  return join(parts, " union all ");
}

interface Grain {
  readonly table: Source;
  readonly lengthMs: number;
}

/** The tables to read, each for what the ones before it leave: days where every bucket is of whole UTC days, hours, then rows. */
function grainsOf(source: Source, periods: readonly Period[]): readonly Grain[] {
  if (source === "signals") return [{ table: source, lengthMs: 1 }];
  const rows: Grain = { table: "invocations", lengthMs: 1 };
  if (source !== "rollups" && source !== "rollups_model") return [rows];
  const byDay: Grain = { table: `${source}_day`, lengthMs: day };
  const byDays = periods.every(({ edges }) => edges.every((edge) => edge % day === 0));
  return [...(byDays ? [byDay] : []), { table: source, lengthMs: hour }, rows];
}

function wholePart({ start, end }: Span, lengthMs: number): Span | null {
  const whole = { start: Math.ceil(start / lengthMs) * lengthMs, end: Math.floor(end / lengthMs) * lengthMs };
  return whole.start < whole.end ? whole : null;
}

function around({ start, end }: Span, whole: Span): readonly Span[] {
  return [
    { start, end: whole.start },
    { start: whole.end, end },
  ].filter((span) => span.start < span.end);
}

function factsOf(shape: Shape, source: Source, periods: readonly SlottedPeriod[], spans: readonly Span[]): Sql {
  const { question, needs, days, daily } = shape;
  const time = timeSql(source);
  const keys = [
    ...question.dimensions.map((field, index) => sql`${groupSql(field, source)} as d${raw(String(index + 1))}`),
    sql`${slotOfPeriods(time, periods)} as slot`,
    ...needs.keys.map((key) => sql`${keySql(key)} as k_${raw(key)}`),
    ...(needs.priced && source !== "signals"
      ? [raw("s.price_key as price_key"), ...(daily ? [raw("s.dt as price_day")] : [])]
      : []),
    ...needs.values.map((column) => raw(`s.${column} as v_${column}`)),
  ];
  const sums = needs.sums.map((column) => {
    const value = sumSql(column, source);
    return needs.single ? sql`${value} as n_${raw(column)}` : sql`sum(${value}) as n_${raw(column)}`;
  });
  const joins = [
    ...question.dimensions.map((field) => groupJoin(field, source, days)),
    ...(question.filters.some(needsRate) ? [rateJoin("s.price_key", "s.dt", true)] : []),
  ];
  const conditions = [
    // Days apart from times: a condition on nothing else is what lets the engine skip files.
    anyOf(spans.map(daysOf)),
    anyOf(spans.map((span) => within(time, span))),
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

/** The periods are in the order of time and share no instant. */
function slotOfPeriods(time: Sql, [first, ...later]: readonly SlottedPeriod[]): Sql {
  const slot = first === undefined ? raw("null") : slotOf(time, first.edges, first.firstSlot);
  const [next] = later;
  if (next === undefined) return slot;
  return sql`case when ${time} < ${instant(isoTime(next.span.start))} then ${slot} else ${slotOfPeriods(time, later)} end`;
}

function timeSql(source: Source): Sql {
  if (!isRollup(source)) return raw("s.time");
  return raw(source === "rollups" || source === "rollups_model" ? "s.hour" : "s.day");
}

function anyOf(conditions: readonly Sql[]): Sql {
  return sql`(${join(conditions, " or ")})`;
}

function daysOf(span: Span): Sql {
  const { fromDay, toDay } = dayBound([{ span, edges: [] }]);
  return sql`s.dt between ${fromDay} and ${toDay}`;
}

function sumSql(column: SumColumn, source: Source): Sql {
  if (isRollup(source)) return raw(`s.${column}`);
  return source === "signals" ? raw("1") : rowSums[column];
}

function keySql(key: KeyColumn): Sql {
  return raw(key === "record" ? "s.account_id || '/' || s.region || '/' || s.request_id" : `s.${key}`);
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
