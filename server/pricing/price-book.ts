import { createHash } from "node:crypto";
import type { PriceLookup, Rate } from "../domain/price.ts";
import { readAwsSnapshot } from "./aws-snapshot.ts";
import { findGenaiRates, genaiRates } from "./genai-prices.ts";
import { noOverrides, type Overrides } from "./overrides.ts";
import { rateTable, type DatedRate, type RateTable } from "./rate-table.ts";

/** Finds the rates of the first five parts of a key; none is an empty list. */
type Layer = (model: string, rest: string) => readonly DatedRate[];

export interface PriceBook extends PriceLookup {
  /** Costs by the hour, as the operator wrote them. */
  readonly fixed: Overrides["fixed"];
}

/** The price book: own prices, then the AWS snapshot, then genai-prices. Below them a call is unpriced. */
export function openPriceBook({ overrides = noOverrides }: { readonly overrides?: Overrides } = {}): PriceBook {
  const snapshot = readAwsSnapshot();
  const discount = overrides.discountPercent;
  const own = rateTable(overrides.prices, { layer: "override", source: "at your price", discount: "0" });
  const aws = rateTable(snapshot.rates, { layer: "aws-snapshot", source: snapshot.source, discount });
  const genai = genaiRates(discount);
  const layers: readonly Layer[] = [exactly(own), exactly(aws), (model, rest) => findGenaiRates(genai, model, rest)];
  const rateOf = memoized((key, day) => pricedWhole(key, findRate(layers, key, day)));
  return {
    version: versionOf([own, aws, genai]),
    date: snapshot.checked,
    changeDays: changeDays([own, aws, genai]),
    fixed: overrides.fixed,
    rateOf,
    globalRateOf: (key, day) => {
      const globalKey = atGlobal(key);
      return globalKey === null ? null : rateOf(globalKey, day);
    },
  };
}

function exactly(table: RateTable): Layer {
  return (model, rest) => table.get(`${model}|${rest}`) ?? [];
}

/** The first layer that has the key on that day wins as a whole; within it the exact region goes before `*`. */
function findRate(layers: readonly Layer[], key: string, day: string): DatedRate | null {
  const [model = "", tier, region, service, context] = key.split("|");
  for (const layer of layers) {
    for (const place of [region, "*"]) {
      const found = layer(model, [tier, place, service, context].join("|")).find((rate) => holds(rate, day));
      if (found !== undefined) return found;
    }
  }
  return null;
}

function holds({ from, to }: DatedRate, day: string): boolean {
  return day >= from && (to === null || day < to);
}

/** A row is priced whole or not at all: each class of the key has a rate, or the key has none. */
function pricedWhole(key: string, rate: DatedRate | null): Rate | null {
  if (rate === null) return null;
  const byLetter = { i: rate.input, o: rate.output, r: rate.cacheRead, w: rate.cacheWrite5m, h: rate.cacheWrite1h };
  const classes = key.split("|")[5] ?? "";
  const missing = Object.entries(byLetter).some(([letter, price]) => classes.includes(letter) && price === null);
  return missing ? null : rate;
}

/** Null in GovCloud: no commercial endpoint serves it. */
function atGlobal(key: string): string | null {
  const parts = key.split("|");
  return parts[1] === "gov" ? null : parts.with(1, "global").join("|");
}

function memoized(find: (key: string, day: string) => Rate | null): (key: string, day: string) => Rate | null {
  const kept = new Map<string, Rate | null>();
  return (key, day) => {
    const name = `${day} ${key}`;
    const known = kept.get(name);
    if (known !== undefined) return known;
    if (kept.size > 100_000) kept.clear();
    const rate = find(key, day);
    kept.set(name, rate);
    return rate;
  };
}

function changeDays(tables: readonly RateTable[]): readonly string[] {
  const rates = tables.flatMap((table) => [...table.values()].flat());
  const days = rates.flatMap(({ from, to }) => (to === null ? [from] : [from, to]));
  return [...new Set(days)].sort();
}

function versionOf(tables: readonly RateTable[]): string {
  const text = JSON.stringify(
    tables.map((table) => [...table]),
    (_, value: unknown) => (typeof value === "bigint" ? String(value) : value),
  );
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
