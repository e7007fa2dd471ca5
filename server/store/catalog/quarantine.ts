import path from "node:path";
import type { ExpressionBuilder } from "kysely";
import { type Counts, lawHolds, noCounts } from "../../domain/coverage.ts";
import { UserError } from "../../lib/errors.ts";
import type { Catalog, Unit } from "./ledger.ts";
import type { CatalogSchema } from "./schema.ts";
import type { Store } from "../store.ts";

/** What the bytes of a repair held: `read` counts all of its records. */
export interface Brought {
  readonly counts: Counts;
  readonly ignoredBy: Readonly<Record<string, number>>;
}

/** An entry of the quarantine and the unit that it came from. */
export interface HeldEntry {
  readonly id: string;
  readonly unitId: number;
  readonly sourceId: string;
  readonly kind: string;
  readonly key: string;
  readonly windowStart: number;
  readonly reason: string;
  readonly detail: string;
  readonly byteFrom: number | null;
  readonly byteTo: number | null;
  readonly sha256: string | null;
  /** Below the data directory; null when the bytes were not kept, or went with their time. */
  readonly file: string | null;
  readonly state: string;
  readonly by: string | null;
  readonly note: string | null;
  readonly createdAt: number;
  readonly resolvedAt: number | null;
  /** What its repair has put in its place; null: nothing did, or an older program, which did not say. */
  readonly brought: Brought | null;
  readonly accountId: string | null;
  readonly region: string | null;
}

/** Throws `UserError` for an id that is none. */
export async function heldEntry(catalog: Catalog, id: string): Promise<HeldEntry> {
  const [entry] = await heldEntries(catalog, { id });
  if (entry === undefined)
    throw new UserError(
      `there is no quarantine entry ${JSON.stringify(id)}`,
      'See "bedrock-audit ingest quarantine list".',
    );
  return entry;
}

/** Entries that wait for a person, oldest first. */
export function openEntries(catalog: Catalog): Promise<readonly HeldEntry[]> {
  return heldEntries(catalog, { states: ["open"] });
}

/** Entries that a person has settled, oldest first. */
export function settledEntries(catalog: Catalog): Promise<readonly HeldEntry[]> {
  return heldEntries(catalog, { states: ["repaired", "dismissed"] });
}

async function heldEntries(
  catalog: Catalog,
  { id, states }: { readonly id?: string; readonly states?: readonly string[] },
): Promise<readonly HeldEntry[]> {
  const rows = await catalog
    .selectFrom("quarantine")
    .innerJoin("units", "units.id", "quarantine.unit_id")
    .innerJoin("sources", "sources.id", "quarantine.source_id")
    .selectAll("quarantine")
    .select(["units.key", "units.window_start", "sources.kind", "sources.account_id", "sources.region"])
    .$if(id !== undefined, (query) => query.where("quarantine.id", "=", id ?? ""))
    .$if(states !== undefined, (query) => query.where("quarantine.state", "in", states ?? []))
    .orderBy("quarantine.created_at")
    .orderBy("quarantine.id")
    .execute();
  return rows.map((row) => ({
    id: row.id,
    unitId: row.unit_id,
    sourceId: row.source_id,
    kind: row.kind,
    key: row.key,
    windowStart: row.window_start,
    reason: row.reason,
    detail: row.detail,
    byteFrom: row.byte_from,
    byteTo: row.byte_to,
    sha256: row.sha256,
    file: row.file,
    state: row.state,
    by: row.by,
    note: row.note,
    createdAt: row.created_at,
    resolvedAt: row.resolved_at,
    brought: row.brought === null ? null : (JSON.parse(row.brought) as Brought),
    accountId: row.account_id,
    region: row.region,
  }));
}

/** Bytes that the quarantine keeps by now. */
export async function heldQuarantine({ catalog, disk, paths }: HeldPlaces): Promise<number> {
  const held = await catalog.selectFrom("quarantine").select("file").where("file", "is not", null).execute();
  return held.reduce((sum, { file }) => sum + (disk.stat(path.join(paths.root, file ?? ""))?.sizeBytes ?? 0), 0);
}

type HeldPlaces = Pick<Store, "catalog" | "disk" | "paths">;

export interface Resolution {
  readonly state: "repaired" | "dismissed" | "superseded";
  readonly by: string;
  readonly note: string;
  readonly at: number;
  /** Of a repair. */
  readonly brought?: Brought | null;
}

/** Settles an open entry. */
export async function resolveEntry(trx: Catalog, id: string, resolution: Resolution): Promise<void> {
  const { at, brought = null, by, note, state } = resolution;
  await trx
    .updateTable("quarantine")
    .set({ state, by, note, resolved_at: at, brought: brought === null ? null : JSON.stringify(brought) })
    .where("id", "=", id)
    .where("state", "=", "open")
    .execute();
}

/** Adds to the numbers of a unit and of its window: what was held in quarantine has become something else. Asserts the law. */
export async function moveCounts(
  trx: Catalog,
  unitId: number,
  moved: { readonly counts: Counts; readonly ignoredBy: Readonly<Record<string, number>> },
): Promise<void> {
  const { counts } = moved;
  if (!lawHolds(counts)) throw new Error(`unit ${unitId}: the counts do not add up`);
  const unit = await trx.selectFrom("units").selectAll().where("id", "=", unitId).executeTakeFirstOrThrow();
  const rules = JSON.parse(unit.ignored_by) as Record<string, number>;
  const sums = new Map(Object.entries(rules));
  for (const [rule, lines] of Object.entries(moved.ignoredBy)) sums.set(rule, (sums.get(rule) ?? 0) + lines);
  await trx
    .updateTable("units")
    .set((column) => ({ ...added(column, counts), ignored_by: JSON.stringify(Object.fromEntries(sums)) }))
    .where("id", "=", unitId)
    .execute();
  await trx
    .updateTable("windows")
    .set((column) => added(column, counts))
    .where("source_id", "=", unit.source_id)
    .where("start_at", "=", unit.window_start)
    .execute();
}

/** A later version of an object was read whole: what was held of the older ones is no longer missed. */
export async function supersedeOlder(trx: Catalog, unit: Unit, at: number): Promise<void> {
  const older = await trx
    .selectFrom("units")
    .innerJoin("quarantine", "quarantine.unit_id", "units.id")
    .select(["units.id as unit", "quarantine.id as entry", "quarantine.reason"])
    .where("units.source_id", "=", unit.source_id)
    .where("units.key", "=", unit.key)
    .where("units.version", "!=", unit.version)
    .where("quarantine.state", "=", "open")
    .execute();
  for (const { entry, reason, unit: id } of older) {
    await resolveEntry(trx, entry, { state: "superseded", by: "ingest", note: "a later version was read whole", at });
    // It was kept beside a stored record: no count is held by it.
    if (reason === "too-deep") continue;
    await moveCounts(trx, id, {
      counts: { ...noCounts, quarantined: -1, ignored: 1 },
      ignoredBy: { superseded: 1 },
    });
  }
}

/** Each number of the law, and what is added to it. */
function added(column: ExpressionBuilder<CatalogSchema, "units" | "windows">, counts: Counts) {
  const plus = (name: keyof Counts) => column(name, "+", counts[name]);
  return {
    read: plus("read"),
    stored: plus("stored"),
    duplicates: plus("duplicates"),
    quarantined: plus("quarantined"),
    ignored: plus("ignored"),
  };
}
