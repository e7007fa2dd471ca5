import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { Fault } from "../../scripts/demo/aws/faults.ts";
import { simulatedCredentials } from "../../scripts/demo/aws/keys.ts";
import { startSimulatedAws } from "../../scripts/demo/aws/simulated-aws.ts";
import type { World } from "../../scripts/demo/aws/world.ts";
import { demoWorld } from "../../scripts/demo/world.ts";
import { openAws } from "../../server/aws/aws.ts";
import { lawHolds } from "../../server/domain/coverage.ts";
import { discoverSources } from "../../server/ingest/discovery.ts";
import { modelLookup } from "../../server/ingest/model-lookup.ts";
import { ingest } from "../../server/ingest.ts";
import { silentLog } from "../../server/lib/log.ts";
import { ingestStatus } from "../../server/store/catalog/coverage.ts";
import { takeLease } from "../../server/store/lease.ts";
import { sql } from "../../server/store/sql.ts";
import type { Store } from "../../server/store/store.ts";
import { inWorkspace } from "./kit.ts";

const now = Date.parse("2026-11-20T12:00:00Z");
const days = 1;
const world = demoWorld({ seed: 5, now, days, recordsPerDay: 300 });
const accounts = world.accounts.map(({ id }) => id);

/** Account, region and request id of every record that the world shows by now, read without any code of ingest. */
function idsOf({ accounts, buckets }: World): string[] {
  const ids = new Set<string>();
  const take = (text: string) => {
    const { accountId, region, requestId } = JSON.parse(text) as Record<string, string>;
    ids.add([accountId, region, requestId].join("/"));
  };
  for (const object of buckets.flatMap((bucket) => [...bucket.list("")])) {
    if (object.lastModified > now || !/\/\d{4}\/\d\d\/\d\d\/\d\d\/[^/]+\.json\.gz$/.test(object.key)) continue;
    gunzipSync(object.body()).toString("utf8").split("\n").filter(Boolean).forEach(take);
  }
  for (const group of accounts.flatMap(({ logGroups }) => logGroups)) {
    for (const { ingestionTime, message } of group.events(0, now)) if (ingestionTime <= now) take(message);
  }
  return [...ids].toSorted();
}

async function storedIds(store: Store): Promise<string[]> {
  const statement = sql`select account_id || '/' || region || '/' || request_id as id from invocations where dt > '2000'`;
  const { rows } = await store.batch.query(statement, { maxRows: 1_000_000 });
  return rows.map((row) => String(row["id"])).toSorted();
}

async function inSimulatedAws(
  faults: readonly Fault[],
  use: (store: Store, run: (minutesLater?: number) => ReturnType<typeof ingest>) => Promise<void>,
): Promise<void> {
  const simulated = await startSimulatedAws(world, {
    clock: () => now,
    faults: { seed: 1, faults },
    pageSize: { keys: 40, events: 4 },
  });
  await inWorkspace(async (workspace) => {
    workspace.now = now;
    await workspace.withStore(async (store) => {
      const credentials = async () => simulatedCredentials(accounts[0] ?? "");
      const options = { endpoint: simulated.url, region: "us-east-1", credentials, accounts, quotaShare: 100 };
      const aws = openAws({ ...options, clock: () => now, log: silentLog });
      const signal = new AbortController().signal;
      await use(store, async (minutesLater = 0) => {
        workspace.now = now + minutesLater * 60_000;
        const { sources } = await discoverSources(aws, { regions: [], signal });
        const lease = await takeLease(store, "test");
        try {
          return await ingest(
            { store, lease, sources, lookup: modelLookup(aws) },
            { once: true, since: `${days}d`, signal, workers: 1 },
          );
        } finally {
          await lease.release();
        }
      });
    });
  });
  await simulated.close();
}

describe("a simulated AWS", { timeout: 120_000 }, () => {
  it("is read whole from nothing but credentials, each call once, however it was delivered", () =>
    inSimulatedAws([], async (store, run) => {
      const first = await run();
      const expected = idsOf(world);
      expect(await storedIds(store)).toEqual(expected);
      expect(first.counts.duplicates).toBeGreaterThan(0);
      const again = await run();
      expect(again.counts.stored).toBe(0);
      const status = await ingestStatus(store);
      expect(lawHolds(status.counts)).toBe(true);
      expect(status.counts.stored).toBe(expected.length);
      const missing = status.sources.filter(({ state }) => state !== "active");
      expect(missing.map(({ place, reason, state }) => [place, state, reason])).toEqual([
        ["s3://quillmoor-lab-logs-euw1/", "missing", "listing failed: NoSuchBucket"],
      ]);
      const east = status.targets.find(({ accountId, region }) => accountId === accounts[0] && region === "us-east-1");
      expect(east?.readThrough).toBe("2026-11-20T11:50:00.000Z");
      const lab = status.targets.find(({ accountId, region }) => accountId === accounts[2] && region === "eu-west-1");
      expect([lab?.readThrough, lab?.hole?.reason]).toEqual([null, "listing failed: NoSuchBucket"]);
      const { rows } = await store.interactive.query(
        sql`select model_id, min(model) as first_model, max(model) as last_model, min(endpoint_type_behind) as behind
            from invocations where dt > '2000' and endpoint_type = 'application-profile' and model_source = 'api'
            group by model_id order by model_id`,
      );
      const known = world.accounts.flatMap(({ regions }) => [...regions.values()].flatMap(({ profiles }) => profiles));
      expect(rows.length).toBeGreaterThan(0);
      for (const row of rows) {
        const [first = ""] = known.find(({ arn }) => arn === row["model_id"])?.modelArns ?? [];
        expect(first).toContain(`foundation-model/${String(row["first_model"])}`);
        expect(row["last_model"]).toBe(row["first_model"]);
        expect(row["behind"]).not.toBeNull();
      }
    }));

  it("that fails, throttles, cuts bodies and gives empty pages is read whole in the end", () =>
    inSimulatedAws(
      [
        { api: "GetObject", nth: 3, count: 4, do: { kind: "error", status: 503, code: "SlowDown" } },
        { api: "GetObject", nth: 20, count: 3, do: { kind: "cut", afterBytes: 100 } },
        { api: "ListObjectsV2", nth: 5, count: 3, do: { kind: "error", status: 500, code: "InternalError" } },
        { api: "FilterLogEvents", nth: 2, count: 3, do: { kind: "empty-page" } },
        { api: "FilterLogEvents", nth: 9, count: 2, do: { kind: "throttle" } },
      ],
      async (store, run) => {
        for (const minutes of [0, 10, 20]) await run(minutes);
        expect(await storedIds(store)).toEqual(idsOf(world));
        expect(lawHolds((await ingestStatus(store)).counts)).toBe(true);
      },
    ));

  it("a refused bucket stays visible as denied, the others are read, and it heals", () =>
    inSimulatedAws(
      [
        {
          api: "ListObjectsV2",
          match: "quillmoor-desk-logs-use1/AWSLogs/444455556666/BedrockModelInvocationLogs/us-east-1/",
          count: 4,
          do: { kind: "deny" },
        },
      ],
      async (store, run) => {
        await run();
        const denied = (await ingestStatus(store)).sources.find(({ place }) => place.includes("desk-logs-use1"));
        expect([denied?.state, denied?.counts.read]).toEqual(["denied", 0]);
        const target = (await ingestStatus(store)).targets.find(
          ({ accountId, region }) => accountId === accounts[1] && region === "us-east-1",
        );
        expect(target?.readThrough).toBeNull();
        expect(target?.hole?.reason).toContain("listing failed");
        for (const minutes of [10, 20, 30]) await run(minutes);
        expect(await storedIds(store)).toEqual(idsOf(world));
      },
    ));
});
