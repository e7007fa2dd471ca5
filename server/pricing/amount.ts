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
