import type { IngestDeps, IngestOptions } from "./options.ts";
import { errorCode } from "../lib/errors.ts";
import { backupCatalogDue } from "../store/backup.ts";
import { compactDue } from "../store/compact.ts";
import { moveSettledUnits } from "../store/move-units.ts";
import { defaultRetention, retain } from "../store/retain.ts";
import { sweep } from "../store/sweep.ts";

/** Small segments become few, what is too old and what was replaced goes, the catalog is kept once more. */
export async function tidy(
  { lease, store }: Pick<IngestDeps, "lease" | "store">,
  { retention, signal }: Pick<IngestOptions, "retention" | "signal">,
): Promise<void> {
  const tasks = {
    "move-units": () => moveSettledUnits(store, lease, signal),
    compact: () => compactDue(store, lease, signal),
    retain: () => retain(store, lease, retention ?? defaultRetention, signal),
    sweep: () => sweep(store, lease),
    backup: () => backupCatalogDue(store),
  };
  for (const [task, work] of Object.entries(tasks)) {
    try {
      await work();
    } catch (error) {
      // The lake is as good as before, and what is too old must go all the same; the next run tries again.
      store.log.warn({ event: "upkeep-failed", task, code: errorCode(error) });
    }
  }
}
