import { z } from "zod";
import type { PriceLayer, Rate } from "../domain/price.ts";
import { discounted, picoPerToken } from "./amount.ts";
import { services, tiers } from "./price-key.ts";

const decimal = z
  .string()
  .refine((text) => picoPerToken(text) !== null, "not a decimal of at most six places, in quotes");
const day = z.iso.date();

/** One line of a price list: the first five parts of a price key, its days, and USD per million tokens as decimal text. */
export const ListedRate = z.strictObject({
  model: z.string().min(1).max(200),
  tier: z.enum(tiers),
  /** A source region, or `*` for all that have no line of their own. */
  region: z.string().min(1).max(30),
  service: z.enum(services),
  context: z.enum(["base", "long"]),
  from: day,
  to: day.nullable().default(null),
  usdPerMillion: z.strictObject({
    input: decimal.optional(),
    output: decimal.optional(),
    cacheRead: decimal.optional(),
    cacheWrite5m: decimal.optional(),
    cacheWrite1h: decimal.optional(),
  }),
  note: z.string().max(200).optional(),
});
export type ListedRate = Readonly<z.infer<typeof ListedRate>>;

/** A rate with the day on which it ends; null while it holds. */
export interface DatedRate extends Rate {
  readonly to: string | null;
}

/** The rates of one layer by the first five parts of the key. */
export type RateTable = ReadonlyMap<string, readonly DatedRate[]>;

export interface RateOrigin {
  readonly layer: PriceLayer;
  readonly source: string;
  /** Percent as decimal text. */
  readonly discount: string;
}

export function rateTable(listed: readonly ListedRate[], origin: RateOrigin): RateTable {
  const table = new Map<string, readonly DatedRate[]>();
  for (const line of listed) {
    const key = [line.model, line.tier, line.region, line.service, line.context].join("|");
    table.set(key, [...(table.get(key) ?? []), datedRate(line, origin)]);
  }
  return table;
}

function datedRate({ usdPerMillion, from, to, note }: ListedRate, { layer, source, discount }: RateOrigin): DatedRate {
  const rate = (text: string | undefined) => {
    const pico = text === undefined ? null : picoPerToken(text);
    return pico === null ? null : discounted(pico, discount);
  };
  return {
    input: rate(usdPerMillion.input),
    output: rate(usdPerMillion.output),
    cacheRead: rate(usdPerMillion.cacheRead),
    cacheWrite5m: rate(usdPerMillion.cacheWrite5m),
    cacheWrite1h: rate(usdPerMillion.cacheWrite1h),
    from,
    to,
    layer,
    source: note ?? source,
  };
}
