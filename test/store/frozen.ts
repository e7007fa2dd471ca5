import { createHash, randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { simulatedCredentials } from "../../scripts/demo/aws/keys.ts";
import { compareUtf8 } from "../../scripts/demo/aws/services/s3-list.ts";
import { startSimulatedAws } from "../../scripts/demo/aws/simulated-aws.ts";
import type { SimulatedObject, World } from "../../scripts/demo/aws/world.ts";
import { openAws } from "../../server/aws/aws.ts";
import { discoverSources } from "../../server/ingest/discovery.ts";
import { ingest, type IngestRun } from "../../server/ingest.ts";
import { silentLog } from "../../server/lib/log.ts";
import { ingestStatus } from "../../server/store/catalog/coverage.ts";
import { quarantineList } from "../../server/store/catalog/ledger-report.ts";
import { takeLease } from "../../server/store/lease.ts";
import { openStore } from "../../server/store/open-store.ts";
import { sql } from "../../server/store/sql.ts";
import type { Store } from "../../server/store/store.ts";
import { aBucket, account, anAccount, region } from "../aws/small-world.ts";

/*
 * Stores as a release has left them: `<name>/store` is the data directory, `<name>/source` the bucket that it was read from, and
 * `<name>/numbers.json` what it says. `npm run freeze-store` makes one; a frozen one is never changed.
 */

export const frozenStores = path.join(import.meta.dirname, "../golden/stores");

/** The time at which every store was frozen. */
export const frozenAt = Date.parse("2026-11-24T02:20:00Z");

/** The one that the records name as the place of their large bodies. */
const bucket = "quillmoor-model-logs-use1";
export const home = "us-east-1";

/** The objects that lie in a folder, by key. */
export function objectsIn(folder: string): SimulatedObject[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  return files.map((file) => {
    const full = path.join(file.parentPath, file.name);
    return anObjectOf(path.relative(folder, full).split(path.sep).join("/"), readFileSync(full));
  });
}

export function anObjectOf(key: string, body: Uint8Array): SimulatedObject {
  const etag = createHash("md5").update(body).digest("hex");
  return { key, size: body.byteLength, lastModified: frozenAt - 3_600_000, etag, body: () => body };
}

function worldOf(objects: readonly SimulatedObject[]): World {
  const loggingConfig = { s3Config: { bucketName: bucket, keyPrefix: "" }, textDataDeliveryEnabled: true };
  const sorted = objects.toSorted((a, b) => compareUtf8(a.key, b.key));
  return {
    accounts: [anAccount(account, { regions: new Map([[home, region({ loggingConfig })]]) })],
    buckets: [aBucket(bucket, sorted)],
  };
}

export function openFrozen(dataDir: string, now = frozenAt): Promise<Store> {
  return openStore({ dataDir, clock: () => now, random: (bytes) => randomBytes(bytes), log: silentLog });
}

/** Reads a bucket that holds these objects into the store, once. */
export async function readInto(store: Store, objects: readonly SimulatedObject[]): Promise<IngestRun> {
  const { clock } = store;
  const simulated = await startSimulatedAws(worldOf(objects), { clock });
  const aws = openAws({
    endpoint: simulated.url,
    region: home,
    credentials: async () => simulatedCredentials(account),
    quotaShare: 1_000,
    clock,
    log: silentLog,
  });
  const { signal } = new AbortController();
  const lease = await takeLease(store, "frozen");
  try {
    const { sources } = await discoverSources(aws, { regions: [home], signal });
    return await ingest({ store, lease, sources }, { once: true, since: "5d", signal, workers: 1 });
  } finally {
    await lease.release();
    await simulated.close();
  }
}

/** What a store says: the law, sums of rows, rollups, texts and signals, and what it holds back. */
export async function numbersOf(store: Store): Promise<object> {
  const { counts, findings, invocations, sources } = await ingestStatus(store);
  const rows = async (statement: ReturnType<typeof sql>) => (await store.batch.query(statement)).rows;
  return {
    counts,
    invocations,
    units: sources.map(({ units }) => units),
    ignoredBy: sources.map(({ ignoredBy }) => ignoredBy),
    findings: findings.map(({ key, kind }) => [kind, key]),
    calls:
      await rows(sql`select dt, model, endpoint_type, count(*) as calls, cast(sum(input_tokens) as bigint) as input_tokens,
        cast(sum(output_tokens) as bigint) as output_tokens, count(distinct principal_key) as principals
      from invocations where dt >= '0000' group by 1, 2, 3 order by 1, 2, 3`),
    sums: await rows(sql`select dt, cast(sum(invocations) as bigint) as calls, cast(sum(input_tokens) as bigint) as input_tokens
      from rollups where dt >= '0000' group by dt order by dt`),
    days: await rows(sql`select dt, cast(sum(invocations) as bigint) as calls, cast(sum(throttled) as bigint) as throttled
      from rollups_model_day where dt >= '0000' group by dt order by dt`),
    sightings:
      await rows(sql`select kind, count(distinct key) as keys, cast(sum(count) as bigint) as seen, min(first_time) as first_time
      from sightings where dt >= '0000' group by kind order by kind`),
    texts: await rows(sql`select side, count(*) as texts, cast(sum(body_bytes) as bigint) as bytes
      from content where dt >= '0000' group by side order by side`),
    signals: await rows(
      sql`select rule_id, count(*) as signals from signals where dt >= '0000' group by rule_id order by rule_id`,
    ),
    copies: await rows(
      sql`select reason, count(*) as copies from copies where dt >= '0000' group by reason order by reason`,
    ),
    quarantine: (await quarantineList(store.catalog, { limit: 100 }))
      .map(({ byteFrom, key, reason, state }) => ({ key, byteFrom, reason, state }))
      .toSorted((a, b) => (a.byteFrom ?? 0) - (b.byteFrom ?? 0)),
  };
}
