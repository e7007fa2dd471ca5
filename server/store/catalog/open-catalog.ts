import { existsSync } from "node:fs";
import path from "node:path";
import type Database from "libsql";
import { Kysely } from "kysely";
import type { Clock } from "../../lib/clock.ts";
import { errorCode, UserError } from "../../lib/errors.ts";
import { type Random, ulid } from "../ulid.ts";
import { lockWriter } from "../writer-lock.ts";
import { backupBeforeUpgrade } from "./before-upgrade.ts";
import { libsqlDialect, openSqlite } from "./dialect.ts";
import { holderIn } from "./holder.ts";
import { attachErasures, detachErasures, takeErasures } from "./kept-erasures.ts";
import { migrations, schemaVersion } from "./migrations.ts";
import type { CatalogSchema, StoreState } from "./schema.ts";

export interface CatalogDeps {
  readonly clock: Clock;
  readonly random: Random;
  /** State of a catalog that is made new; see `MetaTable`. */
  readonly stateWhenNew?: StoreState;
  /** File of kept erasures, which a catalog that is made new takes over. */
  readonly erasures?: string;
  /** It must be there: it is not made. It is not upgraded under another program either, unless `upgrade` says so. */
  readonly existing?: boolean;
  /** One that must be there is upgraded, as a writer does it. */
  readonly upgrade?: boolean;
  /** Something was committed once: a file without a catalog in it has lost it. */
  readonly isCommitted?: boolean;
  /** The writer's lock, which is held while the catalog is upgraded. Default: nobody else can have it open. */
  readonly writerLock?: string;
}

/** The catalog file can't be read as one. Its writer sets it aside; see `sound-catalog.ts`. */
export class DamagedCatalog extends Error {
  override readonly name = "DamagedCatalog";
}

const damageCodes = new Set(["SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_IOERR_SHORT_READ"]);

function asDamage(error: unknown): unknown {
  return damageCodes.has(errorCode(error)) ? new DamagedCatalog("the catalog is damaged", { cause: error }) : error;
}

function storedVersion(database: Database.Database): number {
  const known = database.prepare("select 1 from sqlite_master where type = 'table' and name = 'meta'").all();
  if (known.length === 0) return 0;
  const rows = database.prepare("select value from meta where key = 'schema_version'").all() as { value: string }[];
  return Number(rows[0]?.value ?? 0);
}

function setMeta(database: Database.Database, key: string, value: string): void {
  database
    .prepare("insert into meta (key, value) values (?, ?) on conflict (key) do update set value = excluded.value")
    .run([key, value]);
}

/** Brings the catalog to this program's version, step by step; each step is one transaction. */
function migrate(
  database: Database.Database,
  { clock, random, stateWhenNew = "ok" }: CatalogDeps,
  erasuresJoined: boolean,
): void {
  for (const { version, statements } of migrations) {
    database.exec("begin immediate");
    try {
      if (storedVersion(database) < version) {
        for (const statement of statements) database.exec(statement);
        setMeta(database, "schema_version", String(version));
        if (version === 1) {
          setMeta(database, "catalog_id", ulid(clock(), random));
          setMeta(database, "created_at", String(clock()));
          setMeta(database, "state", stateWhenNew);
          if (erasuresJoined) takeErasures(database);
        }
      }
      database.exec("commit");
    } catch (error) {
      database.exec("rollback");
      throw error;
    }
  }
}

/** Upgrades a catalog that nobody writes meanwhile: an older program would go on in a store that it does not know. */
function upgrade(database: Database.Database, file: string, deps: CatalogDeps): void {
  const lock = deps.writerLock === undefined ? undefined : lockWriter(deps.writerLock, { waitMs: lockWaitMs });
  if (lock === null) {
    throw new UserError(
      `store has version ${storedVersion(database)}, this program ${schemaVersion}, and it is being written by ${holderIn(database)}`,
      "Stop that one first: the store is upgraded at the next start. Nothing was changed.",
      { exitCode: 5 },
    );
  }
  try {
    const version = storedVersion(database);
    if (version < schemaVersion) bringUp(database, file, version, deps);
  } finally {
    lock?.release();
  }
}

/** Another start of this program may be upgrading it just now. */
const lockWaitMs = 5_000;

/** Migrates a catalog that is older, after a copy of it is kept; or makes a new one. */
function bringUp(database: Database.Database, file: string, version: number, deps: CatalogDeps): void {
  if (version > 0) keepBefore(database, file, version, deps);
  const isJoined = version === 0 && deps.erasures !== undefined && attachErasures(database, deps.erasures);
  migrate(database, deps, isJoined);
  if (isJoined) detachErasures(database);
}

function keepBefore(database: Database.Database, file: string, version: number, { clock, random }: CatalogDeps): void {
  try {
    backupBeforeUpgrade(database, version, { backups: path.join(path.dirname(file), "backups"), clock, random });
  } catch (error) {
    if (damageCodes.has(errorCode(error))) throw error;
    throw new UserError(
      `the catalog has version ${version} and could not be backed up before its upgrade to ${schemaVersion} (${errorCode(error)})`,
      "Make room on the disk of the data directory, and see that its folder backups can be written. Nothing was changed.",
      { exitCode: 3, cause: error },
    );
  }
}

function refuseNewer(version: number): void {
  if (version <= schemaVersion) return;
  throw new UserError(
    `store has version ${version}, this program knows ${schemaVersion}`,
    "Use the newer program, or another data directory.",
    { exitCode: 3 },
  );
}

function refuseAbsent(file: string): never {
  throw new UserError(
    `there is no store in ${path.dirname(file)}`,
    'Name its folder with --data, or read logs into it first with "bedrock-audit ingest run".',
    { exitCode: 3 },
  );
}

function refuseOlder(version: number): void {
  if (version === schemaVersion) return;
  throw new UserError(
    `store has version ${version}, this program ${schemaVersion}`,
    'Use the program that writes it, or stop that one and start "bedrock-audit serve" or "ingest run" of this version, which upgrade it. Nothing was changed.',
    { exitCode: 3 },
  );
}

/**
 * Opens the catalog and brings it up to date. Throws `UserError` for a newer store, and for an older one that another process writes;
 * `DamagedCatalog` for one that can't be read.
 */
export function openCatalog(file: string, deps: CatalogDeps): Kysely<CatalogSchema> {
  let database: Database.Database | null = null;
  try {
    if (deps.existing === true && !existsSync(file)) refuseAbsent(file);
    database = openSqlite(file);
    const version = storedVersion(database);
    refuseNewer(version);
    if (version === 0 && deps.isCommitted === true) throw new DamagedCatalog("the catalog is gone");
    if (deps.existing === true && version === 0) refuseAbsent(file);
    if (deps.existing === true && deps.upgrade !== true) refuseOlder(version);
    else if (version === 0) bringUp(database, file, version, deps);
    else if (version < schemaVersion) upgrade(database, file, deps);
    return new Kysely<CatalogSchema>({ dialect: libsqlDialect(database, file) });
  } catch (error) {
    database?.close();
    throw asDamage(error);
  }
}

async function readMeta(catalog: Kysely<CatalogSchema>, key: string): Promise<string> {
  const { value } = await catalog.selectFrom("meta").select("value").where("key", "=", key).executeTakeFirstOrThrow();
  return value;
}

export function readCatalogId(catalog: Kysely<CatalogSchema>): Promise<string> {
  return readMeta(catalog, "catalog_id");
}

export async function readState(catalog: Kysely<CatalogSchema>): Promise<StoreState> {
  return (await readMeta(catalog, "state")) === "refilling" ? "refilling" : "ok";
}

/** Says that the sources have been read again after a loss. A part of the store for which they have not been asked yet keeps it as it is. */
export async function markRefilled(catalog: Kysely<CatalogSchema>): Promise<void> {
  await catalog
    .updateTable("meta")
    .set({ value: "ok" })
    .where("key", "=", "state")
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom("lost_segments")
            .select("id")
            .where((loss) => loss.or([loss("outcome", "is", null), loss("outcome", "=", "unanswered")])),
        ),
      ),
    )
    .execute();
}
