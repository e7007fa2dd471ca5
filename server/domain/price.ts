import { z } from "zod";

/** How the cost of one invocation was estimated. Money is USD at list price. */
export const PriceOf = z.object({
  /** `model|tier|region|service|context|classes`. */
  key: z.string(),
  flags: z.array(z.string()),
  costUsd: z.number().nullable(),
  layer: z.enum(["override", "aws-snapshot", "genai-prices"]).nullable(),
  source: z.string().nullable(),
  /** The date from which the rate holds. */
  date: z.string().nullable(),
});
export type PriceOf = Readonly<z.infer<typeof PriceOf>>;
