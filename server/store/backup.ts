import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import Database from "libsql";
import { sql } from "kysely";
import { errorCode, UserError } from "../lib/errors.ts";
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
    const gone: string[] = [];
    for (const { file, sha256 } of copy.held) {
      const copied = await copyHeld(store, target, file, sha256);
      if (copied === null) gone.push(file);
      bytes += copied ?? 0;
    }
    forgetHeld(target, gone);
    writeCommitMark(target, store.disk, { catalogId: store.catalogId, snapshot: copy.snapshot });
    return { snapshot: copy.snapshot, files: copy.files.length + copy.held.length - gone.length, bytes };
  } finally {
    await store.catalog.deleteFrom("pins").where("id", "=", pin).execute();
  }
}

/** Writes the catalog as of one moment into a file of its own. */
async function copyCatalog({ catalog }: Store, file: string): Promise<void> {
  await sql`vacuum into ${file}`.execute(catalog);
}

/** Below the data directory; `sha256` null where none is known. */
interface NamedFile {
  readonly file: string;
  readonly sha256: string | null;
}

interface CopiedCatalog {
  readonly snapshot: number;
  readonly files: readonly NamedFile[];
  /** Bytes in quarantine. */
  readonly held: readonly NamedFile[];
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
      files: [...(segments as readonly NamedFile[]), { file: path.relative(root, hmacKey), sha256: null }],
      held: held as readonly NamedFile[],
    };
  } finally {
    database.close();
  }
}

/** As `copyFile`; null for bytes that were taken out of the quarantine while the store was copied: no pin keeps them. */
async function copyHeld(
  { catalog, paths }: Store,
  to: DataPaths,
  file: string,
  sha256: string | null,
): Promise<number | null> {
  try {
    return await copyFile(paths, to, file, sha256);
  } catch (error) {
    const named = catalog.selectFrom("quarantine").select("id").where("file", "=", file);
    if ((await named.executeTakeFirst()) !== undefined) throw error;
    rmSync(path.join(to.root, file), { force: true });
    return null;
  }
}

/** The entries of a copy stay without the bytes that it does not have. */
function forgetHeld({ catalog }: DataPaths, files: readonly string[]): void {
  if (files.length === 0) return;
  const database = new Database(catalog);
  try {
    const forget = database.prepare("update quarantine set file = null where file = ?");
    for (const file of files) forget.run([file]);
  } finally {
    database.close();
  }
}

/** Copies one file and says its size. Throws `UserError` when it is gone, or its bytes are not those that were committed. */
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
  const into = createWriteStream(target, { flags: "wx", mode: 0o600, flush: true });
  try {
    await pipeline(createReadStream(source), counted, into);
  } catch (error) {
    throw errorCode(error) === "ENOENT" ? notCopied(`${file} is not there any more`) : error;
  }
  if (sha256 !== null && hash.digest("hex") !== sha256) throw notCopied(`${file} is not what was committed`);
  return bytes;
}

function notCopied(what: string): UserError {
  return new UserError(what, 'See "bedrock-audit ingest verify --hashes".', { exitCode: 3 });
}

/** Keeps the catalog once an hour. */
export async function backupCatalogDue(store: Store): Promise<void> {
  const [newest] = catalogBackups(store.paths);
  const hourAgo = nameAt(store.clock() - everyMs);
  if (newest === undefined || newest <= hourAgo || newest > nameAt(store.clock())) await backupCatalog(store);
}

function nameAt(time: number): string {
  return `catalog-${new Date(time).toISOString().replaceAll(/[-:.]/g, "")}.db`;
}

/** Keeps the catalog as it is now beside the store, and the newest 24 such copies: none that a clock which was ahead has named. */
export async function backupCatalog(store: Store): Promise<void> {
  const { backups } = store.paths;
  mkdirSync(backups, { recursive: true, mode: 0o700 });
  const own = nameAt(store.clock());
  const draft = path.join(backups, "draft");
  store.disk.remove(draft);
  await copyCatalog(store, draft);
  store.disk.move(draft, path.join(backups, own));
  const names = catalogBackups(store.paths);
  const ahead = names.filter((name) => name > own);
  const tooMany = names.slice(ahead.length + catalogsKept);
  for (const name of [...ahead, ...tooMany]) store.disk.remove(path.join(backups, name));
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
