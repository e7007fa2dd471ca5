import { literalParts } from "../domain/glob.ts";
import type { Filter } from "../domain/metric.ts";
import { itemCount } from "../store/engine-words.ts";
import { UserError } from "../lib/errors.ts";
import { join, raw, sql, type Sql } from "../store/sql.ts";
import { fieldSql, listFields, signalFields, type ListField, type Source } from "./fields.ts";

/** UTC days that a statement reads: `YYYY-MM-DD`, both in. */
export interface DayBound {
  readonly fromDay: string;
  readonly toDay: string;
}

/** Tokens of one row of `invocations`, by all kinds. */
export const rowTokens = raw(
  "(coalesce(s.input_tokens, 0) + coalesce(s.output_tokens, 0) + coalesce(s.cache_read_tokens, 0) + coalesce(s.cache_write_tokens, 0))",
);

const counts = ["input", "output", "cache_read", "cache_write", "cache_write_1h"].map(
  (kind) => `coalesce(s.${kind}_tokens, 0)`,
);
const rates = ["input", "output", "cache_read", "write_5m", "write_1h"].map((kind) => `r.${kind}`);

/** Tokens times rates, in numbers of the type. */
function priced(type: string): string {
  const [input, output, cacheRead, cacheWrite, cacheWrite1h] = counts;
  const tokens = [input, output, cacheRead, `${cacheWrite} - ${cacheWrite1h}`, cacheWrite1h];
  return tokens.map((count, index) => `cast(${count} as ${type}) * ${rates[index]}`).join(" + ");
}

/** All five products of such counts and rates add up to less than a BIGINT holds, which is far quicker than a decimal. */
const isSmall = `least(${counts.join(", ")}) >= 0 and greatest(${counts.join(", ")}) < 100000000 and greatest(${rates.join(", ")}) < 10000000000`;

/** pico-USD of one row of `invocations` beside its rate `r`; NULL without a rate. Exact: hostile counts do not overflow. */
export const rowCost = raw(`(case
  when r.price_key is null then case when ${rowTokens.text} = 0 then cast(0 as decimal(38, 0)) end
  when ${isSmall} then cast(${priced("bigint")} as decimal(38, 0))
  else ${priced("decimal(38, 0)")} end)`);

/** Whether the filter needs the rate `r` beside a row. */
export function needsRate({ field }: Filter): boolean {
  return field === "cost" || field === "priced";
}

/** The condition that a row `s` of the source meets exactly when the filter lets it pass; never NULL. */
export function filterSql(filter: Filter, source: Source, days: DayBound): Sql {
  const { field } = filter;
  if (field === "tokens") return numberFilter(filter, rowTokens, numberOf);
  if (field === "latency") return numberFilter(filter, raw("s.latency_ms"), numberOf);
  if (field === "cost") return numberFilter(filter, rowCost, picoOf);
  if (field === "priced") return pricedFilter(filter);
  const list = listFields.get(field);
  if (list !== undefined) return listFilter(filter, list);
  const column = fieldSql(field, source);
  if (column !== null) return textFilter(filter, column);
  const signalColumn = signalFields.get(field);
  if (signalColumn !== undefined) return signalFilter(filter, signalColumn, days);
  throw new UserError(
    `A filter on ${field} does not go with these measures.`,
    "Leave the filter out, or ask for other measures.",
  );
}

function textFilter({ op, values, field }: Filter, column: Sql): Sql {
  switch (op) {
    case "in":
      return sql`coalesce(${anyEqual(column, values)}, false)`;
    case "notIn":
      return sql`(${column} is null or not ${anyEqual(column, values)})`;
    case "glob":
      return sql`coalesce(${anyLike(column, values)}, false)`;
    case "notGlob":
      return sql`(${column} is null or not ${anyLike(column, values)})`;
    case "null":
      return sql`${column} is null`;
    case "notNull":
      return sql`${column} is not null`;
    default:
      throw notThatWay(field);
  }
}

function anyEqual(column: Sql, values: readonly string[]): Sql {
  if (values.length === 0) return raw("false");
  return sql`${column} in (${join(
    values.map((value) => sql`${value}`),
    ", ",
  )})`;
}

function anyLike(column: Sql, patterns: readonly string[]): Sql {
  if (patterns.length === 0) return raw("false");
  const likes = patterns.map((pattern) => sql`${column} like ${likePattern(pattern)} escape '!'`);
  return sql`(${join(likes, " or ")})`;
}

/** The pattern of LIKE for a glob, with `!` as its escape. */
function likePattern(glob: string): string {
  return literalParts(glob)
    .map((part) => part.replaceAll(/[!%_]/g, "!$&"))
    .join("%");
}

function numberFilter({ op, values, field }: Filter, number: Sql, read: (text: string) => Sql): Sql {
  const either = (comparison: string) =>
    sql`coalesce(${join([raw("false"), ...values.map((value) => sql`${number} ${raw(comparison)} ${read(value)}`)], " or ")}, false)`;
  if (op === "gte") return either(">=");
  if (op === "lt") return either("<");
  if (op === "null") return sql`${number} is null`;
  if (op === "notNull") return sql`${number} is not null`;
  throw notThatWay(field);
}

function numberOf(text: string): Sql {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw notANumber();
  return sql`cast(${value} as double)`;
}

/** pico-USD of decimal USD. */
function picoOf(text: string): Sql {
  const parts = /^(\d{1,15})(?:\.(\d{1,12})\d*)?$/.exec(text);
  if (parts === null) throw notANumber();
  const pico = `${parts[1] ?? "0"}${(parts[2] ?? "").padEnd(12, "0")}`;
  return sql`cast(${pico} as decimal(38, 0))`;
}

function notANumber(): UserError {
  return new UserError("A filter on a number has a value that is none.", "Write it like 1500 or 0.25.");
}

function notThatWay(field: string): UserError {
  return new UserError(
    `A filter on ${field} cannot be asked that way.`,
    "Numbers take >= and <, all else takes values and patterns.",
  );
}

/** `no` means tokens without a rate; a call without tokens costs nothing and is priced. */
function pricedFilter({ op, values }: Filter): Sql {
  const word = sql`case when r.price_key is null and ${rowTokens} > 0 then 'no' else 'yes' end`;
  return textFilter({ field: "priced", op, values }, sql`(${word})`);
}

function listFilter({ op, values, field }: Filter, { column, member }: ListField): Sql {
  const list = raw(`s.${column}`);
  const item = raw(member === null ? "u.item" : `u.item.${member}`);
  const some = (condition: Sql) => sql`exists (select 1 from (select unnest(${list}) as item) u where ${condition})`;
  switch (op) {
    case "in":
      return some(anyEqual(item, values));
    case "notIn":
      return sql`not ${some(anyEqual(item, values))}`;
    case "glob":
      return some(anyLike(item, values));
    case "notGlob":
      return sql`not ${some(anyLike(item, values))}`;
    case "null":
      return sql`coalesce(${itemCount(list)}, 0) = 0`;
    case "notNull":
      return sql`coalesce(${itemCount(list)}, 0) > 0`;
    default:
      throw notThatWay(field);
  }
}

/** Over records that have, or have not, a signal like that. */
function signalFilter({ op, values, field }: Filter, column: string, { fromDay, toDay }: DayBound): Sql {
  const name = raw(`g.${column}`);
  const some = (condition: Sql) => sql`exists (select 1 from signals g
    where g.dt between ${fromDay} and ${toDay} and g.account_id = s.account_id and g.region = s.region
      and g.request_id = s.request_id and g.time = s.time and ${condition})`;
  switch (op) {
    case "in":
      return some(anyEqual(name, values));
    case "notIn":
      return sql`not ${some(anyEqual(name, values))}`;
    case "glob":
      return some(anyLike(name, values));
    case "notGlob":
      return sql`not ${some(anyLike(name, values))}`;
    case "null":
      return sql`not ${some(raw("true"))}`;
    case "notNull":
      return some(raw("true"));
    default:
      throw notThatWay(field);
  }
}
