import { createHash } from "node:crypto";
import { sql } from "kysely";
import { noCounts, type Counts } from "../../domain/coverage.ts";
import { bytesOf } from "./event-hashes.ts";
import { type Catalog, parts, type Unit } from "./ledger.ts";
import { type KnownUnits, knownWithout, unitHash } from "./settled-units.ts";

/** The error of a unit whose rows were lost and that its source does not show any more. */
export const segmentLost = "SegmentLost";

/** A unit whose rows on a lost day were taken out; its `kept` stay in the lake. */
type Undone = Unit & { readonly moved: boolean };

type InWindow = Pick<Unit, "source_id" | "window_start">;

/** Windows of which rows were lost: what they hold is not complete any more. */
export async function markLost(trx: Catalog, units: readonly InWindow[]): Promise<void> {
  await eachWindow(units, async ([{ source_id: id, window_start: start }]) => {
    await trx
      .updateTable("windows")
      .set({ lost: 1, state: sql`case state when 'settled' then 'provisional' else state end` })
      .where("source_id", "=", id)
      .where("start_at", "=", start)
      .where("lost", "=", 0)
      .execute();
  });
}

/** Units of which nothing was lost after all: their windows wait for nothing. */
export const markWhole = (trx: Catalog, units: readonly InWindow[]): Promise<void> => settleLost(trx, units, 0);

/** Nothing of these windows comes again: what is left of them is all that there is. */
export const markGone = (trx: Catalog, units: readonly InWindow[]): Promise<void> => settleLost(trx, units, 3);

async function settleLost(trx: Catalog, units: readonly InWindow[], lost: 0 | 3): Promise<void> {
  await eachWindow(units, async ([{ source_id: id, window_start: start }]) => {
    await trx
      .updateTable("windows")
      .set({ lost })
      .where("source_id", "=", id)
      .where("start_at", "=", start)
      .where("lost", "=", 1)
      .execute();
  });
}

async function eachWindow<U extends InWindow>(
  units: readonly U[],
  work: (units: readonly [U, ...U[]]) => Promise<void>,
): Promise<void> {
  const windows = new Map<string, [U, ...U[]]>();
  for (const unit of units) {
    const name = `${unit.window_start} ${unit.source_id}`;
    const known = windows.get(name);
    if (known === undefined) windows.set(name, [unit]);
    else known.push(unit);
  }
  for (const of of windows.values()) await work(of);
}

interface TakenBack {
  readonly again: readonly Undone[];
  readonly gone: readonly Undone[];
  /** Now, in ms. */
  readonly at: number;
}

/**
 * Ledger rows of units whose day was taken out, in the transaction of that commit: each counts what it still has in the lake, and waits to
 * be read again, or is gone. Their windows lose their completeness. Returns the files of quarantined bytes that nobody names any more.
 */
export async function takeBackUnits(trx: Catalog, { again, at, gone }: TakenBack): Promise<readonly string[]> {
  const isAgain = new Set(again.map(({ id }) => id));
  const pages = new Map<string, Undone>();
  for (const unit of again) await putBack(trx, unit, await asWaiting(trx, unit));
  for (const unit of gone) await putBack(trx, unit, asGone);
  const files = await dropQuarantined(trx, again);
  for (const page of again.filter(({ kind }) => kind === "page")) pages.set(pageWindow(page), page);
  for (const page of pages.values()) await awaitEvents(trx, page, at);
  await eachWindow([...again, ...gone], async (units) => reopen(trx, units, isAgain));
  return files;
}

function pageWindow({ source_id: id, window_start: start }: Undone): string {
  return `${start} ${id}`;
}

const windowMs = 3_600_000;

/** The events of a window whose pages are listed anew: those that do not come with any of them are lost, and stay told. */
async function awaitEvents(trx: Catalog, { source_id: id, window_start: start }: Undone, at: number): Promise<void> {
  const window = await trx
    .selectFrom("windows")
    .select("known")
    .where("source_id", "=", id)
    .where("start_at", "=", start)
    .executeTakeFirstOrThrow();
  const events = bytesOf(window.known);
  if (events.length === 0) return;
  const waiting = {
    state: "vanished",
    error_code: segmentLost,
    error: "What was stored of its events was lost; they have not come again.",
    events,
  };
  await trx
    .insertInto("units")
    .values({
      source_id: id,
      window_start: start,
      kind: "page",
      key: `${start}-${start + windowMs - 1}/again`,
      version: createHash("sha256").update(events).digest("hex"),
      last_modified: null,
      seen_at: at,
      size: 0,
      rule: null,
      next_attempt_at: null,
      snapshot: null,
      ...waiting,
    })
    .onConflict((conflict) => conflict.columns(["source_id", "key", "version"]).doUpdateSet(waiting))
    .execute();
}

type Waiting = Pick<Unit, "state" | "error_code" | "error" | "bytes" | "attempts">;

const asGone = {
  state: "vanished",
  error_code: segmentLost,
  error: "Records of it were lost, and its source does not show it any more.",
} as const;

/** What five attempts have shown to be damaged need not be shown again. */
async function asWaiting(trx: Catalog, unit: Undone): Promise<Waiting> {
  if (unit.state !== "partial") return { state: "listed", error_code: null, error: null, bytes: 0, attempts: 0 };
  const { at } = await trx
    .selectFrom("quarantine")
    .select(({ fn }) => fn.max<number | null>("byte_from").as("at"))
    .where("unit_id", "=", unit.id)
    .where("reason", "=", unit.error_code ?? "")
    .where("byte_to", "=", unit.size)
    .executeTakeFirstOrThrow();
  const { attempts, error, error_code } = unit;
  return { state: "corrupt", error_code, error, bytes: at ?? 0, attempts };
}

/** What a page brought is known by its events, and comes with other pages: what it has left in the lake stays counted by it. */
async function putBack(trx: Catalog, unit: Undone, change: Partial<Waiting>): Promise<void> {
  const { moved, ...row } = unit;
  const isGone = change.state === "vanished";
  const isPage = unit.kind === "page" && !isGone;
  if (isPage && unit.kept === 0) {
    await trx.deleteFrom("units").where("id", "=", unit.id).execute();
    return;
  }
  const left = { ...countsLeft(unit, isGone), ignored_by: "{}", next_attempt_at: null, deaths: 0, suspect: 0 };
  // Under its own name it would pass for what is listed anew.
  const aside = { kept: 0, version: createHash("sha256").update(`kept of ${unit.version}`).digest("hex") };
  const set = { ...left, ...(isPage ? aside : { ...change, kept: unit.kept }) };
  if (moved)
    await trx
      .insertInto("units")
      .values({ ...row, ...set, events: null })
      .execute();
  else await trx.updateTable("units").set(set).where("id", "=", unit.id).execute();
}

/** What is gone keeps what stands of it in quarantine. */
function countsLeft({ kept, quarantined }: Pick<Unit, "kept" | "quarantined">, isGone: boolean): Counts {
  const held = isGone ? quarantined : 0;
  return { ...noCounts, read: kept + held, stored: kept, quarantined: held };
}

/** What stands in quarantine comes again with the unit; what a person has dismissed stays dismissed. */
async function dropQuarantined(trx: Catalog, units: readonly Undone[]): Promise<readonly string[]> {
  const files: string[] = [];
  for (const part of parts(units, 500)) {
    const pages = part.filter(({ kind }) => kind === "page").map(({ id }) => id);
    const dropped = await trx
      .deleteFrom("quarantine")
      .where(
        "unit_id",
        "in",
        part.map(({ id }) => id),
      )
      .where((where) => where.or([where("state", "!=", "dismissed"), where("unit_id", "in", pages)]))
      .returning("file")
      .execute();
    files.push(...dropped.flatMap(({ file }) => file ?? []));
  }
  return files;
}

async function reopen(
  trx: Catalog,
  units: readonly [Undone, ...Undone[]],
  isAgain: ReadonlySet<number>,
): Promise<void> {
  const [{ source_id: id, window_start: start }] = units;
  const window = await trx
    .selectFrom("windows")
    .select([
      "known",
      "known_units",
      "moved_done",
      "read",
      "stored",
      "duplicates",
      "quarantined",
      "ignored",
      "moved_by",
    ])
    .where("source_id", "=", id)
    .where("start_at", "=", start)
    .executeTakeFirstOrThrow();
  const less = (name: keyof Counts) =>
    units.reduce((sum, unit) => sum + unit[name] - countsLeft(unit, !isAgain.has(unit.id))[name], 0);
  const comesAgain = units.some((unit) => isAgain.has(unit.id));
  await trx
    .updateTable("windows")
    .set({
      read: window.read - less("read"),
      stored: window.stored - less("stored"),
      duplicates: window.duplicates - less("duplicates"),
      quarantined: window.quarantined - less("quarantined"),
      ignored: window.ignored - less("ignored"),
      moved_done: window.moved_done - units.filter(({ moved }) => moved).length,
      moved_by: movedRulesWithout(window.moved_by, units),
      ...knownAfter(window, units, isAgain),
      ...(comesAgain ? incomplete : { lost: 0 }),
    })
    .where("source_id", "=", id)
    .where("start_at", "=", start)
    .execute();
  // What came in the hour that is open is listed anew from its start.
  if (comesAgain) await trx.updateTable("sources").set({ tail_at: null }).where("id", "=", id).execute();
}

const incomplete = {
  lost: 2,
  state: "open",
  passes: 0,
  digest: null,
  digest_at: null,
  digest_up: null,
  prev_digest: null,
  prev_digest_at: null,
  passed_at: null,
  next_pass_at: null,
  failures: 0,
  error_code: null,
} as const;

function movedRulesWithout(movedBy: string, units: readonly Undone[]): string {
  const rules = new Map(Object.entries(JSON.parse(movedBy) as Record<string, number>));
  for (const { ignored_by } of units.filter(({ moved }) => moved))
    for (const [rule, count] of Object.entries(JSON.parse(ignored_by) as Record<string, number>))
      rules.set(rule, (rules.get(rule) ?? 0) - count);
  return JSON.stringify(Object.fromEntries([...rules].filter(([, count]) => count !== 0)));
}

/** Events of pages that come again are to be listed as new; units that are in the catalog again are known by it. */
function knownAfter(window: KnownUnits, units: readonly Undone[], isAgain: ReadonlySet<number>) {
  if (units.some(({ id, kind }) => kind === "page" && isAgain.has(id))) return { known: null };
  const back = units.filter(({ kind, moved }) => moved && kind !== "page").map(unitHash);
  return back.length === 0 ? {} : knownWithout(window, back);
}
