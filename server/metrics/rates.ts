import type { PriceLookup, Rate } from "../domain/price.ts";
import { utcDay, type Span } from "../lib/time.ts";
import type { Engine } from "../store/store.ts";
import { join, raw, sql, type Sql } from "../store/sql.ts";

/** A rate over days on which it is the same; days are UTC, `toDay` is not in. */
export interface RateSpan {
  readonly key: string;
  readonly fromDay: string;
  readonly toDay: string;
  readonly rate: Rate;
  /** The rate of the same tokens at the global endpoint, for keys whose tier has a premium to be held against. */
  readonly global: Rate | null;
}

const maxKeys = 50_000;
const endOfTime = "9999-12-31";

/** The price keys that rows of some days have. Whole days, so that all panels of a page ask the same. */
export function priceKeysSql(fromDay: string, toDay: string): Sql {
  return sql`/* metrics/price-keys */
    select distinct price_key from rollups where dt between ${fromDay} and ${toDay} and price_key is not null
    limit ${maxKeys}`;
}

export async function ratesOf(
  { engine, prices }: { readonly engine: Engine; readonly prices: PriceLookup },
  spans: readonly Span[],
  signal: AbortSignal,
): Promise<readonly RateSpan[]> {
  const from = utcDay(Math.min(...spans.map(({ start }) => start)));
  const to = utcDay(Math.max(...spans.map(({ end }) => end)) - 1);
  const { rows } = await engine.query(priceKeysSql(from, to), { signal, maxRows: maxKeys });
  return rows.flatMap((row) => rateSpans(prices, String(row["price_key"]), from, to));
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

const columns = raw(
  "price_key, from_day, to_day, tier_is_global, input, output, cache_read, write_5m, write_1h, g_input, g_output, g_cache_read, g_write_5m, g_write_1h",
);

/** The rates as a table of a `with` clause: `rates as (…)`. */
export function ratesTable(spans: readonly RateSpan[]): Sql {
  const rows = spans.length === 0 ? [emptyRow] : spans.map(rateRow);
  return sql`rates (${columns}) as (values ${join(rows, ", ")})`;
}

/** Matches no key; it gives the columns their types. */
const emptyRow = rateRow({
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
});

function rateRow({ key, fromDay, toDay, rate, global }: RateSpan): Sql {
  const isGlobal = key.split("|")[1] === "global";
  const numbers = [...pricesOf(rate), ...(global === null ? [null, null, null, null, null] : pricesOf(global))];
  const cells = numbers.map((number) => sql`cast(${number} as bigint)`);
  return sql`(${key}, ${fromDay}, ${toDay}, cast(${isGlobal} as boolean), ${join(cells, ", ")})`;
}

/** A class that the key does not have is not asked for: 0 is as good as none. */
function pricesOf(rate: Rate): readonly bigint[] {
  return [rate.input, rate.output, rate.cacheRead, rate.cacheWrite5m, rate.cacheWrite1h].map((price) => price ?? 0n);
}
