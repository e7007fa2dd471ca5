import { readFileSync } from "node:fs";
import { z } from "zod";
import { ListedRate } from "./rate-table.ts";

const Snapshot = z.strictObject({
  schemaVersion: z.literal(1),
  /** Day at which the figures were held against the published list. */
  checked: z.iso.date(),
  currency: z.literal("USD"),
  source: z.string(),
  rates: z.array(ListedRate),
});
export type AwsSnapshot = Readonly<z.infer<typeof Snapshot>>;

/** The published prices that this program carries with it. */
export function readAwsSnapshot(): AwsSnapshot {
  return Snapshot.parse(JSON.parse(readFileSync(new URL("./aws-snapshot.json", import.meta.url), "utf8")));
}
