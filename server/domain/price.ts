import { z } from "zod";

export const PriceLayer = z.enum(["override", "aws-snapshot", "genai-prices"]);
export type PriceLayer = z.infer<typeof PriceLayer>;

/** How the cost of one invocation was estimated. Money is USD at list price. */
export const PriceOf = z.object({
  /** `model|tier|region|service|context|classes`. */
  key: z.string(),
  flags: z.array(z.string()),
  costUsd: z.number().nullable(),
  layer: PriceLayer.nullable(),
  source: z.string().nullable(),
  /** The date from which the rate holds. */
  date: z.string().nullable(),
});
export type PriceOf = Readonly<z.infer<typeof PriceOf>>;

/** Integers of pico-USD per token: 1 USD per million tokens is 1,000,000. A class without a published rate is null. */
export interface Rate {
  readonly input: bigint | null;
  readonly output: bigint | null;
  readonly cacheRead: bigint | null;
  readonly cacheWrite5m: bigint | null;
  readonly cacheWrite1h: bigint | null;
  /** UTC day from which the rate holds. */
  readonly from: string;
  readonly layer: PriceLayer;
  readonly source: string;
}

/** The price book as those who count see it. */
export interface PriceLookup {
  /** Changes with every rate: part of each key under which an answer is kept. */
  readonly version: string;
  /** The day at which the newest of the rates was checked, `YYYY-MM-DD`. */
  readonly date: string;
  /** UTC days from which another rate holds for some key, ascending. */
  readonly changeDays: readonly string[];
  /**
   * The rate of a stored price key on a UTC day; null when one of the key's token classes has none: such a row is unpriced as a whole.
   * A key without token classes has the rate of its first five parts.
   */
  rateOf(key: string, day: string): Rate | null;
  /** The rate of the same tokens on the model's global endpoint. */
  globalRateOf(key: string, day: string): Rate | null;
}

/** Tokens of one or many calls; what is not recorded counts 0. `cacheWrite1hTokens` is part of `cacheWriteTokens`. */
export interface TokenCounts {
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly cacheReadTokens: number | null;
  readonly cacheWriteTokens: number | null;
  readonly cacheWrite1hTokens: number | null;
}

/** pico-USD, exact; null when a class with tokens has no rate. */
export function costOf(rate: Rate, tokens: TokenCounts): bigint | null {
  const written1h = tokens.cacheWrite1hTokens ?? 0;
  const parts: readonly (readonly [bigint | null, number])[] = [
    [rate.input, tokens.inputTokens ?? 0],
    [rate.output, tokens.outputTokens ?? 0],
    [rate.cacheRead, tokens.cacheReadTokens ?? 0],
    [rate.cacheWrite5m, (tokens.cacheWriteTokens ?? 0) - written1h],
    [rate.cacheWrite1h, written1h],
  ];
  let total = 0n;
  for (const [price, count] of parts) {
    if (count === 0) continue;
    if (price === null) return null;
    total += price * BigInt(count);
  }
  return total;
}

/** USD rounded to 10⁻⁶, of pico-USD. */
export function usdOf(pico: bigint): number {
  const half = pico < 0n ? -500_000n : 500_000n;
  return Number((pico + half) / 1_000_000n) / 1_000_000;
}
