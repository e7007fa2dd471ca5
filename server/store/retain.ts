import path from "node:path";
import { errorCode, UserError } from "../lib/errors.ts";
import { utcDay } from "../lib/time.ts";
import { isHeld, listHolds } from "./catalog/holds.ts";
import { LeaseLost } from "./commit.ts";
import { isSummed } from "./compact.ts";
import { retainDamaged } from "./damaged-files.ts";
import { asDiskTrouble } from "./disk-trouble.ts";
import { dropRows, type Keep } from "./drop-rows.ts";
import type { Lease } from "./lease.ts";
import { sql } from "./sql.ts";
import type { Store } from "./store.ts";
import { type TableName, tableNames } from "./tables.ts";

/** Days that each kind of row is kept. */
export interface Retention {
  /** Prompts, answers, and the bytes in quarantine. */
  readonly content: number;
  /** With the signals and copies of the same calls. */
  readonly invocations: number;
  /** Sums; those of an account and day stay as long as any of its calls does. */
  readonly rollups: number;
}

export const defaultRetention: Retention = { content: 90, invocations: 400, rollups: 1_100 };

const dayMs = 86_400_000;
const heldAccounts = `exists (from held where held.value = row.account_id)`;
/** A person asked for what lies in a folder: it has no age. */
const ofFolder = `starts_with(row.source_id, 'dir:')`;
/** A signal goes with its call: those of folders and held accounts stay. */
const ofKeptCall = `exists (from kept where kept.value = row.account_id || '/' || row.region || '/' || row.request_id)`;
/** Calls without their sums would be shown by no chart. */
const ofStoredCalls = `exists (from standing where standing.value = row.account_id)`;

/**
 * Takes whole days that are older than their time out of the lake, one commit a day. What folders gave and what a hold names stays; the
 * numbers of the ledger stay too. What is left of damaged files goes with the rows that it held. Says how many rows went. A day that fails holds no other one up: at the end
 * a `UserError` tells of the first.
 */
export async function retain(store: Store, lease: Lease, retention: Retention, signal?: AbortSignal): Promise<number> {
  let rows = 0;
  let failure: UserError | null = null;
  const kept = keptDays(store.catalog);
  const segments = await segmentsByDay(store.catalog);
  for (const [dt, due] of await dueDays(store, retention)) {
    if (signal?.aborted === true) break;
    const held = await accountsHeld(store, dt);
    const state = JSON.stringify([due, held, segments.get(dt)]);
    if (kept.get(dt) === state) continue;
    try {
      const dropped = await retainDay(store, lease, { dt, due, held });
      if (dropped === 0) kept.set(dt, state);
      rows += dropped;
    } catch (error) {
      if (error instanceof LeaseLost) throw error;
      store.log.warn({ event: "retention-failed", day: dt, code: errorCode(error) });
      failure ??= failureOf(store, dt, error);
    }
  }
  await dropQuarantined(store, store.clock() - retention.content * dayMs);
  await retainDamaged(store, (table) => oldestDay(store, table, retention));
  if (failure !== null) throw failure;
  return rows;
}

function failureOf({ paths }: Store, dt: string, cause: unknown): UserError {
  const disk = asDiskTrouble(cause, paths.root);
  if (disk instanceof UserError) return disk;
  return new UserError(
    `what is too old of ${dt} could not be taken out (${errorCode(cause)})`,
    'See "bedrock-audit ingest verify --hashes" for files that cannot be read; it is tried again by itself.',
    { exitCode: 3, cause },
  );
}

const daysOfCatalogs = new WeakMap<Store["catalog"], Map<string, string>>();

/**
 * Days of which all stayed when they were last looked at, with what that followed from. Those of folders stay for good: to read them anew
 * each hour would take minutes of it.
 */
function keptDays(catalog: Store["catalog"]): Map<string, string> {
  const days = daysOfCatalogs.get(catalog) ?? new Map<string, string>();
  daysOfCatalogs.set(catalog, days);
  return days;
}

/** What tells the live segments of a day from those that it had before or will have, by day. */
async function segmentsByDay(catalog: Store["catalog"]): Promise<ReadonlyMap<string, readonly unknown[]>> {
  const rows = await catalog
    .selectFrom("segments")
    .select(({ fn }) => ["dt", "tbl", fn.max("added_snapshot").as("newest"), fn.countAll<number>().as("count")])
    .where("replaced_snapshot", "is", null)
    .groupBy(["dt", "tbl"])
    .orderBy("dt")
    .orderBy("tbl")
    .execute();
  const days = new Map<string, unknown[]>();
  for (const { count, dt, newest, tbl } of rows) days.set(dt, [...(days.get(dt) ?? []), [tbl, newest, count]]);
  return days;
}

interface DueDay {
  readonly dt: string;
  readonly due: readonly TableName[];
  /** Accounts of which a hold keeps it. */
  readonly held: readonly string[];
}

async function retainDay(store: Store, lease: Lease, { dt, due, held }: DueDay): Promise<number> {
  const kept = due.includes("signals") ? await keptCalls(store, dt, held) : [];
  const standing = due.some(isSummed) ? await accountsWithCalls(store, dt) : [];
  const { rows } = await dropRows(store, lease, {
    kind: "retain",
    lists: { held, kept, standing },
    keeps: due.map((table): Keep => ({ table, dt, condition: conditionOf(table) })),
  });
  if (rows > 0) store.log.info({ event: "rows-retained", day: dt, dropped: rows });
  return rows;
}

function conditionOf(table: TableName): string {
  if (table === "signals") return `${heldAccounts} or ${ofKeptCall}`;
  return `${heldAccounts} or ${isSummed(table) ? ofStoredCalls : ofFolder}`;
}

function daysOf(table: TableName, { content, invocations, rollups }: Retention): number {
  if (table === "content") return content;
  return isSummed(table) ? rollups : invocations;
}

/** The first day that is kept. */
function oldestDay({ clock }: Pick<Store, "clock">, table: TableName, retention: Retention): string {
  return utcDay(clock() - daysOf(table, retention) * dayMs);
}

/** Tables by day that may hold something too old. */
async function dueDays(
  { catalog, clock }: Store,
  retention: Retention,
): Promise<readonly (readonly [string, readonly TableName[]])[]> {
  const days = new Map<string, TableName[]>();
  // The ledger keeps its numbers.
  for (const table of tableNames.filter((name) => name !== "units")) {
    const oldest = oldestDay({ clock }, table, retention);
    const rows = await catalog
      .selectFrom("segments")
      .select("dt")
      .distinct()
      .where("tbl", "=", table)
      .where("dt", "<", oldest)
      .where("replaced_snapshot", "is", null)
      .execute();
    for (const { dt } of rows) days.set(dt, [...(days.get(dt) ?? []), table]);
  }
  return [...days].toSorted(([a], [b]) => a.localeCompare(b));
}

async function accountsHeld({ catalog }: Store, dt: string): Promise<string[]> {
  const holds = await listHolds(catalog);
  return [...new Set(holds.filter(({ from, to }) => from <= dt && dt <= to).map(({ account }) => account))];
}

const maxKept = 5_000_000;

/** Calls of folders on that day. */
async function keptCalls({ batch }: Store, dt: string, held: readonly string[]): Promise<string[]> {
  const { rows } = await batch.query(
    sql`/* retain/kept */ select account_id || '/' || region || '/' || request_id as id, account_id
        from invocations where dt = ${dt} and starts_with(source_id, 'dir:')`,
    { maxRows: maxKept },
  );
  return rows.filter((row) => !held.includes(String(row["account_id"]))).map((row) => String(row["id"]));
}

async function accountsWithCalls({ batch }: Store, dt: string): Promise<string[]> {
  const { rows } = await batch.query(
    sql`/* retain/accounts-with-calls */ select distinct account_id from invocations where dt = ${dt}`,
    { maxRows: maxKept },
  );
  return rows.map((row) => String(row["account_id"]));
}

/** Bytes in quarantine are content: they go with it. Their entries stay. Those of a held day stay with it. */
async function dropQuarantined({ catalog, disk, paths }: Store, before: number): Promise<void> {
  const holds = await listHolds(catalog);
  const old = await catalog
    .selectFrom("quarantine")
    .innerJoin("sources", "sources.id", "quarantine.source_id")
    .innerJoin("units", "units.id", "quarantine.unit_id")
    .select(["quarantine.id", "quarantine.file", "sources.account_id", "units.window_start"])
    .where("quarantine.file", "is not", null)
    .where("quarantine.created_at", "<", before)
    .where("sources.kind", "!=", "folder")
    .execute();
  for (const { account_id: account, file, id, window_start: start } of old) {
    if (file === null || isHeld(holds, account, utcDay(start))) continue;
    disk.remove(path.join(paths.root, file));
    await catalog.updateTable("quarantine").set({ file: null }).where("id", "=", id).execute();
  }
}
