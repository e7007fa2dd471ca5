import { type Kysely, type Selectable, sql } from "kysely";
import type { Counts, UnitState } from "../../domain/coverage.ts";
import type { CatalogSchema, UnitsTable } from "./schema.ts";

/** The catalog, or a transaction of it. */
export type Catalog = Kysely<CatalogSchema>;

/** States of a unit that has not been accounted for yet: they hold the window open. */
export const waitingStates = ["listed", "fetching", "corrupt", "denied", "archived"] as const;
/** Kind of a unit that is the body of a stored record: it holds no window open, as its record is accounted for. */
export const bodyKind = "body";
/** Final states in which something is missing for good. */
export const lostStates = ["partial", "vanished", "oversize", "crashed"] as const;

export interface ListedUnit {
  readonly kind: "object" | "page" | "file";
  readonly key: string;
  readonly version: string;
  readonly size: number;
  readonly lastModified: number | null;
  readonly window: number;
  /** The rule by which it is counted and not read. */
  readonly ignored: string | null;
  /** Of a page: packed hashes of the events that it is to bring. */
  readonly events?: Uint8Array;
}

/**
 * Puts what a listing showed into the ledger; what is there already stays as it is. An ignored unit is one read and one ignored.
 * Returns the number of new units that are to be read.
 */
export async function noteUnits(
  catalog: Catalog,
  sourceId: string,
  units: readonly ListedUnit[],
  now: number,
): Promise<number> {
  let fresh = 0;
  for (const part of parts(units, 500)) {
    const inserted = await catalog
      .insertInto("units")
      .values(part.map((unit) => unitRow(sourceId, unit, now)))
      .onConflict((conflict) =>
        conflict
          .columns(["source_id", "key", "version"])
          // What was gone and is listed again is there again.
          .doUpdateSet((column) => ({
            state: "listed",
            seen_at: now,
            error_code: null,
            error: null,
            next_attempt_at: null,
            events: column.ref("excluded.events"),
          }))
          .where("units.state", "=", "vanished"),
      )
      .returning(["window_start", "state"])
      .execute();
    for (const { window_start: start, state } of inserted) {
      if (state === "ignored") await addToWindow(catalog, sourceId, start, oneIgnored);
      else fresh += 1;
    }
  }
  return fresh;
}

function unitRow(sourceId: string, unit: ListedUnit, now: number) {
  const { ignored } = unit;
  return {
    source_id: sourceId,
    window_start: unit.window,
    kind: unit.kind,
    key: unit.key,
    version: unit.version,
    size: unit.size,
    last_modified: unit.lastModified,
    state: ignored === null ? "listed" : "ignored",
    rule: ignored,
    read: ignored === null ? 0 : 1,
    ignored: ignored === null ? 0 : 1,
    ignored_by: JSON.stringify(ignored === null ? {} : { [ignored]: 1 }),
    next_attempt_at: null,
    error_code: null,
    error: null,
    seen_at: now,
    snapshot: null,
    events: unit.events ?? null,
  };
}

const oneIgnored: Counts = { read: 1, stored: 0, duplicates: 0, quarantined: 0, ignored: 1 };

export type Unit = Selectable<UnitsTable>;

/** Units that one group may hold; fewer after each time that one of them was being read when a reader died. */
const groupUnits = 1_024;
const readableStates = ["listed", "corrupt", "denied", "archived"] as const;

interface TakeOptions {
  readonly sourceIds: readonly string[];
  readonly now: number;
  readonly maxBytes: number;
  /** Nothing else is being read: only then are suspects taken. */
  readonly alone: boolean;
}

/**
 * Units that may be read now, as one group: newest window first whatever their source, so that a group touches few days; sources take
 * turns in an hour that holds more than a group; suspects come last and among themselves. They become `fetching`.
 */
export async function takeUnits(catalog: Catalog, options: TakeOptions): Promise<readonly Unit[]> {
  const units = await readable(catalog, options)
    .orderBy("suspect")
    .orderBy("window_start", "desc")
    .orderBy("id")
    .limit(groupUnits)
    .execute();
  const first = firstGroup(units, options.maxBytes);
  const group = isOfOneWindow(first) ? firstGroup(await byTurns(catalog, options, first), options.maxBytes) : first;
  await setState(catalog, group, { from: readableStates, to: "fetching" });
  return group;
}

function readable(catalog: Catalog, { alone, now, sourceIds }: Omit<TakeOptions, "maxBytes">) {
  return catalog
    .selectFrom("units")
    .selectAll()
    .where("source_id", "in", sourceIds)
    .where("kind", "!=", bodyKind)
    .where("state", "in", readableStates)
    .where((where) => where.or([where("next_attempt_at", "is", null), where("next_attempt_at", "<=", now)]))
    .where("suspect", "<=", alone ? Number.MAX_SAFE_INTEGER : 0);
}

function isOfOneWindow(units: readonly Unit[]): units is readonly [Unit, ...Unit[]] {
  const [first] = units;
  return first !== undefined && units.every(({ window_start: start }) => start === first.window_start);
}

/** Of the window of some units, and as suspect as they are: one of each source, then a second one of each, and so on. */
async function byTurns(
  catalog: Catalog,
  options: TakeOptions,
  [{ suspect, window_start: start }]: readonly [Unit, ...Unit[]],
): Promise<readonly Unit[]> {
  return readable(catalog, options)
    .where("window_start", "=", start)
    .where("suspect", "=", suspect)
    .orderBy(sql`row_number() over (partition by source_id order by id)`)
    .orderBy("id")
    .limit(groupUnits)
    .execute();
}

function firstGroup(units: readonly Unit[], maxBytes: number): readonly Unit[] {
  const suspect = units[0]?.suspect ?? 0;
  const most = Math.max(1, groupUnits >> (3 * suspect));
  let bytes = 0;
  const end = units.findIndex((unit, index) => {
    bytes += unit.size;
    return index > 0 && (index >= most || unit.suspect !== suspect || bytes > maxBytes);
  });
  return end === -1 ? units : units.slice(0, end);
}

/** When the next waiting unit of these sources may be tried again; null when none waits for a time. */
export async function nextAttemptAt(catalog: Catalog, sourceIds: readonly string[]): Promise<number | null> {
  const { at } = await catalog
    .selectFrom("units")
    .select(({ fn }) => fn.min("next_attempt_at").as("at"))
    .where("source_id", "in", sourceIds)
    .where("kind", "!=", bodyKind)
    .where("state", "in", readableStates)
    .executeTakeFirstOrThrow();
  return at;
}

/** How many units are due to be read, or to be tried again. */
export async function dueUnits(catalog: Catalog, sourceIds: readonly string[], now: number): Promise<number> {
  const due = readable(catalog, { alone: true, now, sourceIds }).clearSelect();
  return (await due.select(({ fn }) => fn.countAll<number>().as("units")).executeTakeFirstOrThrow()).units;
}

/** Gives units back untouched, so that they are read later; one that is accounted for stays so. */
export async function giveBack(catalog: Catalog, units: readonly Unit[]): Promise<void> {
  await setState(catalog, units, { from: ["fetching"], to: "listed" });
}

/** Whether any of these units is not accounted for. */
export async function areWaiting(catalog: Catalog, ids: readonly number[]): Promise<boolean> {
  for (const part of parts(ids, 500)) {
    const query = catalog.selectFrom("units").select("id").where("id", "in", part).where("state", "in", waitingStates);
    if ((await query.executeTakeFirst()) !== undefined) return true;
  }
  return false;
}

async function setState(
  catalog: Catalog,
  units: readonly Unit[],
  { from, to }: { readonly from: readonly UnitState[]; readonly to: UnitState },
): Promise<void> {
  for (const part of parts(units, 500)) {
    const ids = part.map(({ id }) => id);
    await catalog.updateTable("units").set({ state: to }).where("id", "in", ids).where("state", "in", from).execute();
  }
}

/** Windows that no pass was made over; one that is known stays as it is. Times are ms. */
export async function addWindows(
  catalog: Catalog,
  sourceId: string,
  windows: readonly { readonly start: number; readonly end: number }[],
  state: "open" | "before-since",
): Promise<void> {
  for (const part of parts(windows, 500))
    await catalog
      .insertInto("windows")
      .values(
        part.map(({ end, start }) => ({
          source_id: sourceId,
          start_at: start,
          end_at: end,
          state,
          digest: null,
          digest_at: null,
          prev_digest: null,
          prev_digest_at: null,
          token: null,
          token_at: null,
          next_pass_at: null,
          known: null,
        })),
      )
      .onConflict((conflict) => conflict.columns(["source_id", "start_at"]).doNothing())
      .execute();
}

/** Adds to the numbers of a window. */
export async function addToWindow(trx: Catalog, sourceId: string, start: number, counts: Counts): Promise<void> {
  await trx
    .updateTable("windows")
    .set((column) => ({
      read: column("read", "+", counts.read),
      stored: column("stored", "+", counts.stored),
      duplicates: column("duplicates", "+", counts.duplicates),
      quarantined: column("quarantined", "+", counts.quarantined),
      ignored: column("ignored", "+", counts.ignored),
    }))
    .where("source_id", "=", sourceId)
    .where("start_at", "=", start)
    .execute();
}

/** A unit that could not be read: our code and words, and when to try again (null: never, or at once for `listed`). */
export async function failUnit(
  catalog: Catalog,
  unit: Unit,
  failure: {
    readonly state: UnitState;
    readonly code: string;
    readonly error: string;
    readonly nextAttemptAt: number | null;
    /** Transport errors count no attempt. */
    readonly counted: boolean;
    /** Of a damaged unit: the compressed byte where the damage begins. */
    readonly bytes?: number;
  },
): Promise<void> {
  await catalog
    .updateTable("units")
    .set({
      state: failure.state,
      error_code: failure.code,
      error: failure.error,
      next_attempt_at: failure.nextAttemptAt,
      attempts: unit.attempts + (failure.counted ? 1 : 0),
      bytes: failure.bytes ?? unit.bytes,
    })
    .where("id", "=", unit.id)
    .execute();
}

/** SQLite binds a limited number of values a statement. */
export function* parts<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
