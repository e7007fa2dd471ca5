import { copyFileSync } from "node:fs";
import path from "node:path";
import Database from "libsql";
import type { Kysely } from "kysely";
import { UserError } from "../../lib/errors.ts";
import { catalogBackups } from "../backup.ts";
import { type CommitMark, readCommitMark, writeCommitMark } from "../commit-mark.ts";
import type { DataPaths } from "../data-dir.ts";
import type { Disk } from "../disk.ts";
import { lockWriter } from "../writer-lock.ts";
import { attachErasures, detachErasures, knowsErasures } from "./kept-erasures.ts";
import { type CatalogDeps, DamagedCatalog, openCatalog } from "./open-catalog.ts";
import type { CatalogSchema } from "./schema.ts";

/** Keeps the damaged catalog under another name: it is never deleted. One that is cut begins again. */
function setAside({ catalog, damageMark }: DataPaths, disk: Disk, { clock }: CatalogDeps): void {
  const time = new Date(clock()).toISOString().replaceAll(/[-:.]/g, "");
  disk.replace(damageMark, "damaged");
  for (const suffix of ["", "-wal", "-shm"]) {
    const file = `${catalog}${suffix}`;
    if (disk.stat(file) !== null) disk.move(file, `${catalog}.damaged-${time}${suffix}`);
  }
  disk.remove(damageMark);
}

/** Another start may be putting a catalog in its place just now. */
const lockWaitMs = 5_000;

function whileNobodyWrites<T>({ writerLock }: DataPaths, work: () => T): T {
  const lock = lockWriter(writerLock, { waitMs: lockWaitMs });
  if (lock === null) {
    throw new UserError("the catalog is damaged", "Stop the process that writes the store, then start again.", {
      exitCode: 3,
    });
  }
  try {
    return work();
  } finally {
    lock.release();
  }
}

/** Only who reads the sources again sets a damaged one aside. */
function openExisting(paths: DataPaths, disk: Disk, deps: CatalogDeps): Kysely<CatalogSchema> {
  try {
    if (deps.upgrade === true && disk.stat(paths.damageMark) !== null) throw new DamagedCatalog("known to be damaged");
    return openCatalog(paths.catalog, { ...deps, writerLock: paths.writerLock });
  } catch (error) {
    if (!(error instanceof DamagedCatalog)) throw error;
    throw new UserError(
      "the catalog is damaged",
      'Start "bedrock-audit serve" or "ingest run": the catalog is then set aside, and the sources are read again.',
      { exitCode: 3, cause: error },
    );
  }
}

/**
 * Opens the catalog. A damaged one is set aside; the newest good backup of the last hours takes its place, else an empty one. It is
 * `refilling`: what came since is read again. What was erased stays so.
 */
export function openSoundCatalog(paths: DataPaths, disk: Disk, given: CatalogDeps): Kysely<CatalogSchema> {
  const deps = { ...given, erasures: paths.erasures };
  if (given.existing === true) return openExisting(paths, disk, deps);
  return (
    openUndamaged(paths, disk, { ...deps, writerLock: paths.writerLock }) ??
    whileNobodyWrites(paths, () => openUndamaged(paths, disk, deps) ?? replaced(paths, disk, deps))
  );
}

/** Null for a catalog that is damaged or gone. */
function openUndamaged(paths: DataPaths, disk: Disk, deps: CatalogDeps): Kysely<CatalogSchema> | null {
  if (disk.stat(paths.damageMark) !== null) return null;
  const isCommitted = readCommitMark(paths) !== null;
  try {
    return openCatalog(paths.catalog, { ...deps, isCommitted });
  } catch (error) {
    if (error instanceof DamagedCatalog) return null;
    throw error;
  }
}

function replaced(paths: DataPaths, disk: Disk, deps: CatalogDeps): Kysely<CatalogSchema> {
  setAside(paths, disk, deps);
  return restored(paths, disk, deps) ?? openCatalog(paths.catalog, { ...deps, stateWhenNew: "refilling" });
}

/** Of one that names a file that is gone, the rest is as good: what was in that file is read again, as after any other loss. */
function restored(paths: DataPaths, disk: Disk, deps: CatalogDeps): Kysely<CatalogSchema> | null {
  for (const lacks of ["nothing", "some files"] as const) {
    for (const name of catalogBackups(paths)) {
      const draft = path.join(paths.root, "catalog.restored");
      copyFileSync(path.join(paths.backups, name), draft);
      const copy = takeBack(draft, lacks, { paths, disk });
      if (copy === null) continue;
      disk.move(draft, paths.catalog);
      writeCommitMark(paths, disk, copy);
      return openCatalog(paths.catalog, deps);
    }
  }
  return null;
}

/**
 * Makes a copy of the catalog fit for use: segments that have been replaced since come back from the trash. Null for one that is damaged
 * itself, lacks more files than it may, or is older than an erasure: what was erased would be back.
 */
function takeBack(
  file: string,
  lacks: "nothing" | "some files",
  { disk, paths }: { readonly paths: DataPaths; readonly disk: Disk },
): CommitMark | null {
  const database = new Database(file);
  try {
    const [check] = database.prepare("pragma quick_check(1)").all() as { quick_check: string }[];
    if (check?.quick_check !== "ok") return null;
    if (!isAfterErasures(database, paths)) return null;
    const live = database.prepare("select path from segments where replaced_snapshot is null").all() as {
      path: string;
    }[];
    const away = live
      .map(({ path: place }) => ({
        from: path.join(paths.trash, path.basename(place)),
        to: path.join(paths.root, place),
      }))
      .filter(({ to }) => disk.stat(to) === null);
    const moves = away.filter(({ from }) => disk.stat(from) !== null);
    const gone = away.length - moves.length;
    if (gone > 0 && (lacks === "nothing" || gone === live.length)) return null;
    for (const { from, to } of moves) disk.move(from, to);
    database.exec("update meta set value = 'refilling' where key = 'state'");
    const [id] = database.prepare("select value from meta where key = 'catalog_id'").all() as { value: string }[];
    const [newest] = database.prepare("select coalesce(max(snapshot), 0) as at from commits").all() as { at: number }[];
    return { catalogId: id?.value ?? "", snapshot: newest?.at ?? 0 };
  } catch (error) {
    // No copy can be judged without what was erased.
    if (error instanceof UserError) throw error;
    return null;
  } finally {
    database.close();
  }
}

function isAfterErasures(database: Database.Database, { erasures }: DataPaths): boolean {
  if (!attachErasures(database, erasures)) return true;
  const isAfter = knowsErasures(database);
  detachErasures(database);
  return isAfter;
}
