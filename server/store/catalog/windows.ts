import { bytesOf } from "./event-hashes.ts";
import { beforeSince, readLeftOut } from "./left-out.ts";
import { amendReportRuns } from "./report-runs.ts";
import { addWindows, bodyKind, type Catalog, type Unit, waitingStates } from "./ledger.ts";

export interface WindowEntry {
  readonly start: number;
  readonly end: number;
}

/** Windows that will be looked at; until a pass over one is complete it is a hole. */
export async function openWindows(catalog: Catalog, sourceId: string, windows: readonly WindowEntry[]): Promise<void> {
  await readLeftOut(
    catalog,
    sourceId,
    windows.map(({ start }) => start),
  );
  await addWindows(catalog, sourceId, windows, "open");
}

/** Starts of the windows that touch a range and were opened. Times are ms. */
export async function windowsOpened(
  catalog: Catalog,
  sourceId: string,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<ReadonlySet<number>> {
  const rows = await catalog
    .selectFrom("windows")
    .select("start_at")
    .where("source_id", "=", sourceId)
    .where("state", "!=", beforeSince)
    .where("start_at", "<=", to)
    .where("end_at", ">", from)
    .execute();
  return new Set(rows.map(({ start_at: start }) => start));
}

/** Windows that a look may choose from. */
export interface DueOptions {
  readonly now: number;
  /** Only windows that have ended: what is newer comes by another way. */
  readonly ended: boolean;
}

/** The most windows that are given at once. */
export const dueAtOnce = 1_000;

/** Windows that were never passed over, or whose next pass is due: newest first, and last those whose last pass failed. */
export async function dueWindows(
  catalog: Catalog,
  sourceId: string,
  { ended, now }: DueOptions,
): Promise<readonly WindowEntry[]> {
  const rows = await catalog
    .selectFrom("windows")
    .select(["start_at", "end_at"])
    .where("source_id", "=", sourceId)
    .where("state", "!=", beforeSince)
    .where((where) => where.or([where("passes", "=", 0), where("next_pass_at", "<=", now)]))
    .$if(ended, (query) => query.where("end_at", "<=", now))
    .orderBy((order) => order("failures", ">", 0))
    .orderBy("start_at", "desc")
    .limit(dueAtOnce)
    .execute();
  return rows.map((row) => ({ start: row.start_at, end: row.end_at }));
}

/** A pass that was not complete: the window stays what it was. */
export async function notePassFailure(catalog: Catalog, sourceId: string, start: number, code: string): Promise<void> {
  await catalog
    .updateTable("windows")
    .set((column) => ({ failures: column("failures", "+", 1), error_code: code }))
    .where("source_id", "=", sourceId)
    .where("start_at", "=", start)
    .execute();
}

/** What took the place of a unit is to be listed at once, unless it was already: until then its window is a hole. */
export async function askForNewer(
  catalog: Catalog,
  { id, key, source_id: sourceId, window_start: start }: Unit,
): Promise<void> {
  const newer = await catalog
    .selectFrom("units")
    .select("id")
    .where("source_id", "=", sourceId)
    .where("window_start", "=", start)
    .where("key", "=", key)
    .where("id", ">", id)
    .limit(1)
    .executeTakeFirst();
  if (newer !== undefined) return;
  await listAgain(catalog, sourceId, start);
}

/** Windows of a source that are to be listed as if they never had been: the one that begins then, or all. */
export async function listAgain(catalog: Catalog, sourceId: string, start: number | null = null): Promise<void> {
  await catalog
    .updateTable("windows")
    .set({ passes: 0, next_pass_at: null })
    .where("source_id", "=", sourceId)
    .$if(start !== null, (query) => query.where("start_at", "=", start))
    .execute();
}

/** What one complete pass over a window showed. */
export interface Pass {
  readonly start: number;
  /** Of all keys and versions, or ids of events, in any order. */
  readonly digest: string;
  readonly units: number;
  /** When it began. */
  readonly at: number;
  /** When it wants to be looked at again; null: whenever all is looked at. */
  readonly nextPassAt: number | null;
  /** How long this machine has run, in ms, where no one else tells the time of the source; null: someone does. */
  readonly uptime: number | null;
}

/** What is known of a window when a pass over it is complete. */
export interface WindowBefore {
  readonly end: number;
  readonly state: string;
  readonly digest: string | null;
  /** Since when the digest is this one; null while the window was open. */
  readonly digestAt: number | null;
  /** For how long at least this machine has run with this digest, whatever its clock says; null: another one tells the time. */
  readonly ranMs: number | null;
  /** Units of it wait to be read. */
  readonly waiting: boolean;
  /** Rows of it were lost, and its source has not been asked for them. */
  readonly lost: boolean;
  /** When something was last seen that no complete pass had shown; null: nothing. */
  readonly freshAt: number | null;
}

const settlingMs = 12 * 3_600_000;
/** Records come within this time after their hour, as a rule. */
const inTimeMs = 35 * 60_000;

/**
 * What a complete pass makes of a window: `open` until its end, then `provisional`, and `settled` when an equal pass lies at least
 * 12 hours back, also by a clock that nobody can set, and no unit waits. New data begins again, and is late when it comes long after the window's end; what a source
 * has dropped since changes nothing that had settled.
 */
export function passedOver(
  window: WindowBefore,
  { at, digest }: Pick<Pass, "at" | "digest">,
): { readonly state: "open" | "provisional" | "settled"; readonly digestAt: number | null; readonly late: boolean } {
  if (window.end > at) return { state: "open", digestAt: null, late: false };
  const same = window.digest === digest;
  // Flat files of a folder have no hour that they could be late for.
  const isHour = window.end > 0;
  const fresh = window.freshAt !== null && window.freshAt > window.end + inTimeMs;
  const late = isHour && !same && window.state !== "open" && fresh;
  if (!same && window.state === "settled" && window.freshAt === null)
    return { state: "settled", digestAt: window.digestAt, late: false };
  const digestAt = same ? (window.digestAt ?? at) : at;
  const held = at - digestAt >= settlingMs && (window.ranMs ?? Infinity) >= settlingMs;
  const settled = same && (held || window.state === "settled") && !window.waiting && !window.lost;
  return { state: settled ? "settled" : "provisional", digestAt, late };
}

/** A record may lie in the folder of a neighbouring hour. */
const neighbourMs = 3_600_000;

/** Reports over a window that was read whole before do not count what has come to it since. */
async function amendReports(
  catalog: Catalog,
  sourceId: string,
  { end, start }: WindowEntry,
  at: number,
): Promise<void> {
  const source = await catalog
    .selectFrom("sources")
    .select(["kind", "account_id", "region"])
    .where("id", "=", sourceId)
    .executeTakeFirstOrThrow();
  const { account_id: accountId, kind, region } = source;
  const slack = kind === "cloudwatch" ? 0 : neighbourMs;
  const target = accountId === null || region === null ? null : { accountId, region };
  await amendReportRuns(catalog, { from: start - slack, to: end + slack, at, target });
}

/** Takes a complete pass into the window. `now`: when its last units were put into the ledger. */
export async function closePass(catalog: Catalog, sourceId: string, pass: Pass, now: number): Promise<void> {
  const row = await catalog
    .selectFrom("windows")
    .select(["end_at", "passes", "digest", "digest_at", "digest_up", "passed_at", "state", "late_at", "lost"])
    .where("source_id", "=", sourceId)
    .where("start_at", "=", pass.start)
    .executeTakeFirst();
  if (row === undefined) return;
  const { freshAt, waiting } = await unitsOf(catalog, sourceId, pass.start, row.passed_at);
  const { digest, digest_at: since, digest_up: up, end_at: end } = row;
  const before = {
    end,
    state: row.state,
    digest,
    digestAt: since,
    ranMs: ranSince(up, pass.uptime),
    waiting,
    lost: row.lost === 1,
    freshAt,
  };
  const { digestAt, late, state } = passedOver(before, pass);
  if (late) await amendReports(catalog, sourceId, { start: pass.start, end }, now);
  await catalog
    .updateTable("windows")
    .set({
      state,
      passes: row.passes + 1,
      passed_at: now,
      failures: 0,
      error_code: null,
      objects: pass.units,
      digest: pass.digest,
      digest_at: digestAt,
      digest_up: digestAt === since && up !== null ? up : pass.uptime,
      prev_digest: row.digest,
      prev_digest_at: row.digest_at,
      late_at: late ? pass.at : row.late_at,
      next_pass_at: pass.nextPassAt,
      lost: row.lost === 2 ? 0 : row.lost,
    })
    .where("source_id", "=", sourceId)
    .where("start_at", "=", pass.start)
    .execute();
}

/** How long the machine has run since a pass at `up`: after a start anew, since that start. */
function ranSince(up: number | null, uptime: number | null): number | null {
  if (uptime === null) return null;
  return up === null ? 0 : uptime >= up ? uptime - up : uptime;
}

/** Whether units of a window wait, and when one was last seen that is newer than its last complete pass. */
async function unitsOf(catalog: Catalog, sourceId: string, start: number, passedAt: number | null) {
  const row = await catalog
    .selectFrom("units")
    .select(({ fn }) => [
      fn.countAll<number>().filterWhere("state", "in", waitingStates).as("waiting"),
      fn.max<number | null>("seen_at").as("seen"),
    ])
    .where("source_id", "=", sourceId)
    .where("window_start", "=", start)
    .where("kind", "!=", bodyKind)
    .executeTakeFirstOrThrow();
  const isFresh = row.seen !== null && (passedAt === null || row.seen > passedAt);
  return { waiting: row.waiting > 0, freshAt: isFresh ? row.seen : null };
}

/** Packed hashes of events that are in the lake, 8 bytes each. */
export async function addKnownEvents(trx: Catalog, sourceId: string, start: number, hashes: Uint8Array): Promise<void> {
  const row = await trx
    .selectFrom("windows")
    .select("known")
    .where("source_id", "=", sourceId)
    .where("start_at", "=", start)
    .executeTakeFirst();
  const known = Buffer.concat([bytesOf(row?.known), hashes]);
  await trx
    .updateTable("windows")
    .set({ known })
    .where("source_id", "=", sourceId)
    .where("start_at", "=", start)
    .execute();
}
