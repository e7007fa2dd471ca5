import { mkdirSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { noCounts, addCounts, type Counts } from "../domain/coverage.ts";
import { noteBodies } from "./body-units.ts";
import type { QuarantinedBytes, StagedGroup } from "./protocol.ts";
import { inParallel } from "../lib/in-parallel.ts";
import { finishUnits, type QuarantineNote, type Unit, type UnitOutcome } from "../store/catalog/ledger.ts";
import { finishPage, type PageEvents } from "../store/catalog/page-units.ts";
import { supersedeOlder } from "../store/catalog/quarantine.ts";
import { commit } from "../store/commit.ts";
import { syncFolder } from "../store/data-dir.ts";
import type { Lease } from "../store/lease.ts";
import type { Store } from "../store/store.ts";
import { ulid } from "../store/ulid.ts";

export interface CommitDeps {
  readonly store: Store;
  readonly lease: Lease;
  /** Bytes that the quarantine may still take; beyond them only place and hash are kept. */
  readonly room: { bytes: number };
  /** In [0, 1). */
  readonly chance: () => number;
}

export interface GroupCommit {
  readonly units: ReadonlyMap<number, Unit>;
  readonly staged: StagedGroup;
  /** By unit. */
  readonly pages: ReadonlyMap<number, PageEvents>;
}

/** Makes a group part of the lake and of the ledger, both or neither. Returns what it added. */
export async function commitGroup(deps: CommitDeps, { pages, staged, units }: GroupCommit): Promise<Counts> {
  const { chance, lease, store } = deps;
  const now = store.clock();
  const outcomes = staged.units.map((result): UnitOutcome => ({ ...result, unit: unitOf(units, result.unitId) }));
  const counts = outcomes.reduce((sum, outcome) => addCounts(sum, outcome.counts), noCounts);
  assertRows(counts, staged);
  const quarantine = await inParallel(staged.quarantine, writesAtOnce, (entry) =>
    noteOf(deps, entry, unitOf(units, entry.unitId)),
  );
  if (quarantine.some(({ file }) => file !== null)) syncFolder(store.paths.quarantine);
  await commit(store, lease, {
    batchId: ulid(now, store.random),
    kind: "ingest",
    segments: staged.files,
    async apply(transaction, snapshot) {
      await finishUnits(transaction, outcomes, quarantine, { snapshot, now });
      for (const { counts, state, unit } of outcomes)
        if (state === "done" && counts.quarantined === 0) await supersedeOlder(transaction, unit, now);
      await noteBodies(transaction, staged.bodies, { now, snapshot, chance });
      for (const { unit } of outcomes) {
        const page = pages.get(unit.id);
        if (page !== undefined) await finishPage(transaction, unit, page);
      }
    },
  });
  return counts;
}

/** A row that is counted is in the lake, and no other one is. */
export function assertRows({ stored }: Counts, { files }: StagedGroup): void {
  const rows = files.filter(({ table }) => table === "invocations").reduce((sum, file) => sum + file.rows, 0);
  if (rows !== stored) throw new Error(`${rows} rows were written for ${stored} stored records`);
}

function unitOf(units: ReadonlyMap<number, Unit>, id: number): Unit {
  const unit = units.get(id);
  if (unit === undefined) throw new Error(`unit ${id} is not of this group`);
  return unit;
}

/** A disk takes several files in about the time of one. */
const writesAtOnce = 4;

async function noteOf({ room, store }: CommitDeps, entry: QuarantinedBytes, unit: Unit): Promise<QuarantineNote> {
  const id = ulid(store.clock(), store.random);
  const { byteFrom, byteTo, bytes, detail, reason, sha256, unitId } = entry;
  const kept = bytes !== null && bytes.length <= room.bytes;
  if (kept) {
    room.bytes -= bytes.length;
    await writeDurably(join(store.paths.quarantine, `${id}.bin`), bytes);
  }
  const file = kept ? `quarantine/${id}.bin` : null;
  return { id, unitId, sourceId: unit.source_id, reason, detail, byteFrom, byteTo, sha256, file };
}

async function writeDurably(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, "wx", 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Where one run of ingest stages its segments; it is emptied by the next holder of the lease, whatever happens. */
export function makeStaging(store: Store): string {
  const folder = join(store.paths.staging, ulid(store.clock(), store.random));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** What cannot be removed now is so by the next holder of the lease. */
export function dropStaging(folder: string, group?: number): void {
  try {
    rmSync(group === undefined ? folder : join(folder, String(group)), { recursive: true, force: true });
  } catch {
    // Nothing depends on it: a folder of staged files is never read again.
  }
}
