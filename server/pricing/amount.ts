import type { Rate } from "../domain/price.ts";

/** pico-USD per token of a decimal text of USD per million tokens; null for a text with more than six decimals, or no number at all. */
export function picoPerToken(usdPerMillion: string): bigint | null {
  const parts = /^(\d{1,9})(?:\.(\d{1,6}))?$/.exec(usdPerMillion);
  return parts === null ? null : BigInt(`${parts[1] ?? "0"}${(parts[2] ?? "").padEnd(6, "0")}`);
}

/** Less `percent` (at most four decimals), rounded half-even to the pico-USD. */
export function discounted(pico: bigint, percent: string): bigint {
  const scale = 1_000_000n; // a percent with four decimals, as a share
  const off = picoPerToken(percent) ?? 0n;
  const kept = scale * 100n - off;
  return halfEven(pico * kept, scale * 100n);
}

function halfEven(numerator: bigint, denominator: bigint): bigint {
  const floor = numerator / denominator;
  const twice = (numerator % denominator) * 2n;
  if (twice === denominator) return floor + (floor % 2n);
  return twice > denominator ? floor + 1n : floor;
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
export function cost(rate: Rate, tokens: TokenCounts): bigint | null {
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
