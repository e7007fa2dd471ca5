import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { simulatedCredentials } from "../../scripts/demo/aws/keys.ts";
import { startSimulatedAws } from "../../scripts/demo/aws/simulated-aws.ts";
import type { SimulatedObject } from "../../scripts/demo/aws/world.ts";
import { openAws } from "../../server/aws/aws.ts";
import { Pages } from "../../server/ingest/pages.ts";
import { Watch } from "../../server/ingest/watch.ts";
import { realSleep } from "../../server/lib/concurrency.ts";
import { silentLog } from "../../server/lib/log.ts";
import { openBucket } from "../../server/sources/s3-bucket.ts";
import { s3Source } from "../../server/sources/s3.ts";
import { saveSource } from "../../server/store/catalog/sources.ts";
import { openStore } from "../../server/store/open-store.ts";
import { aBucket, account, aWorld } from "../aws/small-world.ts";

export interface ListingBench {
  readonly objects: number;
  /** First look at everything. */
  readonly listCalls: number;
  readonly objectsPerSecond: number;
  /** The look after it, while nothing has changed. */
  readonly pollCalls: number;
  /** What the hot folders hold allows: 4 + pages of each. */
  readonly allowedPollCalls: number;
  readonly peakRssMegabytes: number;
}

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
const pageKeys = 1_000;
const days = 30;

/** Objects of 30 days, made when they are asked for: a folder holds the same number in each hour. */
function folders(now: number, perHour: number) {
  const root = `AWSLogs/${account}/BedrockModelInvocationLogs/us-east-1/`;
  const folderOf = (at: number) =>
    `${root}${new Date(at).toISOString().slice(0, 13).replaceAll("-", "/").replace("T", "/")}/`;
  const newest = Math.floor(now / hour) * hour;
  const all = Array.from({ length: days * 24 }, (_, n) => folderOf(newest - n * hour)).toSorted();
  function* list(prefix: string): Generator<SimulatedObject> {
    for (const folder of all) {
      if (!folder.startsWith(prefix) && !prefix.startsWith(folder)) continue;
      for (let n = 0; n < perHour; n += 1) {
        const key = `${folder}${String(n).padStart(8, "0")}.json.gz`;
        // Empty objects are listed and counted, and never fetched.
        if (key.startsWith(prefix))
          yield {
            key,
            size: 0,
            lastModified: now - day,
            etag: "d41d8cd98f00b204e9800998ecf8427e",
            body: () => Buffer.alloc(0),
          };
      }
    }
  }
  return { list, count: all.length * perHour };
}

/** Lists a large bucket into a ledger, then once more as a poll does. Counts calls; the time is that of one machine. */
export async function benchListing({ rows }: { readonly rows: number }): Promise<ListingBench> {
  const now = Date.parse("2026-11-20T12:30:00Z");
  const perHour = Math.max(1, Math.round(rows / (days * 24)));
  const { count, list } = folders(now, perHour);
  const world = aWorld({ buckets: [{ ...aBucket("logs", []), list }] });
  const simulated = await startSimulatedAws(world, { clock: () => now, pageSize: { keys: pageKeys } });
  const root = mkdtempSync(path.join(tmpdir(), "bedrock-audit-listing-"));
  const store = await openStore({
    dataDir: root,
    clock: () => now,
    random: (bytes) => randomBytes(bytes),
    log: silentLog,
  });
  let calls = 0;
  let peak = 0;
  const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 250);
  try {
    const credentials = async () => simulatedCredentials(account);
    const options = { endpoint: simulated.url, region: "us-east-1", credentials, quotaShare: 1e6, clock: () => now };
    const own = await openAws({ ...options, log: silentLog }).account(account);
    const bucket = openBucket({ bucket: "logs", owner: account, region: "us-east-1", clientFor: own.s3 });
    const counted = {
      ...bucket,
      async *list(request: Parameters<typeof bucket.list>[0]) {
        for await (const page of bucket.list(request)) {
          calls += 1;
          yield page;
        }
      },
    };
    const scope = { accountId: account, region: "us-east-1" };
    const source = s3Source({ places: [{ bucket: counted, prefix: "" }], scope, now: () => now });
    const { id, kind, name, place } = source;
    const since = now - days * day;
    await saveSource(store.catalog, { id, kind, name, place, origin: "configured", ...scope }, since);
    const signal = new AbortController().signal;
    const deps = {
      catalog: store.catalog,
      clock: () => now,
      chance: () => 0,
      sleep: realSleep,
      log: silentLog,
      pages: new Pages(async () => new Uint8Array()),
      onUnits: () => undefined,
      uptime: () => 0,
    };
    const onMoved = async () => undefined;
    const watch = new Watch(deps, source, { since, cold: false, pollMs: minute, signal, onMoved });
    const from = performance.now();
    await watch.look(Infinity);
    const seconds = (performance.now() - from) / 1_000;
    const listCalls = calls;
    calls = 0;
    await watch.look(Infinity);
    const hot = 3;
    return {
      objects: count,
      listCalls,
      objectsPerSecond: Math.round(count / seconds),
      pollCalls: calls,
      allowedPollCalls: 4 + hot * Math.ceil(perHour / pageKeys),
      peakRssMegabytes: Math.round(peak / 1e6),
    };
  } finally {
    clearInterval(timer);
    await store.close();
    await simulated.close();
    rmSync(root, { recursive: true, force: true });
  }
}
