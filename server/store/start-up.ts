import path from "node:path";
import { sql } from "kysely";
import { UserError } from "../lib/errors.ts";
import { alignErasures, tellUnended } from "./catalog/kept-erasures.ts";
import { readCommitMark } from "./commit-mark.ts";
import { findLost, refuseEmptyLake } from "./find-lost.ts";
import { lakeFiles } from "./loose-files.ts";
import { currentSnapshot } from "./snapshots.ts";
import type { Store } from "./store.ts";

/** What the writer found when it looked at the store. */
export interface StartUp {
  /** Live segments whose rows are lost: queries of their days fail until ingest has taken them out. */
  readonly lost: readonly string[];
  /** Files of the lake that no commit names, moved to `orphans/`. */
  readonly orphans: number;
}

const orphanAfterMs = 24 * 3_600_000;

async function isSound({ catalog }: Store): Promise<boolean> {
  const { rows } = await sql<{ quick_check: string }>`pragma quick_check(1)`.execute(catalog);
  return rows[0]?.quick_check === "ok";
}

/** A catalog can lose its newest commits and still look healthy: then the mark beside it is ahead. */
async function hasLostCommits({ catalog, catalogId, paths }: Store): Promise<boolean> {
  const mark = readCommitMark(paths);
  if (mark === null || mark.catalogId !== catalogId) return false;
  return mark.snapshot > (await currentSnapshot(catalog)).snapshot;
}

async function refuseDamaged(store: Store): Promise<void> {
  if ((await isSound(store)) && !(await hasLostCommits(store))) return;
  store.disk.replace(store.paths.damageMark, "damaged");
  throw new UserError(
    "the catalog is damaged",
    'Start "bedrock-audit serve" or "ingest run": the catalog is then set aside, and the sources are read again.',
    { exitCode: 3 },
  );
}

/** A store that was copied or restored has no file of its erasures; a crash can leave one that is ahead. */
async function alignKept(store: Store): Promise<void> {
  const { catalog, disk, paths } = store;
  const known = await catalog.selectFrom("erasures").select("at").limit(1).executeTakeFirst();
  if (known !== undefined || disk.stat(paths.erasures) !== null) await tellUnended(store, alignErasures(paths));
}

async function lostSegments(store: Store): Promise<string[]> {
  const found = await findLost(store);
  refuseEmptyLake(store, found);
  for (const { id } of found.lost) store.log.error({ event: "segment-missing", segment: id });
  return found.lost.map(({ id }) => id);
}

async function moveOrphans(store: Store): Promise<number> {
  const { catalog, paths, disk, clock } = store;
  const known = await catalog.selectFrom("segments").select("path").where("removed_at", "is", null).execute();
  const named = new Set(known.map((segment) => path.normalize(segment.path)));
  let moved = 0;
  for (const file of lakeFiles(store)) {
    const from = path.join(paths.root, file);
    const found = named.has(file) ? null : disk.stat(from);
    if (found === null || clock() - found.changedAt < orphanAfterMs) continue;
    disk.move(from, path.join(paths.orphans, path.basename(file)));
    moved += 1;
  }
  return moved;
}

/** Looks at catalog and lake before the first write, and clears away what a crash has left. Only the holder of the lock may call it. */
export async function checkStore(store: Store): Promise<StartUp> {
  await refuseDamaged(store);
  const { paths, disk } = store;
  await alignKept(store);
  for (const name of disk.list(paths.staging)) disk.remove(path.join(paths.staging, name));
  // Copies of the catalog that were cut while they were made.
  for (const name of disk.list(paths.backups))
    if (name.startsWith("draft")) disk.remove(path.join(paths.backups, name));
  return { lost: await lostSegments(store), orphans: await moveOrphans(store) };
}
