import type { InvocationPage, InvocationQuery, PricedInvocation } from "../domain/invocation-answers.ts";
import { costOf, usdOf, type PriceLookup } from "../domain/price.ts";
import type { Clock } from "../lib/clock.ts";
import { isoTime, resolveRange, type Span } from "../lib/time.ts";
import { instant, join, raw, sql, type Sql } from "../store/sql.ts";
import type { Engine, Row, SnapshotInfo } from "../store/store.ts";
import { compile } from "./compile.ts";
import { dayBound, needsRates, rateJoin, type Question } from "./question.ts";
import { listName, readCursor, writeCursor, type Cursor } from "./cursor.ts";
import { type DayBound, filterSql, needsRate, rowCost, rowTokens } from "./filters.ts";
import { ratesOf, ratesTable, type RateSpan } from "./rates.ts";
import { callColumns, invocationOf, maybe, text } from "./row.ts";

export interface InvocationDeps {
  readonly engine: Engine;
  readonly snapshot: () => Promise<SnapshotInfo>;
  readonly prices: PriceLookup;
  readonly clock: Clock;
}

const day = 86_400_000;

/** What a list shows, the same on each of its pages. */
interface List {
  readonly query: InvocationQuery;
  readonly span: Span;
  /** Null when nothing later is there to be left out. */
  readonly asOf: string | null;
  readonly after: Cursor | null;
  readonly rows: Question["rows"];
  /** The newest commit when it was asked for. */
  readonly snapshot: number;
}

/** A page of the invocations of a filter, with sums over the whole filter. @throws {CursorMismatchError} */
export async function queryInvocations(
  deps: InvocationDeps,
  query: InvocationQuery,
  signal: AbortSignal,
): Promise<InvocationPage> {
  const { asOf, list } = await listOf(deps, query);
  const { span } = list;
  const rates = await ratesOf(deps, [span], signal);
  const [page, sums] = await Promise.all([pageOf(deps, list, rates, signal), sumsOf(deps, list, rates, signal)]);
  const last = page.rows.length > query.limit ? page.rows[query.limit - 1] : undefined;
  return {
    items: page.rows.slice(0, query.limit).map((row) => pricedInvocation(deps.prices, row)),
    next: last === undefined ? null : writeCursor(cursorAt(list, asOf, last)),
    total: { value: sums.count, exact: true },
    sums: sums.values,
    range: { from: isoTime(span.start), to: isoTime(span.end) },
    snapshot: page.snapshot,
    asOf,
  };
}

async function listOf(
  deps: InvocationDeps,
  query: InvocationQuery,
): Promise<{ readonly asOf: string | null; readonly list: List }> {
  const after = readCursor(query);
  const range = after === null ? query.range : { from: after.from, to: after.to };
  const span = resolveRange(range, deps.clock(), query.timeZone);
  const { asOf: newest, rows, snapshot } = await deps.snapshot();
  const asOf = after?.asOf ?? query.asOf ?? newest;
  const bound = asOf === null || newest === null || asOf >= newest ? null : asOf;
  return { asOf, list: { query, span, asOf: bound, after, rows, snapshot } };
}

/** All invocations of a filter as they are in one snapshot. */
export interface WholeList {
  readonly span: Span;
  readonly asOf: string | null;
  readonly snapshot: number;
  /** In the order of the query, `limit` at a time, read as they are taken. */
  pages(signal: AbortSignal): AsyncGenerator<readonly PricedInvocation[]>;
}

/** The invocations of a query, not of one page alone. */
export async function wholeList(deps: InvocationDeps, query: InvocationQuery): Promise<WholeList> {
  const { asOf, list } = await listOf(deps, query);
  const { snapshot, span } = list;
  async function* pages(signal: AbortSignal) {
    const rates = await ratesOf(deps, [span], signal);
    for (let after = list.after; ;) {
      const { rows } = await pageOf(deps, { ...list, after }, rates, signal);
      const shown = rows.slice(0, query.limit);
      yield shown.map((row) => pricedInvocation(deps.prices, row));
      const last = shown.at(-1);
      if (last === undefined || rows.length === shown.length) return;
      after = cursorAt(list, asOf, last);
    }
  }
  return { span, asOf, snapshot, pages };
}

function cursorAt({ query, span }: List, asOf: string | null, row: Row): Cursor {
  const value = row["sort_value"];
  return {
    list: listName(query),
    from: isoTime(span.start),
    to: isoTime(span.end),
    asOf,
    value: typeof value === "number" || typeof value === "string" ? value : null,
    time: text(row["time"]),
    accountId: text(row["account_id"]),
    region: text(row["region"]),
    requestId: text(row["request_id"]),
  };
}

interface Page {
  readonly rows: readonly Row[];
  readonly snapshot: number;
}

function pageOf(deps: InvocationDeps, list: List, rates: readonly RateSpan[], signal: AbortSignal): Promise<Page> {
  return list.query.sort.by === "time" ? pageByTime(deps, list, rates, signal) : pageByValue(deps, list, rates, signal);
}

/** Days are read from the list's beginning until the page is full: the newest rows of a month stand in its last file. */
async function pageByTime(deps: InvocationDeps, list: List, rates: readonly RateSpan[], signal: AbortSignal) {
  const wanted = list.query.limit + 1;
  const rows: Row[] = [];
  const { snapshot } = list;
  for (const span of stretches(list)) {
    const rest = wanted - rows.length;
    const part = await narrowed(deps, { ...list, span }, rates, rest, signal);
    if (part === null) continue;
    const options = { days: daysOf(part), signal, snapshot, maxRows: wanted };
    const answer = await deps.engine.query(pageSql(part, rates, rest, null), options);
    rows.push(...answer.rows);
    if (rows.length >= wanted) break;
  }
  return { rows, snapshot };
}

/** Below so many rows in the store, looking twice takes longer than it spares. */
const manyRows = 1_000_000;

/** The list over the part of its span in which its first rows stand: all columns are read of that part alone. Null: no row stands there. */
async function narrowed(
  { engine }: InvocationDeps,
  list: List,
  rates: readonly RateSpan[],
  wanted: number,
  signal: AbortSignal,
): Promise<List | null> {
  if ((list.rows["invocations"] ?? 0) < manyRows) return list;
  const options = { days: daysOf(list), signal, snapshot: list.snapshot, maxRows: wanted };
  const found = await engine.query(timesSql(list, rates, wanted), options);
  if (found.rows.length === 0) return null;
  const last = found.rows[wanted - 1];
  if (last === undefined) return list;
  const { span, query } = list;
  const edge = Date.parse(text(last["time"]));
  return { ...list, span: query.sort.dir === "desc" ? { ...span, start: edge } : { ...span, end: edge + 1 } };
}

/** Few columns of all rows tell at which times the page's rows stand; all columns are read of the rows at these times alone. */
async function pageByValue({ engine }: InvocationDeps, list: List, rates: readonly RateSpan[], signal: AbortSignal) {
  const wanted = list.query.limit + 1;
  const options = { days: daysOf(list), signal, snapshot: list.snapshot, maxRows: wanted };
  const found = await engine.query(timesSql(list, rates, wanted), options);
  const times = found.rows.map((row) => text(row["time"]));
  if (times.length === 0) return found;
  return engine.query(pageSql(list, rates, wanted, times), options);
}

/** The part of the span that is still to be shown, in stretches of 1, 2, 4, … UTC days in the order of the list. */
function stretches({ query, span, after }: List): readonly Span[] {
  const down = query.sort.dir === "desc";
  const last = after === null ? null : Date.parse(after.time);
  let start = down || last === null ? span.start : last;
  let end = down && last !== null ? Math.min(span.end, last + 1) : span.end;
  const parts: Span[] = [];
  for (let days = 1; start < end; days *= 2) {
    const edge = down
      ? Math.max(start, Math.floor((end - 1) / day) * day - (days - 1) * day)
      : Math.min(end, Math.floor(start / day) * day + days * day);
    parts.push(down ? { start: edge, end } : { start, end: edge });
    if (down) end = edge;
    else start = edge;
  }
  return parts;
}

function pageSql(list: List, rates: readonly RateSpan[], rows: number, times: readonly string[] | null): Sql {
  const { sort } = list.query;
  const key = sortKey(sort.by);
  const order = [...(key === null ? [] : [key]), ...identity].map((column) => sql`${column} ${raw(sort.dir)}`);
  return sql`/* metrics/invocations */ ${withRates(list, rates)}
    select ${callColumns}, ${sortValue(sort.by, key)} as sort_value ${fromRows(list, times)}
    order by ${join(order, ", ")} limit ${rows}`;
}

/** The times of the first rows by value, then time: whatever ties with the last of them has its time too. */
function timesSql(list: List, rates: readonly RateSpan[], rows: number): Sql {
  const { by, dir } = list.query.sort;
  const key = sortKey(by);
  const order = [...(key === null ? [] : [key]), raw("s.time")].map((column) => sql`${column} ${raw(dir)}`);
  return sql`/* metrics/invocation-times */ ${withRates(list, rates)}
    select s.time ${fromRows(list, null)}
    order by ${join(order, ", ")} limit ${rows}`;
}

function daysOf({ span }: Pick<List, "span">): DayBound {
  return dayBound([{ span, edges: [] }]);
}

function isPriced({ query }: List): boolean {
  return query.sort.by === "cost" || query.filters.some(needsRate);
}

function withRates(list: List, rates: readonly RateSpan[]): Sql {
  return isPriced(list) ? sql`with ${ratesTable(rates)}` : raw("");
}

/** The list's rows from the cursor on; with `times`, those that stand at one of them. */
function fromRows(list: List, times: readonly string[] | null): Sql {
  const { query, span, asOf, after } = list;
  const { fromDay, toDay } = daysOf(list);
  const conditions = [
    sql`s.dt between ${fromDay} and ${toDay}`,
    sql`s.time >= ${instant(isoTime(span.start))} and s.time < ${instant(isoTime(span.end))}`,
    ...(times === null ? [] : atTimes(times)),
    ...query.filters.map((filter) => filterSql(filter, "invocations", { fromDay, toDay })),
    ...(asOf === null ? [] : [sql`s.ingested_at <= ${instant(asOf)}`]),
    ...(after === null ? [] : [afterSql(query.sort, sortKey(query.sort.by), after)]),
  ];
  return sql`from invocations s ${isPriced(list) ? rateJoin("s.price_key", "s.dt", true) : raw("")}
    where ${join(conditions, " and ")}`;
}

function atTimes(times: readonly string[]): readonly Sql[] {
  const days = [...new Set(times.map((time) => time.slice(0, 10)))];
  return [
    sql`s.dt in (${join(
      days.map((dt) => sql`${dt}`),
      ", ",
    )})`,
    sql`s.time in (${join([...new Set(times)].map(instant), ", ")})`,
  ];
}

const identity = ["s.time", "s.account_id", "s.region", "s.request_id"].map(raw);

/** What is sorted by before time and identity; what is not known comes after all else. */
function sortKey(by: InvocationQuery["sort"]["by"]): Sql | null {
  if (by === "tokens") return rowTokens;
  if (by === "latency") return raw("coalesce(s.latency_ms, -1)");
  return by === "cost" ? sql`coalesce(${rowCost}, -1)` : null;
}

function sortValue(by: InvocationQuery["sort"]["by"], key: Sql | null): Sql {
  if (key === null) return raw("null");
  return by === "cost" ? sql`cast(${key} as varchar)` : key;
}

function afterSql({ by, dir }: InvocationQuery["sort"], sort: Sql | null, after: Cursor): Sql {
  const than = raw(dir === "desc" ? "<" : ">");
  const last = [instant(after.time), sql`${after.accountId}`, sql`${after.region}`, sql`${after.requestId}`];
  if (sort === null) {
    // The bound on time alone is what lets the engine skip files.
    return sql`s.time ${than}= ${last[0] ?? raw("null")} and (${join(identity, ", ")}) ${than} (${join(last, ", ")})`;
  }
  const value = by === "cost" ? sql`cast(${String(after.value)} as decimal(38, 0))` : sql`${Number(after.value)}`;
  return sql`(${join([sort, ...identity], ", ")}) ${than} (${join([value, ...last], ", ")})`;
}

const summed = ["invocations", "inputTokens", "outputTokens", "totalTokens", "costUsd", "unpricedInvocations"] as const;

async function sumsOf(
  { engine }: InvocationDeps,
  { query, span, asOf, rows: sizes, snapshot }: List,
  rates: readonly RateSpan[],
  signal: AbortSignal,
) {
  const question: Question = {
    measures: summed,
    dimensions: [],
    filters: query.filters,
    periods: [{ span, edges: [] }],
    top: 1,
    order: { by: "invocations", dir: "desc" },
    asOf,
    rows: sizes,
  };
  const statement = compile(question, needsRates(question) ? rates : []);
  const { rows } = await engine.query(statement, { days: daysOf({ span }), signal, snapshot });
  const total = rows.find((row) => Number(row["whole"]) === 1) ?? {};
  const [count, inputTokens, outputTokens, totalTokens, cost, unpriced] = summed.map(
    (_, index) => total[`m${index}`] ?? null,
  );
  return {
    count: Number(count ?? 0),
    values: {
      inputTokens: Number(inputTokens ?? 0),
      outputTokens: Number(outputTokens ?? 0),
      totalTokens: Number(totalTokens ?? 0),
      costUsd: typeof cost === "string" ? usdOf(BigInt(cost)) : rows.length === 0 ? 0 : null,
      unpriced: Number(unpriced ?? 0),
    },
  };
}

function pricedInvocation(prices: PriceLookup, row: Row): PricedInvocation {
  return { ...invocationOf(row), costUsd: costUsdOf(prices, row) };
}

/** The estimated cost of a row with `callColumns`; null when its tokens have no rate. */
export function costUsdOf(prices: PriceLookup, row: Row): number | null {
  const call = invocationOf(row);
  const tokens = [call.inputTokens, call.outputTokens, call.cacheReadTokens, call.cacheWriteTokens];
  if (tokens.every((count) => (count ?? 0) === 0)) return 0;
  const key = maybe(row["price_key"]);
  const rate = key === null ? null : prices.rateOf(key, call.time.slice(0, 10));
  const pico = rate === null ? null : costOf(rate, call);
  return pico === null ? null : usdOf(pico);
}
