import { LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { UserError } from "../lib/errors.ts";
import { picoPerToken } from "./amount.ts";
import { ListedRate } from "./rate-table.ts";

const percent = z
  .union([z.number(), z.string()])
  .transform(String)
  .refine(
    (text) => /^\d{1,3}(\.\d{1,4})?$/.test(text) && Number(text) <= 100,
    "not a percentage of at most four decimals",
  );

const Overrides = z.strictObject({
  /** Taken off the list prices, not off own prices. */
  discountPercent: percent.default("0"),
  prices: z.array(ListedRate).max(10_000).default([]),
  /** Costs by the hour: lines of their own, never spread over calls. */
  fixed: z
    .array(
      z.strictObject({
        resource: z.string().startsWith("arn:").max(400),
        usdPerHour: z
          .string()
          .refine((text) => picoPerToken(text) !== null, "not a decimal of at most six places, in quotes"),
        from: z.iso.date(),
        to: z.iso.date().nullable().default(null),
      }),
    )
    .max(1000)
    .default([]),
});
export type Overrides = Readonly<z.infer<typeof Overrides>>;

export const noOverrides: Overrides = { discountPercent: "0", prices: [], fixed: [] };

/** Own prices as YAML 1.2; `name` is how messages call the file. */
export function parseOverrides(name: string, text: string): Overrides {
  const document = parseDocument(text, { lineCounter: new LineCounter(), version: "1.2", uniqueKeys: true });
  const [error] = document.errors;
  if (error !== undefined) {
    throw new UserError(
      `${name}:${error.linePos?.[0].line ?? 1}: not YAML (${error.code}).`,
      "Mend the file's syntax.",
    );
  }
  const parsed = Overrides.safeParse(document.toJS({ maxAliasCount: 0 }) ?? {});
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new UserError(
    `${name}: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "not understood"}`,
    "See the example of own prices in the documentation.",
  );
}
