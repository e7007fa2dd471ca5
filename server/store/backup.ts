import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, existsSync, mkdirSync, readdirSync } from "node:fs";
import path from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import Database from "libsql";
import { sql } from "kysely";
import { UserError } from "../lib/errors.ts";
import { writeCommitMark } from "./commit-mark.ts";
import { createDataDir, type DataPaths, dataPaths } from "./data-dir.ts";
import { refuseMisreadPath } from "./misread-path.ts";
import type { Store } from "./store.ts";
import { ulid } from "./ulid.ts";

export interface BackedUp {
  readonly snapshot: number;
  readonly files: number;
  readonly bytes: number;
}

const pinnedMs = 24 * 3_600_000;
const catalogsKept = 24;
const everyMs = 3_600_000;

/**
 * Copies the store into an empty folder while others read and write it: the catalog as of one commit, exactly the segments that it
 * names with their hashes checked, quarantined bytes and the store's key. The folder is a store: to restore, put it back.
 */
export async function backup(store: Store, to: string): Promise<BackedUp> {
  refuseMisreadPath(to);
  if (existsSync(to) && readdirSync(to).length > 0)
    throw new UserError(`${to} is not empty`, "Name a new folder, or an empty one.");
  const target = dataPaths(to);
  createDataDir(target);
  const pin = ulid(store.clock(), store.random);
  const expires = store.clock() + pinnedMs;
  const { snapshot: before } = await store.snapshot();
  await store.catalog.insertInto("pins").values({ id: pin, snapshot: before, expires_at: expires }).execute();
  try {
    await copyCatalog(store, target.catalog);
    const copy = readCopy(target);
    await store.catalog.updateTable("pins").set({ snapshot: copy.snapshot }).where("id", "=", pin).execute();
    let bytes = 0;
    for (const { file, sha256 } of copy.files) bytes += await copyFile(store.paths, target, file, sha256);
    writeCommitMark(target, store.disk, { catalogId: store.catalogId, snapshot: copy.snapshot });
    return { snapshot: copy.snapshot, files: copy.files.length, bytes };
  } finally {
    await store.catalog.deleteFrom("pins").where("id", "=", pin).execute();
  }
}

/** Writes the catalog as of one moment into a file of its own. */
async function copyCatalog({ catalog }: Store, file: string): Promise<void> {
  await sql`vacuum into ${file}`.execute(catalog);
}

interface CopiedCatalog {
  readonly snapshot: number;
  /** Below the data directory; `sha256` null where none is known. */
  readonly files: readonly { readonly file: string; readonly sha256: string | null }[];
}

function readCopy({ catalog, hmacKey, root }: DataPaths): CopiedCatalog {
  const database = new Database(catalog);
  try {
    const newest = database.prepare("select coalesce(max(snapshot), 0) as snapshot from commits").all();
    const segments = database
      .prepare("select path as file, sha256 from segments where replaced_snapshot is null")
      .all();
    const held = database.prepare("select file, sha256 from quarantine where file is not null").all();
    database.exec("delete from pins");
    return {
      snapshot: (newest as { snapshot: number }[])[0]?.snapshot ?? 0,
      files: [
        ...(segments as CopiedCatalog["files"]),
        ...(held as CopiedCatalog["files"]),
        { file: path.relative(root, hmacKey), sha256: null },
      ],
    };
  } finally {
    database.close();
  }
}

/** Copies one file and says its size. Throws when its bytes are not those that were committed. */
async function copyFile(from: DataPaths, to: DataPaths, file: string, sha256: string | null): Promise<number> {
  const source = path.join(from.root, file);
  const target = path.join(to.root, file);
  if (sha256 === null && !existsSync(source)) return 0;
  mkdirSync(path.dirname(target), { recursive: true, mode: 0o700 });
  const hash = createHash("sha256");
  let bytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  await pipeline(
    createReadStream(source),
    counted,
    createWriteStream(target, { flags: "wx", mode: 0o600, flush: true }),
  );
  if (sha256 !== null && hash.digest("hex") !== sha256)
    throw new UserError(`${file} is not what was committed`, 'See "bedrock-audit ingest verify --hashes".', {
      exitCode: 3,
    });
  return bytes;
}

/** Keeps the catalog once an hour. */
export async function backupCatalogDue(store: Store): Promise<void> {
  const [newest] = catalogBackups(store.paths);
  const kept = newest === undefined ? null : store.disk.stat(path.join(store.paths.backups, newest));
  if (kept === null || store.clock() - kept.changedAt >= everyMs) await backupCatalog(store);
}

/** Keeps the catalog as it is now beside the store, and the newest 24 such copies. */
export async function backupCatalog(store: Store): Promise<void> {
  const { backups } = store.paths;
  mkdirSync(backups, { recursive: true, mode: 0o700 });
  const time = new Date(store.clock()).toISOString().replaceAll(/[-:.]/g, "");
  const draft = path.join(backups, "draft");
  store.disk.remove(draft);
  await copyCatalog(store, draft);
  store.disk.move(draft, path.join(backups, `catalog-${time}.db`));
  for (const name of catalogBackups(store.paths).slice(catalogsKept)) store.disk.remove(path.join(backups, name));
}

/** Keeps the catalog as it is now in place of all older copies, which name what has been erased since and are used no more. */
export async function renewCatalogBackups(store: Store): Promise<void> {
  for (const name of catalogBackups(store.paths)) store.disk.remove(path.join(store.paths.backups, name));
  await backupCatalog(store);
}

/** Names of the kept copies of the catalog, newest first. */
export function catalogBackups({ backups }: Pick<DataPaths, "backups">): readonly string[] {
  if (!existsSync(backups)) return [];
  return readdirSync(backups)
    .filter((name) => /^catalog-\d{8}T\d{9}Z\.db$/.test(name))
    .toSorted()
    .toReversed();
}
