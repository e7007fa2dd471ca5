import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { noCounts, addCounts, type Counts } from "../domain/coverage.ts";
import { noteBodies } from "./body-units.ts";
import type { QuarantinedBytes, StagedGroup } from "./protocol.ts";
import { errorCode } from "../lib/errors.ts";
import { inParallel } from "../lib/in-parallel.ts";
import { finishUnits, type QuarantineNote, type UnitOutcome } from "../store/catalog/finish-units.ts";
import type { Unit } from "../store/catalog/ledger.ts";
import { finishPage, type PageEvents } from "../store/catalog/page-units.ts";
import { supersedeOlder } from "../store/catalog/quarantine.ts";
import { commit, isOutcomeUnknown } from "../store/commit.ts";
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
  const pieces = new Pieces(deps);
  try {
    const quarantine = await pieces.write(staged.quarantine, units);
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
  } catch (error) {
    if (!isOutcomeUnknown(error)) await pieces.drop();
    throw error;
  }
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

/** The bytes that a group puts into quarantine, each a file; they are there before a commit names them. */
class Pieces {
  readonly #deps: CommitDeps;
  readonly #written: { readonly file: string; readonly size: number; readonly done: Promise<void> }[] = [];
  #dropped = false;

  constructor(deps: CommitDeps) {
    this.#deps = deps;
  }

  async write(
    entries: readonly QuarantinedBytes[],
    units: ReadonlyMap<number, Unit>,
  ): Promise<readonly QuarantineNote[]> {
    const { disk, paths } = this.#deps.store;
    const notes = await inParallel(entries, writesAtOnce, (entry) => this.#note(entry, unitOf(units, entry.unitId)));
    if (this.#written.length > 0) disk.keepNames(paths.quarantine);
    return notes;
  }

  async #note(entry: QuarantinedBytes, unit: Unit): Promise<QuarantineNote> {
    const { room, store } = this.#deps;
    const id = ulid(store.clock(), store.random);
    const { byteFrom, byteTo, bytes, detail, reason, sha256, unitId } = entry;
    const kept = bytes !== null && bytes.length <= room.bytes && !this.#dropped;
    if (kept) {
      const file = join(store.paths.quarantine, `${id}.bin`);
      room.bytes -= bytes.length;
      const done = store.disk.create(file, bytes);
      this.#written.push({ file, size: bytes.length, done });
      await done;
    }
    const file = kept ? `quarantine/${id}.bin` : null;
    return { id, unitId, sourceId: unit.source_id, reason, detail, byteFrom, byteTo, sha256, file };
  }

  /** No commit will name them: each try on a full disk would leave its own behind. What stays is swept later. */
  async drop(): Promise<void> {
    const { room, store } = this.#deps;
    this.#dropped = true;
    await Promise.allSettled(this.#written.map(({ done }) => done));
    for (const { file, size } of this.#written) {
      room.bytes += size;
      try {
        store.disk.remove(file);
      } catch (error) {
        store.log.warn({ event: "quarantine-left", code: errorCode(error) });
      }
    }
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
