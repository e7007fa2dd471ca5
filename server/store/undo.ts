import path from "node:path";
import { type Catalog, parts, type Unit } from "./catalog/ledger.ts";
import { markWhole, takeBackUnits } from "./catalog/undone-units.ts";
import { commit } from "./commit.ts";
import { isSummed } from "./compact.ts";
import { dayTables, maxUnits, type UnitBehind } from "./day-origin.ts";
import { type Keep, segmentsWithout } from "./drop-rows.ts";
import type { StagedSegment } from "./lake.ts";
import type { Lease } from "./lease.ts";
import { type LostDay, settleLoss } from "./lost-segments.ts";
import { withRewriter } from "./rewrite.ts";
import { sql } from "./sql.ts";
import type { Store } from "./store.ts";
import type { TableName } from "./tables.ts";
import { ulid } from "./ulid.ts";

/*
 * A lost segment cannot be made good by itself: the same calls stand in several tables, and sums know no call. So its whole day is taken
 * out and read again, by every unit that has rows on it, or may have met one of its calls as a duplicate. What is left of units that no
 * source shows any more stays, and the day's sums are made again from it.
 */

/** What becomes of a day when its sources have been asked. */
export interface Undoing {
  readonly day: LostDay;
  /** Those that are read again. */
  readonly again: readonly UnitBehind[];
  /** Those that have lost calls and that their sources do not show any more. Their `kept` are all rows that they have left. */
  readonly gone: readonly UnitBehind[];
  /** What stays of the day, as no source shows it any more; null: nothing. */
  readonly rest: Rest | null;
}

export interface Rest {
  /** Units whose rows stay. */
  readonly units: ReadonlySet<number>;
  /** Those of them that have lost no call. */
  readonly whole: readonly UnitBehind[];
  /** The sums of the calls that stay, staged. */
  readonly sums: (batchId: string) => Promise<readonly StagedSegment[]>;
}

/**
 * Takes a day out of the lake in one commit, but for what nobody else has, with the numbers that the ledger had for it, and gives its units
 * back to be read.
 */
export async function undoDay(store: Store, lease: Lease, { again, day, gone, rest }: Undoing): Promise<void> {
  const { catalog, clock, disk, log, paths, random } = store;
  const batchId = ulid(clock(), random);
  const moved = [...again, ...gone].filter((unit) => unit.moved);
  const calls = rest === null ? [] : await callsThatStay(store, day.dt, rest.units);
  const kept = await withRewriter(store, batchId, (rewriter) =>
    segmentsWithout(store, rewriter, {
      keeps: [
        ...[...new Set(moved.map(windowDay))].map((dt) => ({ table: "units" as const, dt, condition: notTaken })),
        ...(rest === null ? [] : restOf(day.dt)),
      ],
      lists: { taken: moved.map(({ id }) => String(id)), stays: [...(rest?.units ?? [])].map(String), calls },
    }),
  );
  const sums = (await rest?.sums(batchId)) ?? [];
  const replaced = await liveOf(catalog, day.dt, rest === null ? dayTables : dayTables.filter(isSummed));
  let files: readonly string[] = [];
  await commit(store, lease, {
    batchId,
    kind: "undo",
    segments: [...kept.segments, ...sums],
    replaces: [...replaced, ...kept.replaces],
    async apply(trx) {
      files = await takeBackUnits(trx, { again, gone, at: clock() });
      await markWhole(trx, rest?.whole ?? []);
      await deleteAwaited(trx, day.dt, new Set(calls));
      await settleLoss(trx, day, "undone");
    },
  });
  for (const file of files) disk.remove(path.join(paths.root, file));
  log.info({ event: "day-undone", day: day.dt, units: again.length, gone: gone.length });
}

const ofStaying = `exists (from stays where stays.value = cast(row.unit_id as varchar))`;
const ofStayingCall = `exists (from calls where calls.value = row.account_id || '/' || row.region || '/' || row.request_id)`;

/** What stays in each table: what a unit gave, with the signals of its calls. */
function restOf(dt: string): readonly Keep[] {
  return [
    { table: "invocations", dt, condition: ofStaying },
    { table: "content", dt, condition: ofStaying },
    { table: "copies", dt, condition: ofStaying },
    { table: "signals", dt, condition: ofStayingCall },
  ];
}

async function callsThatStay({ batch }: Store, dt: string, units: ReadonlySet<number>): Promise<readonly string[]> {
  const { rows } = await batch.query(
    sql`/* undo/calls */ select account_id || '/' || region || '/' || request_id as id, unit_id from invocations where dt = ${dt}`,
    { maxRows: maxUnits },
  );
  return rows.filter((row) => units.has(Number(row["unit_id"]))).map((row) => String(row["id"]));
}

const notTaken = `not exists (from taken where taken.value = cast(row.unit_id as varchar))`;

function windowDay({ window_start: start }: Unit): string {
  return new Date(start).toISOString().slice(0, 10);
}

async function liveOf(catalog: Catalog, dt: string, of: readonly TableName[]): Promise<readonly string[]> {
  const rows = await catalog
    .selectFrom("segments")
    .select("id")
    .where("dt", "=", dt)
    .where("tbl", "in", of)
    .where("replaced_snapshot", "is", null)
    .execute();
  return rows.map(({ id }) => id);
}

/** Bodies that calls of the day wait for: they are named again when the calls are read. Those that stay wait on. */
async function deleteAwaited(trx: Catalog, dt: string, stay: ReadonlySet<string>): Promise<void> {
  const rows = await trx.selectFrom("awaited_bodies").select(["unit_id", "call_id"]).where("dt", "=", dt).execute();
  const awaited = rows.filter(({ call_id: call }) => !stay.has(call));
  for (const part of parts(awaited, 500)) {
    const ids = part.map(({ unit_id: id }) => id);
    await trx.deleteFrom("units").where("id", "in", ids).execute();
    await trx.deleteFrom("awaited_bodies").where("unit_id", "in", ids).execute();
  }
}
