import { z } from "zod";
import type { Catalog } from "./ledger.ts";

const WriteFailure = z.object({
  /** Code of a failure of our own: a full disk, a clock that is wrong. */
  code: z.string(),
  at: z.number(),
});

/** Why the last commit failed, and when. */
export type WriteFailure = Readonly<z.infer<typeof WriteFailure>>;

const key = "write_failure";

/** Keeps why nothing could be written, for processes that only read. */
export async function noteWriteFailure(catalog: Catalog, failure: WriteFailure): Promise<void> {
  const value = JSON.stringify(failure);
  await catalog
    .insertInto("meta")
    .values({ key, value })
    .onConflict((conflict) => conflict.column("key").doUpdateSet({ value }))
    .execute();
}

/** Something was written since. */
export async function clearWriteFailure(catalog: Catalog): Promise<void> {
  await catalog.deleteFrom("meta").where("key", "=", key).execute();
}

/** Null: what was written last was written whole. */
export async function writeFailure(catalog: Catalog): Promise<WriteFailure | null> {
  const row = await catalog.selectFrom("meta").select("value").where("key", "=", key).executeTakeFirst();
  return row === undefined ? null : WriteFailure.parse(JSON.parse(row.value));
}
