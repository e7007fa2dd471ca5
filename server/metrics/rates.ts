import type { PriceLookup, Rate } from "../domain/price.ts";
import { utcDay, type Span } from "../lib/time.ts";
import type { Engine, SnapshotInfo } from "../store/store.ts";
import { rowsOf } from "../store/engine-words.ts";
import { join, raw, sql, type Sql } from "../store/sql.ts";
import { priceKeysOf } from "./price-keys.ts";

/** A rate over days on which it is the same; days are UTC, `toDay` is not in. */
export interface RateSpan {
  readonly key: string;
  readonly fromDay: string;
  readonly toDay: string;
  readonly rate: Rate;
  /** The rate of the same tokens at the global endpoint, for keys whose tier has a premium to be held against. */
  readonly global: Rate | null;
}

const endOfTime = "9999-12-31";

export async function ratesOf(
  deps: { readonly engine: Engine; readonly snapshot: () => Promise<SnapshotInfo>; readonly prices: PriceLookup },
  spans: readonly Span[],
  signal: AbortSignal,
): Promise<readonly RateSpan[]> {
  const from = utcDay(Math.min(...spans.map(({ start }) => start)));
  const to = utcDay(Math.max(...spans.map(({ end }) => end)) - 1);
  const keys = await priceKeysOf(deps, from, to, signal);
  return [...keys].flatMap((key) => rateSpans(deps.prices, key, from, to));
}

/** Keys without a rate are left out: an unknown model can fill the lake with names, but not this list. */
function rateSpans(prices: PriceLookup, key: string, from: string, to: string): readonly RateSpan[] {
  const starts = [from, ...prices.changeDays.filter((day) => day > from && day <= to)];
  const spans: RateSpan[] = [];
  starts.forEach((fromDay, index) => {
    const rate = prices.rateOf(key, fromDay);
    const toDay = starts[index + 1] ?? endOfTime;
    if (rate === null) return;
    const global = isRegional(key) ? prices.globalRateOf(key, fromDay) : null;
    const last = spans.at(-1);
    if (last !== undefined && last.toDay === fromDay && last.rate === rate && last.global === global) {
      spans[spans.length - 1] = { ...last, toDay };
    } else spans.push({ key, fromDay, toDay, rate, global });
  });
  return spans;
}

function isRegional(key: string): boolean {
  const tier = key.split("|")[1];
  return tier === "geo" || tier === "in-region";
}

/** The rates as a table of a `with` clause: `rates as (…)`. One value a column: thousands would be slow to bind. */
export function ratesTable(spans: readonly RateSpan[]): Sql {
  const rows = spans.length === 0 ? [noRate] : spans;
  const texts = (name: string, pick: (span: RateSpan) => string) => sql`${rowsOf(rows.map(pick))} as ${raw(name)}`;
  const numbers = (name: string, pick: (span: RateSpan) => bigint | null) =>
    sql`cast(nullif(${rowsOf(rows.map((span) => String(pick(span) ?? "")))}, '') as bigint) as ${raw(name)}`;
  const columns = [
    // A key holds names out of records, commas too: it stays a list.
    sql`unnest(${rows.map(({ key }) => key)}) as price_key`,
    texts("from_day", ({ fromDay }) => fromDay),
    texts("to_day", ({ toDay }) => toDay),
    sql`unnest(${rows.map(({ key }) => key.split("|")[1] ?? "")}) as tier`,
    ...classes.flatMap(([name, price]) => [
      numbers(name, ({ rate }) => price(rate)),
      numbers(`g_${name}`, ({ global }) => (global === null ? null : price(global))),
    ]),
  ];
  return sql`rates as (select ${join(columns, ", ")})`;
}

/** A class that the key does not have is not asked for: 0 is as good as none. */
const classes: readonly (readonly [string, (rate: Rate) => bigint])[] = [
  ["input", (rate) => rate.input ?? 0n],
  ["output", (rate) => rate.output ?? 0n],
  ["cache_read", (rate) => rate.cacheRead ?? 0n],
  ["write_5m", (rate) => rate.cacheWrite5m ?? 0n],
  ["write_1h", (rate) => rate.cacheWrite1h ?? 0n],
];

/** Matches no key; it gives the columns their types. */
const noRate: RateSpan = {
  key: "",
  fromDay: endOfTime,
  toDay: endOfTime,
  rate: {
    input: 0n,
    output: 0n,
    cacheRead: 0n,
    cacheWrite5m: 0n,
    cacheWrite1h: 0n,
    from: "",
    layer: "override",
    source: "",
  },
  global: null,
};
