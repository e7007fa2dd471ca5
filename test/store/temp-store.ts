import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createHash } from "node:crypto";
import { silentLog } from "../../server/lib/log.ts";
import { commit, type Committed } from "../../server/store/commit.ts";
import { stagingFolder, type StagedSegment } from "../../server/store/lake.ts";
import type { Lease } from "../../server/store/lease.ts";
import { openStore, type StoreOptions } from "../../server/store/open-store.ts";
import { batchOf, type RowOf } from "../../server/store/segments/row-batch.ts";
import { openSegmentWriter } from "../../server/store/segments/segment-writer.ts";
import type { Store } from "../../server/store/store.ts";
import type { TableName } from "../../server/store/tables.ts";
import type { Random } from "../../server/store/ulid.ts";

/** The day that tests live in. */
export const testNow = Date.UTC(2026, 10, 20, 12);

export function tempFolder(): string {
  return mkdtempSync(path.join(tmpdir(), "bedrock-audit-store-"));
}

/** Bytes that look random and are the same for a seed. */
export function seededRandom(seed: string): Random {
  let count = 0;
  return (bytes) => createHash("sha256").update(`${seed}/${count++}`).digest().subarray(0, bytes);
}

/** A clock that stands until it is set. */
export class TestClock {
  now = testNow;
  readonly read = () => this.now;
}

export function openTestStore(
  dataDir: string,
  {
    clock = () => testNow,
    seed = dataDir,
    ...more
  }: { seed?: string; clock?: () => number } & Pick<StoreOptions, "disk" | "engineOf"> = {},
): Promise<Store> {
  return openStore({ dataDir, clock, random: seededRandom(seed), log: silentLog, ...more });
}

/** A store in a folder of its own, gone after `use`. */
export async function withStore(use: (store: Store, clock: TestClock) => Promise<void>): Promise<void> {
  const dataDir = tempFolder();
  const clock = new TestClock();
  const store = await openTestStore(dataDir, { clock: clock.read });
  try {
    await use(store, clock);
  } finally {
    await store.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

type SomeRow<N extends TableName> = Partial<RowOf<N>>;

/** Rows of one day as a staged file of the batch. */
export async function stage<N extends TableName>(
  store: Store,
  batchId: string,
  table: N,
  dt: string,
  rows: readonly SomeRow<N>[],
): Promise<StagedSegment> {
  const writer = await openSegmentWriter();
  try {
    const folder = stagingFolder(store.paths, store.disk, batchId);
    const stagedFile = path.join(folder, `${table}-${dt}.parquet`);
    const batch = batchOf(rows as readonly RowOf<N>[]);
    const file = await writer.write(table, batch, stagedFile, { catalogId: store.catalogId, batchId });
    return { table, dt, stagedFile, ...file };
  } finally {
    writer.close();
  }
}

/** Commits rows of one table and day. */
export async function commitRows<N extends TableName>(
  store: Store,
  lease: Lease,
  batchId: string,
  table: N,
  dt: string,
  rows: readonly SomeRow<N>[],
): Promise<Committed> {
  const segment = await stage(store, batchId, table, dt, rows);
  return commit(store, lease, { batchId, kind: "ingest", segments: [segment] });
}

/** An invocation with what every row has. */
export function invocation(requestId: string, time: number, more: SomeRow<"invocations"> = {}): SomeRow<"invocations"> {
  return { time, account_id: "111122223333", region: "us-east-1", request_id: requestId, ...more };
}
