import { createHash } from "node:crypto";
import { sql, type SqlBool } from "kysely";
import { bytesOf, pack, unpack } from "./event-hashes.ts";
import { bodyKind, type Catalog, type ListedUnit, noteUnits, parts, type Unit } from "./ledger.ts";
import { noteFinding } from "./source-findings.ts";

/*
 * Units of a settled window leave the catalog for the lake. Their window keeps their numbers, and a hash of each, by which a listing tells
 * what is new, and whether it is a new version of a known key.
 */

const keyBytes = 4;
const versionBytes = 8;
const unitBytes = keyBytes + versionBytes;
/** An older program kept so much of a version. */
const shortVersionBytes = 4;

/** 32 bits of a unit's key, then 64 of its key and version: one character a byte. */
export function unitHash({ key, version }: Pick<Unit, "key" | "version">): string {
  return hashed(key, keyBytes) + hashed(JSON.stringify([key, version]), versionBytes);
}

function hashed(text: string, bytes: number): string {
  return createHash("sha256").update(text).digest().toString("latin1", 0, bytes);
}

/** What a window knows of its units that are in the lake, as its columns hold it. */
export interface KnownUnits {
  readonly known: ArrayBuffer | null;
  readonly known_units: ArrayBuffer | null;
}

/** Whether a unit of this hash has moved to the lake, and whether any has of its key. */
function openKnown({ known, known_units }: KnownUnits) {
  const hashes = unpack(bytesOf(known_units), unitBytes);
  const short = unpack(bytesOf(known), keyBytes + shortVersionBytes);
  const whole = new Set([...hashes, ...short]);
  const keys = new Set([...whole].map((hash) => hash.slice(0, keyBytes)));
  return {
    has: (hash: string) => whole.has(hash) || whole.has(hash.slice(0, keyBytes + shortVersionBytes)),
    hasKey: (hash: string) => keys.has(hash.slice(0, keyBytes)),
  };
}

/** The columns of a window of which these units are not in the lake any more. */
export function knownWithout(
  window: KnownUnits,
  hashes: readonly string[],
): Record<keyof KnownUnits, Uint8Array | null> {
  const gone = new Set(hashes);
  const short = new Set(hashes.map((hash) => hash.slice(0, keyBytes + shortVersionBytes)));
  const left = (packed: Uint8Array, bytes: number, without: ReadonlySet<string>) => {
    const rest = unpack(packed, bytes).filter((hash) => !without.has(hash));
    return rest.length === 0 ? null : pack(rest);
  };
  return {
    known: left(bytesOf(window.known), keyBytes + shortVersionBytes, short),
    known_units: left(bytesOf(window.known_units), unitBytes, gone),
  };
}

/**
 * Units that may leave: all that is final about them is in their numbers. What stands in quarantine, was rewritten or is a body stays,
 * since more may become of it; so does what a person let through, which a rebuild must know.
 */
export async function movableUnits(catalog: Catalog, limit: number): Promise<readonly Unit[]> {
  return (
    catalog
      .selectFrom("units")
      .innerJoin("windows", (join) =>
        join.onRef("windows.source_id", "=", "units.source_id").onRef("windows.start_at", "=", "units.window_start"),
      )
      .selectAll("units")
      .where("windows.state", "=", "settled")
      .where("windows.start_at", ">", 0)
      .where("units.state", "in", ["done", "ignored"])
      .where("units.kind", "!=", bodyKind)
      .where("units.max_bytes", "is", null)
      // A number is given anew when no higher one is left.
      .where(sql<SqlBool>`units.id < (select max(id) from units)`)
      .where(sql<SqlBool>`not exists (select 1 from quarantine where quarantine.unit_id = units.id)`)
      .where(
        sql<SqlBool>`not exists (select 1 from units as other
        where other.source_id = units.source_id and other.key = units.key and other.id <> units.id)`,
      )
      .orderBy("units.window_start")
      .orderBy("units.id")
      .limit(limit)
      .execute()
  );
}

/** Takes units out of the catalog, in the transaction of the commit that put them into the lake. */
export async function forgetUnits(trx: Catalog, units: readonly Unit[]): Promise<void> {
  const windows = new Map<string, Unit[]>();
  for (const unit of units) {
    const name = `${unit.window_start} ${unit.source_id}`;
    windows.set(name, [...(windows.get(name) ?? []), unit]);
  }
  for (const of of windows.values()) await keepNumbers(trx, of);
  for (const part of parts(units, 500)) {
    const ids = part.map(({ id }) => id);
    await trx.deleteFrom("units").where("id", "in", ids).execute();
  }
}

async function keepNumbers(trx: Catalog, units: readonly Unit[]): Promise<void> {
  const [{ source_id: id, window_start: start } = { source_id: "", window_start: 0 }] = units;
  const { known_units, moved_by, moved_done, moved_ignored } = await trx
    .selectFrom("windows")
    .select(["known_units", "moved_done", "moved_ignored", "moved_by"])
    .where("source_id", "=", id)
    .where("start_at", "=", start)
    .executeTakeFirstOrThrow();
  const done = units.filter(({ state }) => state === "done").length;
  const rules = new Map(Object.entries(JSON.parse(moved_by) as Record<string, number>));
  for (const { ignored_by } of units)
    for (const [rule, count] of Object.entries(JSON.parse(ignored_by) as Record<string, number>))
      rules.set(rule, (rules.get(rule) ?? 0) + count);
  // What a page held is known by its events already.
  const hashes = units.filter(({ kind }) => kind !== "page").map(unitHash);
  await trx
    .updateTable("windows")
    .set({
      known_units:
        hashes.length === 0 && known_units === null ? null : Buffer.concat([bytesOf(known_units), pack(hashes)]),
      moved_done: moved_done + done,
      moved_ignored: moved_ignored + units.length - done,
      moved_by: JSON.stringify(Object.fromEntries(rules)),
    })
    .where("source_id", "=", id)
    .where("start_at", "=", start)
    .execute();
}

/** Puts what a listing showed into the ledger, less what has moved to the lake. Returns the number of new units that are to be read. */
export async function noteListed(
  trx: Catalog,
  sourceId: string,
  listed: readonly ListedUnit[],
  now: number,
): Promise<number> {
  const { rewritten, units } = await withoutMoved(trx, sourceId, listed);
  for (const key of rewritten) await noteFinding(trx, { kind: "log-object-rewritten", sourceId, key, at: now });
  return noteUnits(trx, sourceId, units, now);
}

/** Of what a listing shows, what has not moved to the lake; `rewritten` are keys of which another version has. */
async function withoutMoved(
  trx: Catalog,
  sourceId: string,
  listed: readonly ListedUnit[],
): Promise<{ readonly units: readonly ListedUnit[]; readonly rewritten: readonly string[] }> {
  const starts = [...new Set(listed.filter(({ kind }) => kind !== "page").map(({ window }) => window))];
  const windows = new Map<number, ReturnType<typeof openKnown>>();
  for (const part of parts(starts, 500)) {
    const rows = await trx
      .selectFrom("windows")
      .select(["start_at", "known", "known_units"])
      .where("source_id", "=", sourceId)
      .where("start_at", "in", part)
      .where((where) => where.or([where("known", "is not", null), where("known_units", "is not", null)]))
      .execute();
    for (const { start_at: start, ...known } of rows) windows.set(start, openKnown(known));
  }
  if (windows.size === 0) return { units: listed, rewritten: [] };
  const knownIn = (unit: ListedUnit) => (unit.kind === "page" ? undefined : windows.get(unit.window));
  const units = listed.filter((unit) => knownIn(unit)?.has(unitHash(unit)) !== true);
  const rewritten = units.filter((unit) => knownIn(unit)?.hasKey(unitHash(unit)) === true).map(({ key }) => key);
  return { units, rewritten };
}
