import path from "node:path";
import type { Transaction } from "kysely";
import { errorCode, UserError } from "../lib/errors.ts";
import type { CatalogSchema, CommitKind } from "./catalog/schema.ts";
import { type CommitRow, commitHash, genesis } from "./commit-chain.ts";
import { writeCommitMark } from "./commit-mark.ts";
import { type PublishedSegment, placed, publish, type StagedSegment } from "./lake.ts";
import type { Lease } from "./lease.ts";
import { currentSnapshot } from "./snapshots.ts";
import type { Store } from "./store.ts";
import { lakeSchemaVersion } from "./tables.ts";

/** Another process has taken the lease since: nothing was written, and nothing will be under this lease. */
export class LeaseLost extends UserError {
  readonly code = "LEASE_LOST";

  constructor() {
    super(
      "the writer's lease was taken by another process",
      "A server takes it again by itself when it is free; run a command again.",
      { exitCode: 5 },
    );
  }
}

export interface Commit {
  /** Names this work for ever: the same batch is never committed twice. */
  readonly batchId: string;
  readonly kind: CommitKind;
  readonly segments: readonly StagedSegment[];
  /** Ids of segments whose rows these segments take over. */
  readonly replaces?: readonly string[];
  /** Writes the rows of the ledger that belong to this commit, in its transaction. A throw undoes the commit. */
  readonly apply?: (transaction: Transaction<CatalogSchema>, snapshot: number) => Promise<void>;
}

export interface Committed {
  readonly snapshot: number;
  /** False if this batch had been committed before. */
  readonly fresh: boolean;
}

async function assertEpoch(transaction: Transaction<CatalogSchema>, { epoch }: Lease): Promise<void> {
  const row = await transaction.selectFrom("leases").select("epoch").where("name", "=", "lake").executeTakeFirst();
  if (row?.epoch !== epoch) throw new LeaseLost();
}

async function committedBefore(catalog: Store["catalog"], batchId: string): Promise<number | null> {
  const row = await catalog.selectFrom("commits").select("snapshot").where("batch_id", "=", batchId).executeTakeFirst();
  return row?.snapshot ?? null;
}

async function insertCommit(
  transaction: Transaction<CatalogSchema>,
  store: Store,
  lease: Lease,
  { batchId, kind, replaces = [] }: Commit,
  segments: readonly PublishedSegment[],
): Promise<number> {
  const newest = await transaction
    .selectFrom("commits")
    .select(["snapshot", "hash"])
    .orderBy("snapshot", "desc")
    .limit(1)
    .executeTakeFirst();
  const row: CommitRow = {
    snapshot: (newest?.snapshot ?? 0) + 1,
    batch_id: batchId,
    at: store.clock(),
    kind,
    holder: lease.holder,
    epoch: lease.epoch,
    rows: segments.reduce((sum, { rows }) => sum + rows, 0),
    prev_hash: newest?.hash ?? genesis,
  };
  await transaction
    .insertInto("commits")
    .values({ ...row, hash: commitHash(row, segments, replaces) })
    .execute();
  return row.snapshot;
}

async function insertDays(
  transaction: Transaction<CatalogSchema>,
  snapshot: number,
  segments: readonly PublishedSegment[],
): Promise<void> {
  const days = new Map<string, { snapshot: number; tbl: string; dt: string; rows: number }>();
  for (const { table, dt, rows } of segments) {
    const day = days.get(`${table}/${dt}`) ?? { snapshot, tbl: table, dt, rows: 0 };
    days.set(`${table}/${dt}`, day);
    day.rows += rows;
  }
  for (const day of days.values()) await transaction.insertInto("commit_days").values(day).execute();
}

async function insertSegments(
  transaction: Transaction<CatalogSchema>,
  snapshot: number,
  segments: readonly PublishedSegment[],
): Promise<void> {
  for (const { id, table, dt, path: place, rows, bytes, sha256, minTime, maxTime, schemaVersion } of segments) {
    await transaction
      .insertInto("segments")
      .values({
        id,
        tbl: table,
        dt,
        path: place,
        rows,
        bytes,
        sha256,
        min_ts: minTime,
        max_ts: maxTime,
        schema_version: schemaVersion ?? lakeSchemaVersion,
        added_snapshot: snapshot,
        replaced_snapshot: null,
        removed_at: null,
      })
      .execute();
  }
}

async function replaceSegments(
  transaction: Transaction<CatalogSchema>,
  snapshot: number,
  ids: readonly string[],
): Promise<void> {
  for (const id of ids) {
    const { numUpdatedRows } = await transaction
      .updateTable("segments")
      .set({ replaced_snapshot: snapshot })
      .where("id", "=", id)
      .where("replaced_snapshot", "is", null)
      .executeTakeFirstOrThrow();
    if (numUpdatedRows !== 1n) throw new Error(`segment ${id} is not live`);
  }
}

/** Step 3: everything of the commit in one catalog transaction. */
function record(store: Store, lease: Lease, commit: Commit, segments: readonly PublishedSegment[]): Promise<number> {
  return store.catalog.transaction().execute(async (transaction) => {
    await assertEpoch(transaction, lease);
    const snapshot = await insertCommit(transaction, store, lease, commit, segments);
    await insertDays(transaction, snapshot, segments);
    await insertSegments(transaction, snapshot, segments);
    await replaceSegments(transaction, snapshot, commit.replaces ?? []);
    await commit.apply?.(transaction, snapshot);
    return snapshot;
  });
}

const unknownOutcome = /^SQLITE_(IOERR|FULL|BUSY|LOCKED)/;

/** Whether a commit that ended in this error may be written all the same, or be found written after a crash. */
export function isOutcomeUnknown(error: unknown): boolean {
  return errorCode(error).startsWith("SQLITE_");
}

/** An error may come after the transaction was written: then the batch is there. If it is not, the same files are tried once more. */
async function recordSurely(
  store: Store,
  lease: Lease,
  commit: Commit,
  segments: readonly PublishedSegment[],
): Promise<number> {
  try {
    return await record(store, lease, commit, segments);
  } catch (error) {
    if (!unknownOutcome.test(errorCode(error))) throw error;
    return (await committedBefore(store.catalog, commit.batchId)) ?? (await record(store, lease, commit, segments));
  }
}

function publishAndRecord(store: Store, lease: Lease, work: Commit): Promise<number> {
  const segments = work.segments.map((segment) => placed(segment, store.clock(), store.random));
  for (const segment of segments) publish(store.paths, store.disk, segment);
  return recordSurely(store, lease, work, segments);
}

/**
 * Makes staged segments part of the lake, exactly once in effect: files into their places, then one catalog transaction with the ledger,
 * then the commit mark. After a crash at any point, the same work can be done again under a new batch: either this one counted, or its
 * files are orphans. Throws `LeaseLost` when another process has taken over.
 */
export async function commit(store: Store, lease: Lease, work: Commit): Promise<Committed> {
  const before = await committedBefore(store.catalog, work.batchId);
  const snapshot = before ?? (await publishAndRecord(store, lease, work));
  const newest = before === null ? snapshot : (await currentSnapshot(store.catalog)).snapshot;
  afterwards(store, work.batchId, newest);
  return { snapshot, fresh: before === null };
}

/** The commit stands by now, whatever becomes of this: an older mark harms nothing, and the next holder of the lease clears `staging/`. */
function afterwards({ catalogId, disk, log, paths }: Store, batchId: string, snapshot: number): void {
  try {
    writeCommitMark(paths, disk, { catalogId, snapshot });
    disk.remove(path.join(paths.staging, batchId));
  } catch (error) {
    log.error({ event: "commit-mark-failed", code: errorCode(error), snapshot });
  }
}
