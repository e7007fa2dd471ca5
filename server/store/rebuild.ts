import { copyFileSync, cpSync, existsSync, readdirSync } from "node:fs";
import path from "node:path";
import Database from "libsql";
import { sql as statement } from "kysely";
import { UserError } from "../lib/errors.ts";
import { commit } from "./commit.ts";
import { isSummed } from "./compact.ts";
import { createDataDir, dataPaths } from "./data-dir.ts";
import { identityHash } from "./erased-names.ts";
import { stagingFolder, type StagedSegment } from "./lake.ts";
import type { Lease } from "./lease.ts";
import { refuseMisreadPath } from "./misread-path.ts";
import { liveColumns, type LiveSegment, tableOf } from "./rewrite.ts";
import { sealFile } from "./segments/segment-file.ts";
import { sql } from "./sql.ts";
import type { Store } from "./store.ts";
import { type TableName, tableNames } from "./tables.ts";
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
  "lost_segments",
  "awaited_bodies",
  "quarantine",
  "source_findings",
  "leases",
  "pins",
] as const;

/**
 * Makes a store in an empty folder that knows all that no source can give again: erasures and holds, triage, trail, results, the answers
 * about profiles, the key of the hashes, which units are damaged for good or were let through by a person, and which of two conflicting
 * copies came first. It holds no record yet; `carryRepairs` brings what a person has put in place of a record,
 * and `carrySums` what is left of days whose calls are too old.
 */
export async function startRebuild(store: Store, into: string): Promise<Rebuild> {
  refuseMisreadPath(into);
  if (existsSync(into) && readdirSync(into).length > 0)
    throw new UserError(`${into} is not empty`, "Name a new folder, or an empty one.");
  const target = dataPaths(into);
  createDataDir(target);
  store.hmacKey();
  cpSync(store.paths.hmacKey, target.hmacKey);
  await statement`vacuum into ${target.catalog}`.execute(store.catalog);
  forgetRecords(target.catalog, {
    catalogId: ulid(store.clock(), store.random),
    preferred: await currentOfConflicting(store),
  });
  const sources = await store.catalog.selectFrom("sources").select(["kind", "place", "since"]).execute();
  const inAws = sources.filter(({ kind }) => kind !== "folder").map(({ since }) => since);
  return {
    folders: [...new Set(sources.filter(({ kind }) => kind === "folder").map(({ place }) => place))],
    discover: inAws.length > 0,
    since: inAws.length === 0 ? null : new Date(Math.min(...inAws)).toISOString(),
  };
}

/**
 * Takes over the sums of days whose calls retention has taken: no source is read so far back. Says how many days they were. Days of which
 * either store holds calls are left alone: those are summed when they are read.
 */
export async function carrySums(from: Store, into: Store, lease: Lease): Promise<number> {
  const kept = await daysOf(from, tableNames.filter(isSummed));
  const read = new Set([
    ...(await daysOf(from, ["invocations"])).map(({ dt }) => dt),
    ...(await daysOf(into, ["invocations", ...tableNames.filter(isSummed)])).map(({ dt }) => dt),
  ]);
  const old = kept.filter(({ dt }) => !read.has(dt));
  if (old.length === 0) return 0;
  const batchId = ulid(into.clock(), into.random);
  const segments: StagedSegment[] = [];
  for (const segment of old) segments.push(await stagedCopy(from, into, segment, batchId));
  await commit(into, lease, { batchId, kind: "retain", segments });
  return new Set(old.map(({ dt }) => dt)).size;
}

/** A UTC day and its calls in both stores. */
export interface ShortDay {
  readonly dt: string;
  readonly before: number;
  readonly now: number;
}

/** Days of which the new store holds fewer calls than the old one: their sources show them no more, or were not read. */
export async function shortDays(from: Store, into: Store): Promise<readonly ShortDay[]> {
  const [before, now] = [await callsByDay(from), await callsByDay(into)];
  return [...before]
    .map(([dt, calls]) => ({ dt, before: calls, now: now.get(dt) ?? 0 }))
    .filter((day) => day.now < day.before);
}

async function callsByDay({ catalog }: Store): Promise<ReadonlyMap<string, number>> {
  const days = await catalog
    .selectFrom("segments")
    .select(({ fn }) => ["dt", fn.sum<number>("rows").as("calls")])
    .where("tbl", "=", "invocations")
    .where("replaced_snapshot", "is", null)
    .groupBy("dt")
    .orderBy("dt")
    .execute();
  return new Map(days.map(({ calls, dt }) => [dt, Number(calls)]));
}

function daysOf({ catalog }: Store, names: readonly TableName[]): Promise<(LiveSegment & { sha256: string })[]> {
  return catalog
    .selectFrom("segments")
    .select([...liveColumns, "sha256"])
    .where("tbl", "in", names)
    .where("replaced_snapshot", "is", null)
    .orderBy("dt")
    .orderBy("id")
    .execute();
}

async function stagedCopy(
  from: Store,
  into: Store,
  segment: LiveSegment & { readonly sha256: string },
  batchId: string,
): Promise<StagedSegment> {
  const { dt, id, max_ts: maxTime, min_ts: minTime, rows, schema_version: schemaVersion, sha256 } = segment;
  const table = tableOf(segment);
  if (table === null) throw new Error(`segment ${id} is of no known table`);
  const stagedFile = path.join(stagingFolder(into.paths, into.disk, batchId), `${id}.parquet`);
  copyFileSync(path.join(from.paths.root, segment.path), stagedFile);
  const sealed = await sealFile(stagedFile);
  if (sealed.sha256 !== sha256) throw new Error(`segment ${id} is not what was committed`);
  return { table, dt, stagedFile, rows, ...sealed, minTime, maxTime, schemaVersion };
}

const maxConflicts = 1_000_000;

/** The hash of the current copy of each call that has a conflicting one, by the hash of its identity. */
async function currentOfConflicting({ batch }: Store): Promise<ReadonlyMap<string, string>> {
  const { rows } = await batch.query(
    sql`/* rebuild/current-of-conflicting */
      select distinct s.account_id || '/' || s.region || '/' || s.request_id as id, cast(s.record_hash as varchar) as record_hash
      from invocations as s
      join copies as c on c.account_id = s.account_id and c.region = s.region and c.request_id = s.request_id
      where s.dt >= '0000' and c.dt >= '0000' and c.reason = 'conflicting'`,
    { maxRows: maxConflicts },
  );
  return new Map(rows.map((row) => [identityHash(String(row["id"])), String(row["record_hash"])]));
}

/**
 * What five attempts in a day have shown to be damaged need not be shown again: what is readable of it is taken at once. The damage
 * begins where its entry in quarantine does, which alone ends with the compressed file. What was listed and gone, or could never be read,
 * is lost until it is listed again.
 */
const unreadStates = `'vanished', 'crashed', 'oversize', 'denied', 'archived', 'corrupt'`;
const rereadUnits = [
  `delete from units where kind = 'body' or not (max_bytes is not null or state in ('partial', ${unreadStates}))`,
  `update units set read = 0, stored = 0, duplicates = 0, quarantined = 0, ignored = 0, ignored_by = '{}', first_at = null,
    snapshot = null, deaths = 0, suspect = 0, unseen_deaths = 0, first_death_at = null, next_attempt_at = null,
    bytes = case when state != 'partial' then 0 else coalesce((select max(byte_from) from quarantine
      where unit_id = units.id and reason = units.error_code and byte_to = units.size), 0) end,
    attempts = case when state = 'partial' then attempts else 0 end, kept = 0,
    error_code = case when state in ('partial', ${unreadStates}) then error_code end,
    state = case when state = 'partial' then 'corrupt' when state = 'vanished' then 'vanished'
      when state in (${unreadStates}) and max_bytes is null then 'vanished' else 'listed' end`,
  `delete from windows where not exists (
    select 1 from units where units.source_id = windows.source_id and units.window_start = windows.start_at)`,
  `update windows set state = 'open', passes = 0, pages = 0, objects = 0, read = 0, stored = 0, duplicates = 0, quarantined = 0,
    ignored = 0, digest = null, digest_at = null, prev_digest = null, prev_digest_at = null, token = null, token_at = null,
    next_pass_at = null, passed_at = null, failures = 0, error_code = null, late_at = null, known = null, known_units = null, lost = 0,
    digest_up = null, moved_done = 0, moved_ignored = 0, moved_by = '{}'`,
];

function forgetRecords(
  catalog: string,
  { catalogId, preferred }: { readonly catalogId: string; readonly preferred: ReadonlyMap<string, string> },
): void {
  const database = new Database(catalog);
  try {
    database.exec("begin immediate");
    for (const change of rereadUnits) database.exec(change);
    for (const table of readAgain) database.exec(`delete from ${table}`);
    database.exec("update sources set last_ok_at = null, tail_at = null");
    const set = database.prepare("update meta set value = ? where key = ?");
    set.run([catalogId, "catalog_id"]);
    set.run(["refilling", "state"]);
    const prefer = database.prepare(
      "insert or replace into preferred_copies (identity_hash, record_hash) values (?, ?)",
    );
    for (const named of preferred) prefer.run([...named]);
    database.exec("commit");
  } finally {
    database.close();
  }
}
