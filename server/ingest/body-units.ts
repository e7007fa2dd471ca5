import { bodyKind, failUnit, type Catalog, type Unit } from "../store/catalog/ledger.ts";
import { bodyFailure } from "./failures.ts";
import type { BodyNote } from "./protocol.ts";

export interface NoteContext {
  readonly now: number;
  /** In [0, 1). */
  readonly chance: () => number;
  /** Of the commit that brought the bodies; null: none did. */
  readonly snapshot: number | null;
}

/**
 * Puts what came of bodies into the ledger. One that is not at hand becomes a unit of its own, beside that of its record: it counts no
 * record, as its record is counted already.
 */
export async function noteBodies(trx: Catalog, notes: readonly BodyNote[], context: NoteContext): Promise<void> {
  for (const note of notes) {
    const unit = await trx
      .selectFrom("units")
      .select(["source_id", "window_start"])
      .where("id", "=", note.unitId)
      .where("source_id", "=", note.sourceId)
      .executeTakeFirst();
    // The record's own unit may lie in the lake by now; a body holds no window open.
    const record = unit ?? { source_id: note.sourceId, window_start: Date.parse(note.dt) };
    const known = await bodyUnit(trx, record.source_id, note);
    if (known === undefined && note.outcome === "done") continue;
    const body = known ?? (await addUnit(trx, record, note, context.now));
    if (note.outcome !== "done" && note.outcome !== "path") await awaitBody(trx, body.id, note);
    await settle(trx, body, note, context);
  }
}

/** A body that was asked for again and did not come. */
export interface MissingBody extends Pick<BodyNote, "outcome" | "code"> {
  readonly unit: Unit;
}

/** Puts into the ledger that bodies did not come. */
export async function noteMissing(trx: Catalog, bodies: readonly MissingBody[], context: NoteContext): Promise<void> {
  for (const body of bodies) await settle(trx, body.unit, body, context);
}

function versionOf({ call, side }: BodyNote): string {
  return `${side} of ${call}`;
}

function bodyUnit(trx: Catalog, sourceId: string, note: BodyNote): Promise<Unit | undefined> {
  return trx
    .selectFrom("units")
    .selectAll()
    .where("source_id", "=", sourceId)
    .where("key", "=", note.path)
    .where("version", "=", versionOf(note))
    .executeTakeFirst();
}

async function addUnit(
  trx: Catalog,
  record: Pick<Unit, "source_id" | "window_start">,
  note: BodyNote,
  now: number,
): Promise<Unit> {
  const unit = await trx
    .insertInto("units")
    .values({
      ...record,
      kind: bodyKind,
      key: note.path,
      version: versionOf(note),
      size: 0,
      last_modified: null,
      state: "listed",
      rule: null,
      next_attempt_at: null,
      error_code: null,
      error: null,
      seen_at: now,
      snapshot: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return unit;
}

/** A body that had come is waited for again when its record is read anew. */
async function awaitBody(trx: Catalog, unitId: number, { call, dt, side }: BodyNote): Promise<void> {
  await trx
    .insertInto("awaited_bodies")
    .values({ unit_id: unitId, call_id: call, dt, side })
    .onConflict((conflict) => conflict.column("unit_id").doNothing())
    .execute();
}

async function settle(
  trx: Catalog,
  unit: Unit,
  note: Pick<BodyNote, "outcome" | "code">,
  { chance, now, snapshot }: NoteContext,
): Promise<void> {
  const { code, outcome } = note;
  if (outcome === "done") return close(trx, unit.id, { state: "done", rule: null, snapshot });
  if (outcome === "path") return close(trx, unit.id, { state: "ignored", rule: "body-path-refused", snapshot });
  const { attempts, seen_at: seenAt } = unit;
  // One that is given up keeps what it belongs to: a person may have it tried again.
  await failUnit(trx, unit, bodyFailure(outcome, code, { now, attempts, seenAt, chance: chance() }));
}

/** The body is accounted for: it is in the lake, or a rule says why not. */
export async function close(
  trx: Catalog,
  id: number,
  {
    rule,
    snapshot,
    state,
  }: { readonly state: "done" | "ignored"; readonly rule: string | null; readonly snapshot: number | null },
): Promise<void> {
  const settled = { state, rule, snapshot, suspect: 0, next_attempt_at: null, error_code: null, error: null };
  await trx.updateTable("units").set(settled).where("id", "=", id).execute();
  await stopWaiting(trx, id);
}

async function stopWaiting(trx: Catalog, id: number): Promise<void> {
  await trx.deleteFrom("awaited_bodies").where("unit_id", "=", id).execute();
}

/** A body that may be asked for again now. */
export interface DueBody {
  readonly unit: Unit;
  readonly call: string;
  readonly side: "input" | "output";
}

const waiting = ["listed", "denied", "archived", "corrupt"] as const;

/** Days on which bodies may be asked for again, newest first. */
export async function daysOfDueBodies(
  catalog: Catalog,
  now: number,
  sourceIds: readonly string[],
): Promise<readonly string[]> {
  const rows = await due(catalog, now, sourceIds).select("awaited_bodies.dt").distinct().execute();
  return rows
    .map(({ dt }) => dt)
    .toSorted()
    .toReversed();
}

interface DueQuery {
  readonly dt: string;
  readonly now: number;
  /** Those that are open: what another one's records wait for stays as it is. */
  readonly sourceIds: readonly string[];
  readonly limit: number;
}

/** Those of a day; a suspect alone, and last. */
export async function dueBodies(
  catalog: Catalog,
  { dt, limit, now, sourceIds }: DueQuery,
): Promise<readonly DueBody[]> {
  const rows = await due(catalog, now, sourceIds)
    .selectAll("units")
    .select(["call_id", "side"])
    .where("awaited_bodies.dt", "=", dt)
    .orderBy("units.suspect")
    .orderBy("units.id")
    .limit(limit)
    .execute();
  const first = rows[0]?.suspect ?? 0;
  const group = first > 0 ? rows.slice(0, 1) : rows.filter(({ suspect }) => suspect === 0);
  return group.map(({ call_id: call, side, ...unit }) => ({ unit, call, side: side as DueBody["side"] }));
}

function due(catalog: Catalog, now: number, sourceIds: readonly string[]) {
  return catalog
    .selectFrom("awaited_bodies")
    .innerJoin("units", "units.id", "awaited_bodies.unit_id")
    .where("units.state", "in", waiting)
    .where("units.source_id", "in", sourceIds)
    .where((where) =>
      where.or([where("units.next_attempt_at", "is", null), where("units.next_attempt_at", "<=", now)]),
    );
}
