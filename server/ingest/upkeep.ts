import type { IngestDeps, IngestOptions } from "./options.ts";
import { errorCode } from "../lib/errors.ts";
import { backupCatalogDue } from "../store/backup.ts";
import { noteUpkeep, reasonOf, type UpkeepReason, type UpkeepTask } from "../store/catalog/upkeep.ts";
import { LeaseLost } from "../store/commit.ts";
import { compactDue } from "../store/compact.ts";
import type { Lease } from "../store/lease.ts";
import { moveSettledUnits } from "../store/move-units.ts";
import { checkIdentitiesDue } from "../store/nightly-check.ts";
import { defaultRetention, retain } from "../store/retain.ts";
import type { Store } from "../store/store.ts";
import { sweep } from "../store/sweep.ts";

/** Small segments become few, what is too old and what was replaced goes; what is left is counted once a day; the catalog is kept once more. */
export async function tidy(
  { lease, store }: Pick<IngestDeps, "lease" | "store">,
  { retention, signal }: Pick<IngestOptions, "retention" | "signal">,
): Promise<void> {
  const tasks: readonly (readonly [UpkeepTask, () => Promise<unknown>])[] = [
    ["move-units", () => moveSettledUnits(store, lease, signal)],
    ["compact", () => compactAll(store, lease, signal)],
    ["retain", () => retain(store, lease, retention ?? defaultRetention, signal)],
    ["identities", () => checkIdentitiesDue(store, signal)],
    ["sweep", () => sweep(store, lease)],
    ["backup", () => backupCatalogDue(store)],
  ];
  for (const [task, work] of tasks) {
    try {
      await work();
      await tellUpkeep(store, task, null);
    } catch (error) {
      // The lake is as good as before, and what is too old must go all the same; the next run tries again.
      store.log.warn({ event: "upkeep-failed", task, code: errorCode(error) });
      // Whoever holds the lease now looks after the store.
      if (!signal.aborted && !(error instanceof LeaseLost)) await tellUpkeep(store, task, reasonOf(error));
    }
  }
}

/** For those who only read the store, if it can still be told. */
export async function tellUpkeep(store: Store, task: UpkeepTask, reason: UpkeepReason | null): Promise<void> {
  await noteUpkeep(store, task, reason).catch((error: unknown) => {
    store.log.warn({ event: "upkeep-untold", task, code: errorCode(error) });
  });
}

async function compactAll(store: Store, lease: Lease, signal: AbortSignal): Promise<void> {
  const { failed } = await compactDue(store, lease, signal);
  const [first] = failed;
  if (first !== undefined) throw Object.assign(new Error("days were not compacted"), { code: first.code });
}
