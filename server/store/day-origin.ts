import { sql as statement } from "kysely";
import { bodyKind, type Catalog, parts, type Unit } from "./catalog/ledger.ts";
import { segmentLost } from "./catalog/undone-units.ts";
import type { LostDay } from "./lost-segments.ts";
import { raw, sql } from "./sql.ts";
import type { Row, Store } from "./store.ts";
import { type TableName, tableNames, tables } from "./tables.ts";

/* Which units have given a day its rows, by what the ledger, the commits and the rows themselves say. */

/** A unit that a day is read again from; its `kept` are its rows on other days, which stay. */
export interface UnitBehind extends Unit {
  /** Its row of the ledger lies in the lake. */
  readonly moved: boolean;
}

/** What a day came from. */
export interface DayOrigin {
  readonly units: readonly UnitBehind[];
  /** Calls of each unit that the day still has. */
  readonly rows: ReadonlyMap<number, number>;
  /** Units of which the day still has rows, be they calls or bodies. */
  readonly left: ReadonlySet<number>;
  /** False: rows of it belong to no unit that is known, so that it cannot be read again without counting them twice. */
  readonly accounted: boolean;
}

/** Everything of a day but the ledger. */
export const dayTables: readonly TableName[] = tableNames.filter((name) => name !== "units");
const dayMs = 86_400_000;
export const maxUnits = 5_000_000;

/** The units that a day came from, through whatever has rewritten its segments since. */
export async function originOf(store: Store, day: LostDay): Promise<DayOrigin> {
  const commits = await commitsOf(store.catalog, day);
  const onDay = await rowsByUnit(store, day.dt, "invocations");
  const bodies = await rowsByUnit(store, day.dt, "content");
  const start = Date.parse(`${day.dt}T00:00:00Z`);
  const wanted: Wanted = { commits, ids: onDay, from: start - dayMs, to: start + 2 * dayMs };
  const found = wholePages([...(await inCatalog(store.catalog, wanted)), ...(await inLake(store, wanted))], wanted);
  const kept = await rowsElsewhere(store, found, day.dt);
  const lost = sumOf(day.segments.filter(({ tbl }) => tbl === "invocations").map(({ rows }) => rows));
  // What retention took of them on other days is counted as stored, too.
  let taken = sumOf(found.map(({ stored }) => stored)) - sumOf(kept.values()) - sumOf(onDay.values()) - lost;
  const accounted = taken >= 0;
  // Which units retention took rows of is not known: then each may have lost some.
  const isSure = taken === 0;
  const behind = found
    .toSorted((a, b) => a.window_start - b.window_start || a.id - b.id)
    .map((unit): UnitBehind => {
      const here = kept.get(unit.id) ?? 0;
      const more = Math.min(Math.max(0, taken), unit.stored - here - (onDay.get(unit.id) ?? 0));
      taken -= more;
      return { ...unit, kept: here + more };
    });
  const left = new Set([...onDay.keys(), ...bodies.keys()]);
  const units = isSure ? thatMiss(behind, left) : behind;
  return { units, rows: onDay, left, accounted };
}

/** Units of which rows are missing or will be, or that met a call as a duplicate; a window of pages as a whole, for it knows its events as one. */
function thatMiss(units: readonly UnitBehind[], left: ReadonlySet<number>): UnitBehind[] {
  const misses = ({ duplicates, id, kept, stored }: UnitBehind) => stored > kept || duplicates > 0 || left.has(id);
  const windows = new Set(units.filter((unit) => unit.kind === "page" && misses(unit)).map(windowName));
  return units.filter((unit) => (unit.kind === "page" ? windows.has(windowName(unit)) : misses(unit)));
}

function windowName({ source_id: id, window_start: start }: Unit): string {
  return `${start} ${id}`;
}

function sumOf(numbers: Iterable<number>): number {
  return [...numbers].reduce((sum, number) => sum + number, 0);
}

interface Wanted {
  readonly commits: ReadonlySet<number>;
  /** Units with rows on the day. */
  readonly ids: ReadonlyMap<number, number>;
  /** Windows that may hold second copies of its calls, as those of flat files may. */
  readonly from: number;
  readonly to: number;
}

/** The commits that first gave the day its rows. */
async function commitsOf(catalog: Catalog, { dt, segments: lost }: LostDay): Promise<ReadonlySet<number>> {
  const segments = await catalog
    .selectFrom("segments")
    .select(["id", "tbl", "added_snapshot", "replaced_snapshot"])
    .where("dt", "=", dt)
    .where("tbl", "in", dayTables)
    .execute();
  const isLost = new Set(lost.map(({ id }) => id));
  const wanted = segments.filter(({ id, replaced_snapshot: at }) => at === null || isLost.has(id));
  const seen = new Set(wanted);
  for (let next = wanted.pop(); next !== undefined; next = wanted.pop()) {
    const { added_snapshot: at, tbl } = next;
    for (const older of segments) {
      if (older.replaced_snapshot !== at || older.tbl !== tbl || seen.has(older)) continue;
      seen.add(older);
      wanted.push(older);
    }
  }
  return new Set([...seen].map(({ added_snapshot: at }) => at));
}

async function rowsByUnit(
  { batch }: Store,
  dt: string,
  table: "invocations" | "content",
): Promise<ReadonlyMap<number, number>> {
  const { rows } = await batch.query(
    sql`/* undo/rows-by-unit */ select unit_id, count(*) as n from ${raw(table)} where dt = ${dt} group by unit_id`,
    { maxRows: maxUnits },
  );
  return new Map(rows.map((row) => [Number(row["unit_id"]), Number(row["n"])]));
}

function isBehind(
  { duplicates, id, snapshot, window_start: start }: Unit,
  { commits, from, ids, to }: Wanted,
): boolean {
  const isNear = start === 0 || (start >= from && start < to);
  return ids.has(id) || (snapshot !== null && commits.has(snapshot)) || (duplicates > 0 && isNear);
}

/** Of the pages that may be wanted, those of windows of which one is: a window knows the events of all of its pages as one. */
function wholePages(units: readonly UnitBehind[], wanted: Wanted): UnitBehind[] {
  const pages = units.filter((unit) => unit.kind === "page" && isBehind(unit, wanted));
  const windows = new Set(pages.map(windowName));
  return units.filter((unit) => (unit.kind === "page" ? windows.has(windowName(unit)) : isBehind(unit, wanted)));
}

/** Read, or of an earlier loss what is left of it. */
const hasRows = statement<boolean>`(state in ('done', 'partial')
  or (state = 'vanished' and error_code = ${segmentLost} and (kind != 'page' or stored > 0)))`;

async function inCatalog(catalog: Catalog, { commits, from, ids, to }: Wanted): Promise<UnitBehind[]> {
  const found = new Map<number, Unit>();
  const read = () => catalog.selectFrom("units").selectAll().where("kind", "!=", bodyKind).where(hasRows);
  const add = (units: readonly Unit[]) => units.forEach((unit) => found.set(unit.id, unit));
  for (const part of parts([...commits], 500)) add(await read().where("snapshot", "in", part).execute());
  for (const part of parts([...ids.keys()], 500)) add(await read().where("id", "in", part).execute());
  const around = read().where((where) =>
    where.or([
      where("window_start", "=", 0),
      where.and([where("window_start", ">=", from), where("window_start", "<", to)]),
    ]),
  );
  add(await around.where((where) => where.or([where("duplicates", ">", 0), where("kind", "=", "page")])).execute());
  return [...found.values()].map((unit) => ({ ...unit, moved: false }));
}

async function inLake({ batch }: Store, { commits, from, to }: Wanted): Promise<UnitBehind[]> {
  const first = Math.min(...commits);
  const last = Math.max(...commits);
  const [after, before] = [new Date(from).toISOString(), new Date(to).toISOString()];
  const { rows } = await batch.query(
    sql`/* undo/moved-units */ select ${raw(Object.keys(tables.units.columns).join(", "))} from units
        where dt >= '0000' and state = 'done' and (committed_in between ${first} and ${last}
          or ((duplicates > 0 or kind = 'page') and window_start >= cast(${after} as timestamp) and window_start < cast(${before} as timestamp)))`,
    { maxRows: maxUnits },
  );
  return rows.map(movedUnit);
}

/** The unit as the catalog held it, but for what only a unit that waits has. */
function movedUnit(row: Row): UnitBehind {
  const number = (name: string) => Number(row[name] ?? 0);
  const time = (name: string) => (typeof row[name] === "string" ? Date.parse(row[name]) : null);
  return {
    id: number("unit_id"),
    source_id: String(row["source_id"]),
    window_start: time("window_start") ?? 0,
    kind: String(row["kind"]),
    key: String(row["key"]),
    version: String(row["version"]),
    size: number("size"),
    last_modified: time("last_modified"),
    state: String(row["state"]),
    rule: null,
    ignored_by: String(row["ignored_by"]),
    read: number("read"),
    stored: number("stored"),
    duplicates: number("duplicates"),
    quarantined: number("quarantined"),
    ignored: number("ignored"),
    bytes: number("bytes"),
    attempts: number("attempts"),
    deaths: 0,
    suspect: 0,
    unseen_deaths: 0,
    max_bytes: null,
    first_death_at: null,
    next_attempt_at: null,
    error_code: null,
    error: null,
    seen_at: time("seen_at") ?? 0,
    snapshot: row["committed_in"] === null ? null : number("committed_in"),
    first_at: time("first_at"),
    kept: 0,
    events: null,
    moved: true,
  };
}

/** Rows of units on other days than this one. */
async function rowsElsewhere(store: Store, units: readonly Unit[], dt: string): Promise<ReadonlyMap<number, number>> {
  const ids = new Set(units.map(({ id }) => id));
  const commits = [...new Set(units.flatMap(({ snapshot }) => snapshot ?? []))];
  const days = new Set<string>();
  for (const part of parts(commits, 500)) {
    const rows = await store.catalog
      .selectFrom("segments")
      .select("dt")
      .distinct()
      .where("tbl", "=", "invocations")
      .where("added_snapshot", "in", part)
      .execute();
    for (const row of rows) days.add(row.dt);
  }
  const kept = new Map<number, number>();
  for (const day of days) {
    if (day === dt) continue;
    for (const [id, rows] of await rowsByUnit(store, day, "invocations"))
      if (ids.has(id)) kept.set(id, (kept.get(id) ?? 0) + rows);
  }
  return kept;
}
