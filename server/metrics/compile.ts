import { join, raw, sql, type Sql } from "../store/sql.ts";
import { measureSql } from "./catalog.ts";
import { facts } from "./facts.ts";
import type { Source } from "./fields.ts";
import {
  comparedSlot,
  dayBound,
  needsOf,
  needsRates,
  rateJoin,
  slotOf,
  sourceOf,
  within,
  type Needs,
  type Question,
  type Shape,
} from "./question.ts";
import { ratesTable, type RateSpan } from "./rates.ts";

/** Answers from this program's tables in one statement: rows of groups by slot, and rows of totals (`whole` = 1) by period. */
export function compile(question: Question, rates: readonly RateSpan[]): Sql {
  const needs = needsOf(question);
  const source = sourceOf(question, needs);
  const days = dayBound(question.periods);
  const daily = rates.some(({ fromDay, toDay }) => fromDay > days.fromDay || toDay <= days.toDay);
  const shape: Shape = { question, needs, source, days, daily };
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
function cells({ needs, source, daily }: Shape): Sql {
  const columns = [
    raw("f.*"),
    ...needs.firstSeen.map((key) => raw(`coalesce(first_${key}.slot = f.slot, false) as new_${key}`)),
    ...(needs.priced && source !== "signals" ? [costColumns] : []),
  ];
  const joins = [
    ...needs.firstSeen.map((key) => raw(`left join first_${key} on first_${key}.key = f.k_${key}`)),
    ...(needs.priced && source !== "signals" ? [rateJoin("f.price_key", "f.price_day", daily)] : []),
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

/** The range is one bucket and held against nothing: what a group is ranked by is then what is shown of it. */
function isOneSlot({ question: { periods }, needs }: Shape): boolean {
  return periods.length === 1 && periods.every(({ edges }) => edges.length === 0) && !needs.overlapping;
}

/** Ranks the groups over the whole range, and gives each cell its group's place: 1 is the first, 0 is Other. */
function groupTables(shape: Shape): readonly Sql[] {
  const { question, needs } = shape;
  const names = dimensionNames(shape);
  if (names.length === 0) return [];
  const list = raw(names.join(", "));
  if (isOneSlot(shape)) {
    return [
      sql`ranked as (select ${list}, row_number() over (order by ${rankOrder(shape, names)}) as place, ${measureColumns(shape)}
        from cells c group by ${list})`,
    ];
  }
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
  if (isOneSlot(shape)) return rankedRows(shape, names);
  const keys = raw(names.map((name) => `min(case when place > 0 then ${name} end) as ${name}`).join(", "));
  // A record that stands in two groups of Other is one record of Other.
  const from = needs.overlapping
    ? sql`(select distinct on_place.* from (${withoutGroups(shape, "placed", names)}) on_place)`
    : raw("placed");
  return sql`select 0 as whole, place, slot, cast(null as bigint) as group_count, ${keys}, ${measureColumns(shape)}
    from ${from} p group by place, slot`;
}

/** The first groups as they were ranked; only what is left of them for Other is measured once more. */
function rankedRows(shape: Shape, names: readonly string[]): Sql {
  const { measures, top } = shape.question;
  const shown = raw([...names, ...measures.map((_, index) => `m${index}`)].join(", "));
  const same = raw(names.map((name) => `k.${name} is not distinct from c.${name}`).join(" and "));
  const noKeys = raw(names.map((name) => `cast(null as varchar) as ${name}`).join(", "));
  return sql`select 0 as whole, place, cast(0 as bigint) as slot, cast(null as bigint) as group_count, ${shown}
    from ranked where place <= ${top}
    union all select 0 as whole, cast(0 as bigint) as place, cast(0 as bigint) as slot, cast(null as bigint) as group_count,
    ${noKeys}, ${measureColumns(shape)} from cells c join ranked k on ${same} where k.place > ${top} having count(*) > 0`;
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
