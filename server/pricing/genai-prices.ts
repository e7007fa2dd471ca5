import { findProvider, type ModelInfo, type ModelPrice } from "@pydantic/genai-prices";
import { picoPerToken } from "./amount.ts";
import type { Tier } from "./price-key.ts";
import { rateTable, type DatedRate, type ListedRate, type RateTable } from "./rate-table.ts";

/** The day of the release that is locked: the first day for which its undated prices are known to hold. */
const released = "2026-09-23";
const source = "genai-prices 0.1.8";
const tail = /-v\d+(?::\d+)?$/;

/**
 * The rates of `@pydantic/genai-prices` for models on Bedrock, and nothing else of it. Its matching, its calculator and its remote
 * update are not used: it matches by a part of the name, bills cache tokens as input, and has one price for every context.
 */
export function genaiRates(discount: string): RateTable {
  const models = findProvider({ providerId: "aws" })?.models ?? [];
  return rateTable(models.flatMap(listedRates), { layer: "genai-prices", source, discount });
}

/** The rates of a table for a model id; an absent `-v<n>:<n>` tail on its side is no difference, another one is. */
export function findGenaiRates(table: RateTable, model: string, rest: string): readonly DatedRate[] {
  return table.get(`${model}|${rest}`) ?? table.get(`${model.replace(tail, "")}|${rest}`) ?? [];
}

function listedRates(info: ModelInfo): ListedRate[] {
  const [, prefix, model] = /^(?:(global|regional)\.)?(.+)$/s.exec(info.id) ?? [];
  if (model === undefined) return [];
  // Without a prefix its price stands for every tier; that the global one is the same is not known.
  const tiers: readonly Tier[] = prefix === "global" ? ["global"] : ["geo", "in-region"];
  return datedPrices(info.prices, dateOf(info.id)).flatMap(({ price, from, to }) => {
    const usdPerMillion = flatRates(price);
    if (usdPerMillion === null) return [];
    const line = { model, region: "*", service: "standard", context: "base", from, to, usdPerMillion } as const;
    return tiers.map((tier) => ({ ...line, tier }));
  });
}

/** Models carry the day of their release in the id; a price is not known to hold before it. */
function dateOf(id: string): string {
  const found = /-(20\d{2})(\d{2})(\d{2})(?!\d)/.exec(id);
  return found === null ? released : `${found[1]}-${found[2]}-${found[3]}`;
}

interface DatedPrice {
  readonly price: ModelPrice;
  readonly from: string;
  readonly to: string | null;
}

function datedPrices(prices: ModelInfo["prices"], first: string): readonly DatedPrice[] {
  if (!Array.isArray(prices)) return [{ price: prices, from: first, to: null }];
  // A price by the hour of the day is not one that a day has.
  if (prices.some(({ constraint }) => constraint?.type === "time_of_date")) return [];
  const starts = prices.map(({ constraint }) =>
    constraint?.type === "start_date" ? constraint.start_date.slice(0, 10) : first,
  );
  return prices.map((entry, index) => ({
    price: entry.prices,
    from: starts[index] ?? first,
    to: starts[index + 1] ?? null,
  }));
}

/** Null when a price depends on the length of the context in a way that no key of ours says. */
function flatRates(price: ModelPrice): ListedRate["usdPerMillion"] | null {
  const fields = [
    ["input", price["input_mtok"]],
    ["output", price["output_mtok"]],
    ["cacheRead", price["cache_read_mtok"]],
    ["cacheWrite5m", price["cache_write_mtok"]],
    ["cacheWrite1h", price["cache_write_1h_mtok"]],
  ] as const;
  const rates: Record<string, string> = {};
  for (const [name, value] of fields) {
    if (value === undefined) continue;
    if (typeof value !== "number" || picoPerToken(String(value)) === null) return null;
    rates[name] = String(value);
  }
  return rates;
}
