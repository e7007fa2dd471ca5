import path from "node:path";
import type { SegmentsTable } from "./catalog/schema.ts";
import type { Lease } from "./lease.ts";
import { isDamaged } from "./loose-files.ts";
import type { Store } from "./store.ts";
import { unnamedPieces } from "./unnamed-pieces.ts";

const graceMs = 15 * 60_000;
const trashMs = 48 * 3_600_000;
const orphansMs = 7 * 24 * 3_600_000;

/**
 * Newest erasure by table and day of those whose grace is over. What stood there before it may hold the erased rows, whatever replaced it:
 * it is not kept for another two days.
 */
async function erasedDays({ catalog, clock }: Store): Promise<(segment: Replaced) => boolean> {
  const rows = await catalog
    .selectFrom("commit_days")
    .innerJoin("commits", "commits.snapshot", "commit_days.snapshot")
    .select(({ fn }) => ["commit_days.tbl", "commit_days.dt", fn.max("commits.snapshot").as("snapshot")])
    .where("commits.kind", "=", "erase")
    .where("commits.at", "<=", clock() - graceMs)
    .groupBy(["commit_days.tbl", "commit_days.dt"])
    .execute();
  const newest = new Map(rows.map(({ dt, snapshot, tbl }) => [`${tbl}/${dt}`, snapshot]));
  return ({ dt, replaced_snapshot, tbl }) =>
    replaced_snapshot !== null && replaced_snapshot <= (newest.get(`${tbl}/${dt}`) ?? 0);
}

type Replaced = Pick<SegmentsTable, "tbl" | "dt" | "replaced_snapshot">;

/** Moves the files of replaced segments to the trash once no running query can still read them; what a backup pins stays. */
async function moveReplaced(
  { catalog, paths, disk, clock }: Store,
  isErased: (segment: Replaced) => boolean,
): Promise<number> {
  const replaced = await catalog
    .selectFrom("segments")
    .innerJoin("commits", "commits.snapshot", "segments.replaced_snapshot")
    .select([
      "segments.id",
      "segments.path",
      "segments.tbl",
      "segments.dt",
      "segments.replaced_snapshot",
      "commits.kind",
    ])
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
    if (segment.kind === "erase" || isErased(segment)) disk.remove(file);
    else if (disk.stat(file) !== null) disk.move(file, path.join(paths.trash, path.basename(file)));
    await catalog.updateTable("segments").set({ removed_at: clock() }).where("id", "=", segment.id).execute();
  }
  return replaced.length;
}

async function emptyTrash(store: Store, isErased: (segment: Replaced) => boolean): Promise<void> {
  const { catalog, paths, disk, clock } = store;
  for (const name of disk.list(paths.trash)) {
    const id = path.basename(name, ".parquet");
    const row = await catalog
      .selectFrom("segments")
      .select(["removed_at", "tbl", "dt", "replaced_snapshot"])
      .where("id", "=", id)
      .executeTakeFirst();
    if (row === undefined) dropUnnamed(store, name);
    if (row === undefined || row.removed_at === null) continue;
    if (row.removed_at <= clock() - trashMs || isErased(row)) disk.remove(path.join(paths.trash, name));
  }
}

/** A catalog that came back may not know what stands in the trash. What is left of a damaged file stays for the one who mends it. */
function dropUnnamed({ clock, disk, paths }: Store, name: string): void {
  const file = path.join(paths.trash, name);
  const found = disk.stat(file);
  if (!isDamaged(name) && found !== null && found.changedAt <= clock() - trashMs) disk.remove(file);
}

function dropOldOrphans({ paths, disk, clock }: Store): void {
  for (const name of disk.list(paths.orphans)) {
    const file = path.join(paths.orphans, name);
    const found = disk.stat(file);
    if (found !== null && found.changedAt <= clock() - orphansMs) disk.remove(file);
  }
}

/** What stands in no entry of the quarantine, nobody can ask for; what is young may be on its way into one. */
async function dropUnnamedPieces(store: Store): Promise<void> {
  const { clock, disk, paths } = store;
  for (const name of await unnamedPieces(store)) {
    const file = path.join(paths.root, name);
    const found = disk.stat(file);
    if (found !== null && found.changedAt <= clock() - orphansMs) disk.remove(file);
  }
}

/**
 * Clears away what nobody reads any more: replaced segments by way of the trash, what was erased at once, orphans after 7 days. Says how
 * many went to the trash.
 */
export async function sweep(store: Store, _lease: Lease): Promise<number> {
  const isErased = await erasedDays(store);
  const moved = await moveReplaced(store, isErased);
  await emptyTrash(store, isErased);
  dropOldOrphans(store);
  await dropUnnamedPieces(store);
  return moved;
}
