import type { Claims } from "../../server/ingest/claims.ts";
import { unitLimits } from "../../server/ingest/gunzip.ts";
import { openReaders, type Readers } from "../../server/ingest/readers.ts";
import { inProcessReader } from "../faults/in-process.ts";

/** One reader within this process, of batches of two records, in a store that holds no copy of any. */
export function oneReader(claims: Claims, stagingDir: string): Readers {
  return openReaders(1, {
    startThread: inProcessReader,
    setup: {
      hmacKey: Buffer.alloc(32),
      stagingDir,
      limits: unitLimits,
      batch: { rows: 2, bytes: 1_000_000 },
      catalogId: "c",
      models: new Map(),
      mapping: new Map(),
      erased: new Set(),
      signals: true,
      preferred: new Map(),
    },
    claims,
    storedCopy: async () => null,
    onProgress: () => undefined,
    fetchBody: async () => ({ failure: "gone", code: "" }),
  });
}
