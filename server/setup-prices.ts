import { readFileSync } from "node:fs";
import type { Config } from "./config.ts";
import { UserError } from "./lib/errors.ts";
import { parseOverrides } from "./pricing/overrides.ts";
import { openPriceBook, type PriceBook } from "./pricing/price-book.ts";

export function priceBookOf({ prices: { overrides } }: Config): PriceBook {
  if (overrides === null) return openPriceBook();
  let text: string;
  try {
    text = readFileSync(overrides, "utf8");
  } catch (cause) {
    throw new UserError(`${overrides} could not be read`, "Name a readable file in prices.overrides.", { cause });
  }
  return openPriceBook({ overrides: parseOverrides(overrides, text) });
}
