import type { Kysely } from "kysely";
import { UserError } from "../../lib/errors.ts";
import type { DataPaths } from "../data-dir.ts";
import type { Disk } from "../disk.ts";
import { lockWriter } from "../writer-lock.ts";
import { type CatalogDeps, DamagedCatalog, openCatalog } from "./open-catalog.ts";
import type { CatalogSchema } from "./schema.ts";

/** Keeps the damaged catalog under another name: it is never deleted. */
function setAside({ catalog, damageMark, writerLock }: DataPaths, disk: Disk, { clock }: CatalogDeps): void {
  const lock = lockWriter(writerLock);
  if (lock === null) {
    throw new UserError("the catalog is damaged", "Stop the process that writes the store, then start again.", {
      exitCode: 3,
    });
  }
  try {
    const time = new Date(clock()).toISOString().replaceAll(/[-:.]/g, "");
    for (const suffix of ["", "-wal", "-shm"]) {
      const file = `${catalog}${suffix}`;
      if (disk.stat(file) !== null) disk.move(file, `${catalog}.damaged-${time}${suffix}`);
    }
    disk.remove(damageMark);
  } finally {
    lock.release();
  }
}

/** Opens the catalog; a damaged one is set aside for an empty one, which is `refilling`: the sources are read again. */
export function openSoundCatalog(paths: DataPaths, disk: Disk, deps: CatalogDeps): Kysely<CatalogSchema> {
  const knownDamaged = disk.stat(paths.damageMark) !== null;
  try {
    if (!knownDamaged) return openCatalog(paths.catalog, deps);
  } catch (error) {
    if (!(error instanceof DamagedCatalog)) throw error;
  }
  setAside(paths, disk, deps);
  return openCatalog(paths.catalog, { ...deps, stateWhenNew: "refilling" });
}
