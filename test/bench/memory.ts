import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { writeTraffic } from "../../scripts/demo/traffic/bulk.ts";
import { silentLog } from "../../server/lib/log.ts";
import { openStore } from "../../server/store/open-store.ts";
import { childrenOf, rssOf, timedIngest } from "./ingest.ts";
import { closedLoad, dashboard, dearQuery, startServer } from "./load-client.ts";
import { fillLake } from "./query-lake.ts";

/** Most megabytes that were resident at once. */
export interface MemoryBench {
  readonly rows: number;
  /** One worker; wanted ≤ 512. */
  readonly ingestOneWorker: number;
  /** Two workers; wanted ≤ 800. */
  readonly ingestTwoWorkers: number;
  /** Wanted ≤ 300. */
  readonly server: number;
  /** The largest engine; wanted ≤ 1,024 × 1.05, in 10^6. */
  readonly engine: number;
}

const questionSeconds = 20;

/** Reads generated records with one worker and with two, then asks a server over as many rows all that its first screens ask. */
export async function benchMemory({
  rows,
  seed,
}: {
  readonly rows: number;
  readonly seed: number;
}): Promise<MemoryBench> {
  const root = mkdtempSync(path.join(tmpdir(), "bedrock-audit-memory-"));
  try {
    const logs = path.join(root, "logs");
    await writeTraffic(logs, { seed, now: Date.now(), records: rows });
    const { rss: one } = await timedIngest(logs, path.join(root, "one"), { workers: 1 });
    const { rss: two } = await timedIngest(logs, path.join(root, "two"), { workers: 2 });
    rmSync(logs, { recursive: true });
    return { rows, ingestOneWorker: one, ingestTwoWorkers: two, ...(await serving(path.join(root, "lake"), rows)) };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function serving(dataDir: string, rows: number): Promise<{ readonly server: number; readonly engine: number }> {
  const random = (bytes: number) => randomBytes(bytes);
  const store = await openStore({ dataDir, clock: Date.now, random, log: silentLog });
  await fillLake(store, rows, () => undefined);
  await store.close();
  const server = await startServer(dataDir);
  const most = { server: 0, engine: 0 };
  const timer = setInterval(() => {
    most.server = Math.max(most.server, rssOf(server.pid));
    most.engine = Math.max(most.engine, ...childrenOf(server.pid).map(rssOf));
  }, 100);
  await closedLoad(4, questionSeconds, async (n) => {
    for (const query of n % 2 === 0 ? dashboard(n) : [dearQuery(n)]) await server.metric(query, "one");
  });
  clearInterval(timer);
  await server.close();
  return { server: Math.round(most.server / 1e6), engine: Math.round(most.engine / 1e6) };
}
