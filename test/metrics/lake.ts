import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { LakeRows } from "../../server/ingest/rows.ts";
import type { Judged } from "../../server/ingest/record.ts";
import type { Invocation } from "../../server/domain/invocation.ts";
import type { Features, Signal } from "../../server/domain/signal.ts";
import { silentLog } from "../../server/lib/log.ts";
import { priceKey } from "../../server/pricing/price-key.ts";
import { commit } from "../../server/store/commit.ts";
import type { StagedSegment } from "../../server/store/lake.ts";
import { takeLease } from "../../server/store/lease.ts";
import { openStore } from "../../server/store/open-store.ts";
import { openSegmentWriter } from "../../server/store/segments/segment-writer.ts";
import type { Store } from "../../server/store/store.ts";

export interface TestRecord {
  readonly invocation: Invocation;
  readonly signals?: readonly Signal[];
}

const features: Features = {
  outcome: "unknown",
  userHash: null,
  userChars: null,
  systemHash: null,
  systemChars: null,
  conversationHash: null,
  historyHash: null,
  extendedHash: null,
  toolCallHashes: null,
  language: null,
  refusalCategory: null,
  scan: [],
};

export interface TestLake {
  readonly store: Store;
  /** One more commit. */
  add(records: readonly TestRecord[]): Promise<void>;
  close(): Promise<void>;
}

/** A real store with the records, committed in as many batches as given: rollups are then partial sums. */
export async function openTestLake(
  batches: readonly (readonly TestRecord[])[],
  ingestedAt: readonly string[] = [],
): Promise<TestLake> {
  const dataDir = mkdtempSync(path.join(tmpdir(), "metrics-"));
  let seed = 1;
  const random = (bytes: number) => Buffer.alloc(bytes, seed++);
  const store = await openStore({ dataDir, clock: () => Date.now(), random: random as never, log: silentLog });
  let count = 0;
  const add = async (records: readonly TestRecord[]) => {
    const index = count++;
    const lease = await takeLease(store, "test");
    const segments = await stage(store, dataDir, index, records, ingestedAt[index] ?? "2026-11-24T00:00:00.000Z");
    await commit(store, lease, { batchId: `batch-${index}`, kind: "ingest", segments });
    await lease.release();
  };
  for (const records of batches) await add(records);
  return {
    store,
    add,
    close: async () => {
      await store.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function stage(
  store: Store,
  dataDir: string,
  index: number,
  records: readonly TestRecord[],
  ingestedAt: string,
): Promise<readonly StagedSegment[]> {
  const lake = new LakeRows();
  records.forEach(({ invocation, signals = [] }, position) => {
    const { key, flags } = priceKey(invocation);
    const judged: Judged = {
      record: {
        unitId: index,
        sourceId: "test",
        position,
        invocation,
        content: null,
        recordHash: BigInt(position),
        again: () => null,
        ingestedAt,
      },
      signals,
      features,
      priceKey: key,
      priceFlags: flags,
    };
    lake.day(judged.record).add(judged);
  });
  const writer = await openSegmentWriter();
  const staged: StagedSegment[] = [];
  const folder = path.join(dataDir, "staging", String(index));
  mkdirSync(folder, { recursive: true });
  for (const [dt, day] of lake.days) {
    for (const [table, batch] of day.batches()) {
      const stagedFile = path.join(folder, `${table}-${dt}.parquet`);
      const file = await writer.write(table, batch as never, stagedFile, { catalogId: "test", batchId: String(index) });
      staged.push({ table, dt, stagedFile, ...file });
    }
  }
  writer.close();
  return staged;
}
