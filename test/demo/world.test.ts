import { gunzipSync } from "node:zlib";
import { GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import { simulatedCredentials } from "../../scripts/demo/aws/keys.ts";
import { startSimulatedAws } from "../../scripts/demo/aws/simulated-aws.ts";
import type { SimulatedBucket, SimulatedRegion, World } from "../../scripts/demo/aws/world.ts";
import { hourMs } from "../../scripts/demo/traffic/layout.ts";
import { openTraffic } from "../../scripts/demo/traffic/traffic.ts";
import { demoWorld } from "../../scripts/demo/world.ts";

const now = Date.parse("2026-11-24T02:20:00Z");
const options = { seed: 4, now, days: 20, recordsPerDay: 250 };
const world = demoWorld(options);
const traffic = openTraffic(options);

const bucketOf = (name: string): SimulatedBucket => {
  const bucket = world.buckets.find((each) => each.name === name);
  if (bucket === undefined) throw new Error(`no bucket ${name}`);
  return bucket;
};
const regionOf = (from: World, account: string, region: string): SimulatedRegion => {
  const found = from.accounts.find(({ id }) => id === account)?.regions.get(region);
  if (found === undefined) throw new Error(`no region ${region}`);
  return found;
};
const sumOf = (region: SimulatedRegion, name: string, from = 0, to = now): number => {
  const metric = region.metrics.find((each) => each.name === name);
  return [...(metric?.points(from, to) ?? [])].reduce((sum, point) => sum + point.value, 0);
};
const records = (bucket: SimulatedBucket, prefix: string): string[] =>
  [...bucket.list(prefix)]
    .filter(({ key, lastModified }) => key.endsWith(".json.gz") && !key.includes("/data/") && lastModified <= now)
    .flatMap((object) => gunzipSync(object.body()).toString().trimEnd().split("\n"));

describe("the demo's buckets", () => {
  it("list in the order of keys, and each object has the size that was told", () => {
    const day = "AWSLogs/111122223333/BedrockModelInvocationLogs/us-east-1/2026/11/20/";
    const objects = [...bucketOf("quillmoor-model-logs-use1").list(day)];
    const keys = objects.map(({ key }) => key);
    expect(keys.length).toBeGreaterThan(10);
    expect(keys).toEqual(keys.toSorted());
    for (const object of objects) expect(object.size).toBe(object.body().length);
  });

  it("give the same objects by hour, by day and whole", () => {
    const bucket = bucketOf("quillmoor-model-logs-usw2");
    const root = "ai/AWSLogs/111122223333/BedrockModelInvocationLogs/us-west-2/";
    const keysOf = (prefix: string): string[] => [...bucket.list(prefix)].map(({ key }) => key);
    const day = keysOf(`${root}2026/11/20/`);
    const hours = Array.from({ length: 24 }, (_, hour) =>
      keysOf(`${root}2026/11/20/${String(hour).padStart(2, "0")}/`),
    );
    expect(hours.flat()).toEqual(day);
    expect(keysOf("").filter((key) => key.startsWith(`${root}2026/11/20/`))).toEqual(day);
    expect(keysOf(day[0] ?? "").at(0)).toBe(day[0]);
    expect(day.length).toBeGreaterThan(3);
  });

  it("hold the permission check that Bedrock leaves behind", () => {
    const empty = [...bucketOf("quillmoor-desk-logs-euc1").list("audit/")].filter(({ size }) => size === 0);
    expect(empty.map(({ key }) => key.split("/").at(-1))).toEqual(["amazon-bedrock-logs-permission-check"]);
  });

  it("have lost what a rule of fourteen days removes", () => {
    const days = new Set(
      [...bucketOf("quillmoor-model-logs-apne1").list("ai/")].map(({ lastModified }) => lastModified),
    );
    const oldest = Math.min(...days);
    expect(now - oldest).toBeLessThan(15 * 24 * hourMs);
    expect(now - oldest).toBeGreaterThan(13 * 24 * hourMs);
  });
});

describe("the demo's records and metrics", () => {
  it("agree: each invocation that CloudWatch counts was delivered, where logging is whole", () => {
    const lines = records(bucketOf("quillmoor-desk-logs-use1"), "");
    const here = regionOf(world, "444455556666", "us-east-1");
    const to = Math.floor(now / hourMs) * hourMs;
    const old = lines
      .map((line) => JSON.parse(line) as { timestamp: string; errorCode?: string })
      .filter((each) => Date.parse(each.timestamp) < to);
    const counted = sumOf(here, "Invocations", 0, to) + sumOf(here, "InvocationThrottles", 0, to);
    // A straggler can still be on its way.
    expect(old.length).toBeGreaterThan(counted * 0.97);
    expect(old.length).toBeLessThanOrEqual(counted);
    expect(sumOf(here, "ModelInvocationLogsS3DeliverySuccess", 0, to)).toBe(counted);
  });

  it("show a gap where the configuration was deleted, and no record of that time", () => {
    const here = regionOf(world, "111122223333", "eu-central-1");
    const acts = here.trailEvents.map(({ name, time }) => ({ name, time })).sort((a, b) => a.time - b.time);
    expect(acts.map(({ name }) => name)).toEqual([
      "DeleteModelInvocationLoggingConfiguration",
      "PutModelInvocationLoggingConfiguration",
    ]);
    const [from = 0, to = 0] = acts.map(({ time }) => time);
    const inGap = records(bucketOf("quillmoor-model-logs-euc1"), "").filter((line) => {
      const time = Date.parse((JSON.parse(line) as { timestamp: string }).timestamp);
      return time > from && time < to - 1000;
    });
    expect(inGap).toEqual([]);
  });

  it("count calls in a region that logs nowhere", () => {
    const here = regionOf(world, "777788889999", "ca-central-1");
    expect(here.loggingConfig).toBeNull();
    expect(sumOf(here, "Invocations")).toBeGreaterThan(10);
  });
});

describe("the demo's log groups", () => {
  it("bring each record of a region that delivers to CloudWatch alone, in order and some seconds later", () => {
    const desk = world.accounts.find(({ id }) => id === "444455556666");
    const group = desk?.logGroups.find(({ region }) => region === "eu-west-1");
    const [from, to] = [now - 5 * 24 * hourMs, now];
    const events = [...(group?.events(from, to) ?? [])];
    const expected = traffic
      .hours("444455556666", "eu-west-1")
      .flatMap((hour) => traffic.records("444455556666", "eu-west-1", hour))
      .filter((record) => Date.parse(record["timestamp"] as string) >= from);
    expect(events.length).toBeGreaterThan(10);
    expect(events.map(({ message }) => (JSON.parse(message) as { requestId: string }).requestId).sort()).toEqual(
      expected.map((record) => record["requestId"] as string).sort(),
    );
    expect(events.map(({ timestamp }) => timestamp)).toEqual(
      events.map(({ timestamp }) => timestamp).toSorted((a, b) => a - b),
    );
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    expect(
      events.every(
        (each) => each.ingestionTime - each.timestamp >= 5_000 && each.ingestionTime - each.timestamp <= 14_000,
      ),
    ).toBe(true);
  });

  it("repeat what goes to S3 too, word for word", () => {
    const desk = world.accounts.find(({ id }) => id === "444455556666");
    const group = desk?.logGroups.find(({ region }) => region === "eu-central-1");
    const [from, to] = [Date.parse("2026-11-19T00:00:00Z"), Date.parse("2026-11-20T00:00:00Z")];
    const messages = [...(group?.events(from, to) ?? [])].map(({ message }) => message);
    const lines = records(bucketOf("quillmoor-desk-logs-euc1"), "audit/").filter((line) =>
      line.includes('"2026-11-19T'),
    );
    expect(messages.length).toBeGreaterThan(5);
    expect(messages.sort()).toEqual(lines.sort());
  });
});

describe("the demo's profiles", () => {
  it("explain application profiles that are called, but for one that was deleted", () => {
    const called = new Set(
      traffic.targets.flatMap(({ accountId, region }) =>
        traffic
          .hours(accountId, region)
          .flatMap((hour) =>
            traffic
              .calls(accountId, region, hour)
              .flatMap(({ model }) => (model.modelId.includes("application-inference-profile") ? [model.modelId] : [])),
          ),
      ),
    );
    const known = new Set(
      world.accounts.flatMap((account) =>
        [...account.regions.values()].flatMap(({ profiles }) => profiles.map(({ arn }) => arn)),
      ),
    );
    expect([...called].filter((arn) => known.has(arn)).length).toBe(2);
    expect([...called].filter((arn) => !known.has(arn)).length).toBe(1);
  });
});

describe("the demo world over the wire", () => {
  it("answers the real SDK, and shows the future only when its clock comes there", async () => {
    let clock = now;
    const aws = await startSimulatedAws(world, { clock: () => clock });
    try {
      const client = new S3Client({
        region: "us-east-1",
        endpoint: aws.url,
        forcePathStyle: true,
        credentials: simulatedCredentials("111122223333"),
      });
      const Bucket = "quillmoor-model-logs-use1";
      const Prefix = "AWSLogs/111122223333/BedrockModelInvocationLogs/us-east-1/2026/11/24/";
      const before = await client.send(new ListObjectsV2Command({ Bucket, Prefix }));
      clock += 6 * hourMs;
      const after = await client.send(new ListObjectsV2Command({ Bucket, Prefix }));
      expect(before.KeyCount).toBeGreaterThan(0);
      expect(after.KeyCount ?? 0).toBeGreaterThan(before.KeyCount ?? 0);
      const first = before.Contents?.[0];
      const got = await client.send(new GetObjectCommand({ Bucket, Key: first?.Key ?? "" }));
      const bytes = (await got.Body?.transformToByteArray()) ?? new Uint8Array();
      expect(bytes.length).toBe(first?.Size);
      expect(gunzipSync(bytes).toString()).toContain("ModelInvocationLog");
    } finally {
      await aws.close();
    }
  });
});
