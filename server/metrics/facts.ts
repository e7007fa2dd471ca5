import type { Dimension } from "../domain/metric.ts";
import { UserError } from "../lib/errors.ts";
import type { Span } from "../lib/time.ts";
import { instant, join, raw, sql, type Sql } from "../store/sql.ts";
import { rowSums, type KeyColumn, type SumColumn } from "./catalog.ts";
import { fieldSql, listFields, signalFields, type Source } from "./fields.ts";
import { filterSql, needsRate, type DayBound } from "./filters.ts";
import { comparedSlot, dayBound, rateJoin, slotOf, within, type Period, type Shape } from "./question.ts";

const hour = 3_600_000;

/** Rows or sums of all periods: rollups for the whole hours, single rows for what is cut off at the ends. */
export function facts(shape: Shape): Sql {
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
  const { question, needs, days, daily } = shape;
  const time = raw(isRollup(source) ? "s.hour" : "s.time");
  const keys = [
    ...question.dimensions.map((field, index) => sql`${groupSql(field, source)} as d${raw(String(index + 1))}`),
    sql`${slotOf(time, period.edges, firstSlot)} as slot`,
    ...needs.keys.map((key) => sql`${keySql(key)} as k_${raw(key)}`),
    ...(needs.priced && source !== "signals"
      ? [raw("s.price_key as price_key"), raw(daily ? "s.dt as price_day" : "'' as price_day")]
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
