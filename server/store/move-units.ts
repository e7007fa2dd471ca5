import path from "node:path";
import { forgetUnits, movableUnits } from "./catalog/settled-units.ts";
import type { Unit } from "./catalog/ledger.ts";
import { commit } from "./commit.ts";
import { stagingFolder, type StagedSegment } from "./lake.ts";
import type { Lease } from "./lease.ts";
import { batchOf, type RowOf } from "./segments/row-batch.ts";
import type { SegmentWriter } from "./segments/segment-writer.ts";
import type { Store } from "./store.ts";
import { ulid } from "./ulid.ts";

/** One commit moves so many: it holds the catalog's write lock. */
const unitsACommit = 5_000;

/** Moves the units of settled windows into the lake, a few at a time; stops between two commits at the signal. Says how many it moved. */
export async function moveSettledUnits(store: Store, lease: Lease, signal?: AbortSignal): Promise<number> {
  let moved = 0;
  while (signal?.aborted !== true) {
    const units = await movableUnits(store.catalog, unitsACommit);
    if (units.length === 0) break;
    await moveUnits(store, lease, units);
    moved += units.length;
  }
  if (moved > 0) store.log.info({ event: "units-moved", units: moved });
  return moved;
}

async function moveUnits(store: Store, lease: Lease, units: readonly Unit[]): Promise<void> {
  const batchId = ulid(store.clock(), store.random);
  // Loads its DuckDB, which most commands have no use for.
  const { openSegmentWriter } = await import("./segments/segment-writer.ts");
  const writer = await openSegmentWriter();
  try {
    const segments: StagedSegment[] = [];
    for (const [dt, of] of byDay(units)) segments.push(await staged(store, writer, { batchId, dt, units: of }));
    await commit(store, lease, { batchId, kind: "compact", segments, apply: (trx) => forgetUnits(trx, units) });
  } finally {
    writer.close();
  }
}

function byDay(units: readonly Unit[]): ReadonlyMap<string, readonly Unit[]> {
  const days = new Map<string, Unit[]>();
  for (const unit of units) {
    const dt = new Date(unit.window_start).toISOString().slice(0, 10);
    const of = days.get(dt) ?? [];
    days.set(dt, of);
    of.push(unit);
  }
  return days;
}

async function staged(
  { catalogId, disk, paths }: Store,
  writer: SegmentWriter,
  { batchId, dt, units }: { readonly batchId: string; readonly dt: string; readonly units: readonly Unit[] },
): Promise<StagedSegment> {
  const folder = stagingFolder(paths, disk, batchId);
  const stagedFile = path.join(folder, `units-${dt}.parquet`);
  const file = await writer.write("units", batchOf(units.map(rowOf)), stagedFile, { catalogId, batchId });
  return { table: "units", dt, stagedFile, ...file };
}

function rowOf(unit: Unit): RowOf<"units"> {
  return {
    unit_id: unit.id,
    source_id: unit.source_id,
    window_start: unit.window_start,
    kind: unit.kind,
    key: unit.key,
    version: unit.version,
    size: unit.size,
    last_modified: unit.last_modified,
    state: unit.state,
    rule: unit.rule,
    ignored_by: unit.ignored_by,
    read: unit.read,
    stored: unit.stored,
    duplicates: unit.duplicates,
    quarantined: unit.quarantined,
    ignored: unit.ignored,
    bytes: unit.bytes,
    attempts: unit.attempts,
    seen_at: unit.seen_at,
    first_at: unit.first_at,
    committed_in: unit.snapshot,
  };
}
