import type { Transaction } from "kysely";
import type { CatalogSchema } from "../../server/store/catalog/schema.ts";
import type { Commit } from "../../server/store/commit.ts";
import type { Store } from "../../server/store/store.ts";
import { invocation, stage, testNow } from "./temp-store.ts";

/** The same batch whenever it is asked for: three rows in two days, and a row of the ledger that belongs to them. */
export async function commitWork(store: Store): Promise<Commit & { apply: NonNullable<Commit["apply"]> }> {
  const yesterday = testNow - 86_400_000;
  const segments = [
    await stage(store, "batch", "invocations", "2026-11-20", [invocation("a", testNow), invocation("b", testNow + 1)]),
    await stage(store, "batch", "invocations", "2026-11-19", [invocation("c", yesterday)]),
  ];
  return {
    batchId: "batch",
    kind: "ingest",
    segments,
    async apply(transaction: Transaction<CatalogSchema>, snapshot: number) {
      const unit = {
        source_id: "s",
        window_start: 0,
        kind: "object",
        key: "k",
        version: "v",
        size: 1,
        state: "done",
        seen_at: 0,
      };
      await transaction
        .insertInto("units")
        .values({ ...unit, stored: 3, read: 3, snapshot })
        .execute();
    },
  };
}
