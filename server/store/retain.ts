import path from "node:path";
import { utcDay } from "../lib/time.ts";
import { isHeld, listHolds } from "./catalog/holds.ts";
import { dropRows, type Keep } from "./drop-rows.ts";
import type { Lease } from "./lease.ts";
import { sql } from "./sql.ts";
import type { Store } from "./store.ts";
import { isRollup, type TableName, tableNames } from "./tables.ts";

/** Days that each kind of row is kept. */
export interface Retention {
  /** Prompts, answers, and the bytes in quarantine. */
  readonly content: number;
  /** With the signals and copies of the same calls. */
  readonly invocations: number;
  readonly rollups: number;
}

export const defaultRetention: Retention = { content: 90, invocations: 400, rollups: 1_100 };

const dayMs = 86_400_000;
const heldAccounts = `exists (from held where held.value = row.account_id)`;
/** A person asked for what lies in a folder: it has no age. */
const ofFolder = `starts_with(row.source_id, 'dir:')`;
/** A signal goes with its call: those of folders and held accounts stay. */
const ofKeptCall = `exists (from kept where kept.value = row.account_id || '/' || row.region || '/' || row.request_id)`;

/**
 * Takes whole days that are older than their time out of the lake, one commit a day. What folders gave and what a hold names stays; the
 * numbers of the ledger stay too. Says how many rows went.
 */
export async function retain(store: Store, lease: Lease, retention: Retention, signal?: AbortSignal): Promise<number> {
  let rows = 0;
  for (const [dt, due] of await dueDays(store, retention)) {
    if (signal?.aborted === true) break;
    const held = await accountsHeld(store, dt);
    const kept = due.includes("signals") ? await keptCalls(store, dt, held) : [];
    const dropped = await dropRows(store, lease, {
      kind: "retain",
      lists: { held, kept },
      keeps: due.map((table): Keep => ({ table, dt, condition: conditionOf(table) })),
    });
    if (dropped.rows > 0) store.log.info({ event: "rows-retained", day: dt, dropped: dropped.rows });
    rows += dropped.rows;
  }
  await dropQuarantined(store, store.clock() - retention.content * dayMs);
  return rows;
}

function conditionOf(table: TableName): string {
  if (table === "signals") return `${heldAccounts} or ${ofKeptCall}`;
  return isRollup(table) || table === "sightings" ? heldAccounts : `${heldAccounts} or ${ofFolder}`;
}

function daysOf(table: TableName, { content, invocations, rollups }: Retention): number {
  if (table === "content") return content;
  return isRollup(table) || table === "sightings" ? rollups : invocations;
}

/** Tables by day that may hold something too old. */
async function dueDays(
  { catalog, clock }: Store,
  retention: Retention,
): Promise<readonly (readonly [string, readonly TableName[]])[]> {
  const days = new Map<string, TableName[]>();
  // The ledger keeps its numbers.
  for (const table of tableNames.filter((name) => name !== "units")) {
    const oldest = new Date(clock() - daysOf(table, retention) * dayMs).toISOString().slice(0, 10);
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
