import { z } from "zod";
import type { PriceLookup, Rate } from "../domain/price.ts";
import { sumExact } from "../store/engine-words.ts";
import { sql } from "../store/sql.ts";

/** Token sums of calls that share a price key and a UTC day. */
export const PricedSums = z.object({
  price_key: z.string().nullable(),
  dt: z.string(),
  input_sum: z.number().nullable(),
  output_sum: z.number().nullable(),
  cache_read_sum: z.number().nullable(),
  cache_write_sum: z.number().nullable(),
  cache_write_1h_sum: z.number().nullable(),
});
export type PricedSums = z.infer<typeof PricedSums>;

/** The sums of `PricedSums`, over `invocations` or `rollups`. */
export const tokenSums = sql`${sumExact(sql`input_tokens`)} as input_sum, ${sumExact(sql`output_tokens`)} as output_sum,
      ${sumExact(sql`cache_read_tokens`)} as cache_read_sum, ${sumExact(sql`cache_write_tokens`)} as cache_write_sum,
      ${sumExact(sql`cache_write_1h_tokens`)} as cache_write_1h_sum`;

/** Pico-USD, exact in any order; null for tokens without a price. */
export function picoCost(sums: PricedSums, prices: PriceLookup): bigint | null {
  const { price_key, dt, input_sum, output_sum, cache_read_sum, cache_write_sum } = sums;
  if ([input_sum, output_sum, cache_read_sum, cache_write_sum].every((tokens) => (tokens ?? 0) === 0)) return 0n;
  const rate = price_key === null ? null : prices.rateOf(price_key, dt);
  return rate === null ? null : rated(sums, rate);
}

function rated(sums: PricedSums, rate: Rate): bigint {
  const times = (perToken: bigint | null, tokens: number | null): bigint => (perToken ?? 0n) * BigInt(tokens ?? 0);
  const oneHour = sums.cache_write_1h_sum ?? 0;
  return (
    times(rate.input, sums.input_sum) +
    times(rate.output, sums.output_sum) +
    times(rate.cacheRead, sums.cache_read_sum) +
    times(rate.cacheWrite5m, (sums.cache_write_sum ?? 0) - oneHour) +
    times(rate.cacheWrite1h, oneHour)
  );
}
