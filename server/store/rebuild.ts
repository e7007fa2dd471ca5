import { cpSync, existsSync, readdirSync } from "node:fs";
import Database from "libsql";
import { sql } from "kysely";
import { UserError } from "../lib/errors.ts";
import { createDataDir, dataPaths } from "./data-dir.ts";
import type { Store } from "./store.ts";
import { ulid } from "./ulid.ts";

/** What a rebuilt store has to read. */
export interface Rebuild {
  /** Folders of downloaded logs. */
  readonly folders: readonly string[];
  /** Whether any of its sources lies in AWS. */
  readonly discover: boolean;
  /** How far back the sources in AWS were read, ISO 8601; null where there is none. */
  readonly since: string | null;
}

/** What reading the sources gives again, and what belongs to one place or process. */
const readAgain = [
  "commits",
  "commit_days",
  "segments",
  "windows",
  "units",
  "awaited_bodies",
  "quarantine",
  "source_findings",
  "leases",
  "pins",
] as const;

/**
 * Makes a store in an empty folder that knows all that no source can give again: erasures and holds, triage, trail, results, the answers
 * about profiles and the key of the hashes. It holds no record yet.
 */
export async function startRebuild(store: Store, into: string): Promise<Rebuild> {
  if (existsSync(into) && readdirSync(into).length > 0)
    throw new UserError(`${into} is not empty`, "Name a new folder, or an empty one.");
  const target = dataPaths(into);
  createDataDir(target);
  store.hmacKey();
  cpSync(store.paths.hmacKey, target.hmacKey);
  await sql`vacuum into ${target.catalog}`.execute(store.catalog);
  forgetRecords(target.catalog, ulid(store.clock(), store.random));
  const sources = await store.catalog.selectFrom("sources").select(["kind", "place", "since"]).execute();
  const inAws = sources.filter(({ kind }) => kind !== "folder").map(({ since }) => since);
  return {
    folders: [...new Set(sources.filter(({ kind }) => kind === "folder").map(({ place }) => place))],
    discover: inAws.length > 0,
    since: inAws.length === 0 ? null : new Date(Math.min(...inAws)).toISOString(),
  };
}

function forgetRecords(catalog: string, catalogId: string): void {
  const database = new Database(catalog);
  try {
    database.exec("begin immediate");
    for (const table of readAgain) database.exec(`delete from ${table}`);
    database.exec("update sources set last_ok_at = null, tail_at = null");
    const set = database.prepare("update meta set value = ? where key = ?");
    set.run([catalogId, "catalog_id"]);
    set.run(["refilling", "state"]);
    database.exec("commit");
  } finally {
    database.close();
  }
}
