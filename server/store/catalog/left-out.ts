import type { Counts } from "../../domain/coverage.ts";
import { addToWindow, addWindows, type Catalog, parts } from "./ledger.ts";

/** State of a window, and rule, of what is older than what is read. */
export const beforeSince = "before-since";

/** Objects of an hour that is not read. Times are ms. */
export interface LeftOut {
  readonly key: string;
  readonly start: number;
  readonly end: number;
  readonly bytes: number;
  /** Rule → objects. */
  readonly ignoredBy: Readonly<Record<string, number>>;
}

/**
 * Counts objects of hours that are not read, all of one folder as one unit. What was counted and has gone since stays counted; an hour
 * that is read is left alone, as its own listing counts it.
 */
export async function noteLeftOut(
  catalog: Catalog,
  sourceId: string,
  left: readonly LeftOut[],
  now: number,
): Promise<void> {
  await catalog.transaction().execute(async (trx) => {
    await openLeftOut(trx, sourceId, left);
    const unread = await leftOutAmong(
      trx,
      sourceId,
      left.map(({ start }) => start),
    );
    for (const hour of left) if (unread.has(hour.start)) await noteHour(trx, sourceId, hour, now);
  });
}

/** Objects that lie in no hour's folder. */
export interface Loose {
  readonly key: string;
  /** Start of the day under which it is shown, in ms; null: that of its first count. */
  readonly day: number | null;
  readonly bytes: number;
  /** Rule → objects. Empty: the folder is read now. */
  readonly ignoredBy: Readonly<Record<string, number>>;
  /** It is that of several sources of one place, and counts for the one that counted it first. */
  readonly isShared: boolean;
}

/** Versions of the units that stand for a folder's objects, and for all logs of others in one; no object has them. */
const noHour = "no-hour";
const ofOthers = "of-others";
const rulesOfOthers: readonly string[] = ["other-account", "other-region"];

/**
 * Counts objects that lie in no hour's folder, all of one folder as one unit. What was counted and has gone since stays counted; that of a
 * folder that is read now does not, as its objects are counted as what they are.
 */
export async function noteLoose(
  catalog: Catalog,
  sourceId: string,
  loose: readonly Loose[],
  now: number,
): Promise<void> {
  if (loose.length === 0) return;
  await catalog.transaction().execute(async (trx) => {
    await openLeftOut(trx, sourceId, [{ start: 0, end: 0 }]);
    for (const { day, ignoredBy, isShared, ...folder } of loose) {
      const [rule, ...others] = Object.keys(ignoredBy);
      const version = rule === undefined || rulesOfOthers.includes(rule) ? ofOthers : noHour;
      const counting = isShared ? await firstToCount(trx, sourceId, { key: folder.key, version }) : sourceId;
      const one = others.length === 0 ? rule : "not-a-log";
      if (one === undefined) await takeBack(trx, counting, folder.key);
      else await noteFolder(trx, counting, { ...folder, ignoredBy, start: 0, firstAt: day, rule: one, version }, now);
    }
  });
}

async function takeBack(trx: Catalog, sourceId: string, key: string): Promise<void> {
  const unit = await trx
    .deleteFrom("units")
    .where("source_id", "=", sourceId)
    .where("key", "=", key)
    .where("version", "=", ofOthers)
    .returning(["read"])
    .executeTakeFirst();
  if (unit === undefined) return;
  await addToWindow(trx, sourceId, 0, {
    read: -unit.read,
    stored: 0,
    duplicates: 0,
    quarantined: 0,
    ignored: -unit.read,
  });
}

/** The source of the same place that has counted this folder; this one, if none has. */
async function firstToCount(
  trx: Catalog,
  sourceId: string,
  { key, version }: { readonly key: string; readonly version: string },
): Promise<string> {
  const place = sourceId.split(":").slice(0, 2).join(":");
  // All that begins with the place and a colon, whatever characters stand in it: a semicolon is the next one.
  const others = trx.selectFrom("sources").select("id").where("id", ">=", `${place}:`).where("id", "<", `${place};`);
  const known = await trx
    .selectFrom("units")
    .select("source_id")
    .where("source_id", "in", others)
    .where("key", "=", key)
    .where("version", "=", version)
    .executeTakeFirst();
  return known?.source_id ?? sourceId;
}

function noteHour(trx: Catalog, sourceId: string, { bytes, ignoredBy, key, start }: LeftOut, now: number) {
  const folder = { bytes, ignoredBy, key, start, firstAt: null, rule: beforeSince, version: beforeSince };
  return noteFolder(trx, sourceId, folder, now);
}

interface CountedFolder extends Omit<LeftOut, "end"> {
  readonly firstAt: number | null;
  readonly rule: string;
  readonly version: string;
}

async function noteFolder(trx: Catalog, sourceId: string, folder: CountedFolder, now: number): Promise<void> {
  const { bytes, firstAt, ignoredBy, key, rule, start, version } = folder;
  const objects = Object.values(ignoredBy).reduce((sum, count) => sum + count, 0);
  const known = await trx
    .selectFrom("units")
    .select(["id", "read"])
    .where("source_id", "=", sourceId)
    .where("key", "=", key)
    .where("version", "=", version)
    .executeTakeFirst();
  const more = objects - (known?.read ?? 0);
  if (more <= 0) return;
  const numbers = { size: bytes, read: objects, ignored: objects, ignored_by: JSON.stringify(ignoredBy), rule };
  if (known !== undefined)
    await trx
      .updateTable("units")
      .set({ ...numbers, seen_at: now })
      .where("id", "=", known.id)
      .execute();
  else
    await trx
      .insertInto("units")
      .values({
        source_id: sourceId,
        window_start: start,
        kind: "object",
        key,
        version,
        last_modified: null,
        state: "ignored",
        next_attempt_at: null,
        error_code: null,
        error: null,
        snapshot: null,
        // Where it names no day, the first count does, for good: a day's numbers stay the day's.
        first_at: firstAt ?? (start === 0 ? now : null),
        seen_at: now,
        ...numbers,
      })
      .execute();
  const added: Counts = { read: more, stored: 0, duplicates: 0, quarantined: 0, ignored: more };
  await addToWindow(trx, sourceId, start, added);
}

/** Windows that hold what is counted and not read; one that is known stays as it is. */
export function openLeftOut(
  trx: Catalog,
  sourceId: string,
  windows: readonly { readonly start: number; readonly end: number }[],
): Promise<void> {
  return addWindows(trx, sourceId, windows, beforeSince);
}

async function leftOutAmong(trx: Catalog, sourceId: string, starts: readonly number[]): Promise<ReadonlySet<number>> {
  const found = new Set<number>();
  for (const part of parts(starts, 500)) {
    const rows = await trx
      .selectFrom("windows")
      .select("start_at")
      .where("source_id", "=", sourceId)
      .where("state", "=", beforeSince)
      .where("start_at", "in", part)
      .execute();
    for (const { start_at: start } of rows) found.add(start);
  }
  return found;
}

/** Hours that were counted and not read are to be read from now on: their listing counts them anew. */
export async function readLeftOut(catalog: Catalog, sourceId: string, starts: readonly number[]): Promise<void> {
  await catalog.transaction().execute(async (trx) => {
    const unread = await leftOutAmong(trx, sourceId, starts);
    for (const part of parts([...unread], 500)) {
      await trx.deleteFrom("units").where("source_id", "=", sourceId).where("window_start", "in", part).execute();
      await trx
        .updateTable("windows")
        .set({ state: "open", passes: 0, next_pass_at: null, read: 0, ignored: 0 })
        .where("source_id", "=", sourceId)
        .where("start_at", "in", part)
        .execute();
    }
  });
}
