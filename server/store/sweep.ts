import path from "node:path";
import type { Lease } from "./lease.ts";
import type { Store } from "./store.ts";

const graceMs = 15 * 60_000;
const trashMs = 48 * 3_600_000;
const orphansMs = 7 * 24 * 3_600_000;

/** Moves the files of replaced segments to the trash once no running query can still read them; what a backup pins stays. */
async function moveReplaced({ catalog, paths, disk, clock }: Store): Promise<number> {
  const replaced = await catalog
    .selectFrom("segments")
    .innerJoin("commits", "commits.snapshot", "segments.replaced_snapshot")
    .select(["segments.id", "segments.path", "commits.kind"])
    .where("segments.removed_at", "is", null)
    .where("commits.at", "<=", clock() - graceMs)
    // Nobody has taken over the rows of a lost file: should it come back, it stays.
    .where("commits.kind", "!=", "lose")
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom("pins")
            .select("pins.id")
            .where("pins.expires_at", ">", clock())
            .whereRef("pins.snapshot", ">=", "segments.added_snapshot")
            .whereRef("pins.snapshot", "<", "segments.replaced_snapshot"),
        ),
      ),
    )
    .execute();
  for (const segment of replaced) {
    const file = path.join(paths.root, segment.path);
    // What was erased is not kept for another two days.
    if (segment.kind === "erase") disk.remove(file);
    else if (disk.stat(file) !== null) disk.move(file, path.join(paths.trash, path.basename(file)));
    await catalog.updateTable("segments").set({ removed_at: clock() }).where("id", "=", segment.id).execute();
  }
  return replaced.length;
}

async function emptyTrash({ catalog, paths, disk, clock }: Store): Promise<void> {
  for (const name of disk.list(paths.trash)) {
    const id = path.basename(name, ".parquet");
    const row = await catalog.selectFrom("segments").select("removed_at").where("id", "=", id).executeTakeFirst();
    if (row?.removed_at != null && row.removed_at <= clock() - trashMs) disk.remove(path.join(paths.trash, name));
  }
}

function dropOldOrphans({ paths, disk, clock }: Store): void {
  for (const name of disk.list(paths.orphans)) {
    const file = path.join(paths.orphans, name);
    const found = disk.stat(file);
    if (found !== null && found.changedAt <= clock() - orphansMs) disk.remove(file);
  }
}

/** Clears away what nobody reads any more: replaced segments by way of the trash, orphans after 7 days. Says how many went to the trash. */
export async function sweep(store: Store, _lease: Lease): Promise<number> {
  const moved = await moveReplaced(store);
  await emptyTrash(store);
  dropOldOrphans(store);
  return moved;
}
