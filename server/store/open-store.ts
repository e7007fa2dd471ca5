import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { Kysely } from "kysely";
import { watchFile } from "./catalog/dialect.ts";
import { type CatalogDeps, readCatalogId, readState } from "./catalog/open-catalog.ts";
import type { CatalogSchema } from "./catalog/schema.ts";
import { openSoundCatalog } from "./catalog/sound-catalog.ts";
import { createDataDir, type DataPaths, dataPaths } from "./data-dir.ts";
import { asDiskTrouble } from "./disk-trouble.ts";
import { type EngineDeps, openEngine } from "./engine/engine.ts";
import { type Disk, realDisk } from "./disk.ts";
import { refuseMisreadPath } from "./misread-path.ts";
import { type FileSystems, realFileSystems, refuseNetworkDisk } from "./network-disk.ts";
import { readOrCreateKey } from "./keys.ts";
import { currentSnapshot, segmentsOf, sizedSnapshots } from "./snapshots.ts";
import type { Engine, Store } from "./store.ts";
import type { Random } from "./ulid.ts";

export interface StoreOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /**
   * The store must be there: nothing is made or set aside. Nor is it upgraded, unless this says `upgrade`, as for what writes in it without
   * reading sources. Default: what is missing is made.
   */
  readonly existing?: boolean | "upgrade";
  /** The data directory may lie on a disk that is reached by network. Default: it is refused there. */
  readonly allowNetworkDisk?: boolean;
  /** Default: the real ones. */
  readonly fileSystems?: FileSystems;
  /** Default: the real one. */
  readonly disk?: Disk;
  /** Default: a process of its own for each pool. */
  readonly engineOf?: typeof openEngine;
}

const cores = availableParallelism();

/**
 * Somebody waits for the one: alone, it may have both cores of a small machine. A request that had its turn is not refused here for what
 * others ask: it may wait for as long as a query may take. Both stand behind the process that answers, however many queries run, for it must
 * be able to refuse and to say that it is well; and before the ingest.
 */
const pools = {
  interactive: {
    threads: Math.max(Math.min(cores, 2), cores - 1),
    slots: 3,
    waiting: 16,
    waitMs: 10_000,
    deadlineMs: 10_000,
    maxBytes: 8 * 1024 * 1024,
    keptBytes: 32 * 1024 * 1024,
    niceness: 3,
    idleMs: null,
  },
  batch: {
    threads: Math.max(1, cores - 1),
    slots: 1,
    waiting: 8,
    waitMs: 60_000,
    deadlineMs: 5 * 60_000,
    maxBytes: 64 * 1024 * 1024,
    keptBytes: 0,
    niceness: 10,
    idleMs: 30_000,
  },
} as const;

function openOnDisk(paths: DataPaths, disk: Disk, deps: CatalogDeps): Kysely<CatalogSchema> {
  try {
    // A copy of a store can lack folders that hold nothing.
    if (deps.existing !== true || (deps.upgrade === true && existsSync(paths.catalog))) createDataDir(paths);
    return openSoundCatalog(paths, disk, deps);
  } catch (error) {
    throw asDiskTrouble(error, paths.root);
  }
}

/**
 * Opens the data directory, making what is missing. Throws `UserError` with exit code 3 for a store that is newer than this program, for a
 * disk that is full, cannot be written or is reached by network, and for a path that the engine would misread.
 */
export async function openStore({
  dataDir,
  clock,
  random,
  log,
  existing = false,
  allowNetworkDisk = false,
  fileSystems = realFileSystems,
  disk = realDisk,
  engineOf = openEngine,
}: StoreOptions): Promise<Store> {
  refuseMisreadPath(dataDir);
  if (!allowNetworkDisk) refuseNetworkDisk(dataDir, fileSystems);
  const paths = dataPaths(dataDir);
  const catalog = openOnDisk(paths, disk, {
    clock,
    random,
    existing: existing !== false,
    upgrade: existing === "upgrade",
  });
  const isSame = watchFile(paths.catalog);
  const catalogId = await readCatalogId(catalog);
  const deps: EngineDeps = {
    clock,
    log,
    snapshot: async () => (await currentSnapshot(catalog)).snapshot,
    segments: (snapshot) => segmentsOf(catalog, paths, snapshot),
  };
  const pool = (name: keyof typeof pools): Engine => {
    const temp = path.join(paths.tmp, name);
    return engineOf({ name, ...pools[name], lake: paths.lake, temp, memoryMb: 400 }, deps);
  };
  const [interactive, batch] = [pool("interactive"), pool("batch")];
  let key: Buffer | null = null;
  const { snapshot: openedAt } = await currentSnapshot(catalog);
  return {
    dataDir: paths.root,
    paths,
    clock,
    random,
    disk,
    log,
    catalog,
    catalogId,
    interactive,
    batch,
    hmacKey: () => (key ??= readOrCreateKey(paths.hmacKey, { isEmpty: openedAt === 0, random })),
    snapshot: sizedSnapshots(catalog),
    state: () => readState(catalog),
    isReplaced: () => !isSame() || disk.stat(paths.damageMark) !== null,
    async close() {
      await Promise.all([interactive.close(), batch.close()]);
      await catalog.destroy();
    },
  };
}
