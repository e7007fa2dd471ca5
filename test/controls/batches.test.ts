import { describe, expect, it } from "vitest";
import type { SimulatedMetric } from "../../scripts/demo/aws/world.ts";
import { aBucket, account, anObject } from "../aws/small-world.ts";
import {
  checked,
  expiring,
  group,
  here,
  looked,
  logsFolder,
  of,
  type Setup,
  told,
  toGroupAlone,
  worldOf,
} from "./kit.ts";

const folder = (prefix: string): string => `${prefix}AWSLogs/${account}/BedrockModelInvocationLogs/${here}/`;
const batch = (hour: string, under = logsFolder): string =>
  `${under}${hour}/20260910T000000000Z_0123456789abcdef.json.gz`;

/** Calls in these hours: `2026-09-10T23`. */
function callsAt(...hours: readonly string[]): SimulatedMetric {
  const times = hours.map((hour) => Date.parse(`${hour}:00:00Z`));
  return {
    namespace: "AWS/Bedrock",
    name: "Invocations",
    dimensions: [],
    *points(from: number, to: number) {
      for (const time of times) if (time >= from && time < to) yield { time, value: 10 };
    },
  };
}

async function said(hours: readonly string[], keys: readonly string[], keyPrefix = "bedrock") {
  const config = { s3Config: { bucketName: "logs", keyPrefix }, textDataDeliveryEnabled: true };
  const buckets = [
    aBucket(
      "logs",
      keys.map((key) => anObject(key)),
    ),
  ];
  const world = worldOf({ config, buckets, region: { metrics: [callsAt(...hours)] } });
  const { report, requests } = await looked(world, { controls: ["logs-complete"] });
  const [result] = report.results;
  const lists = requests.filter(({ api }) => api === "ListObjectsV2").length;
  return { words: `${result?.verdict} ${result?.code} ${result?.reason}`, lists };
}

describe("the days with calls of a bucket", () => {
  const days = ["2026-09-08T09", "2026-09-10T23", "2026-09-13T11"];

  it("are complete where each has a batch, asked in one list", async () => {
    const keys = [batch("2026/09/08/09"), batch("2026/09/10/23"), batch("2026/09/13/11")];
    expect(await said(days, keys)).toEqual({ words: "PASS complete Logs on all 3 days with calls.", lists: 1 });
  });

  it("are complete by what came in the first hour of the next day, of calls in a day's last hour", async () => {
    const keys = [batch("2026/09/08/09"), batch("2026/09/11/00"), batch("2026/09/13/11")];
    expect((await said(days, keys)).words).toBe("PASS complete Logs on all 3 days with calls.");
    const later = [batch("2026/09/08/09"), batch("2026/09/11/01"), batch("2026/09/13/11")];
    expect((await said(days, later)).words).toBe("FAIL hole No log on 2026-09-10.");
  });

  it("have a hole where there are bodies alone, an empty object, or a batch of another region", async () => {
    const others = [
      `${logsFolder}2026/09/10/23/data/${"a".repeat(36)}_input.json.gz`,
      `${logsFolder}2026/09/10/23/amazon-bedrock-logs-permission-check`,
      batch("2026/09/10/23", logsFolder.replace(here, "us-west-2")),
    ];
    const keys = [batch("2026/09/08/09"), batch("2026/09/13/11"), ...others];
    expect((await said(days, keys)).words).toBe("FAIL hole No log on 2026-09-10.");
  });

  it("may lie under either folder where a prefix ends in a slash", async () => {
    const keys = [
      batch("2026/09/08/09", folder("p/")),
      batch("2026/09/10/23", folder("p//")),
      batch("2026/09/13/11", folder("p/")),
    ];
    expect((await said(days, keys, "p/")).words).toBe("PASS complete Logs on all 3 days with calls.");
  });
});

describe("a prefix that ends in a slash", () => {
  const config = { s3Config: { bucketName: "logs", keyPrefix: "p/" }, textDataDeliveryEnabled: true };
  const short = expiring(7, { Prefix: "p//" });
  const judged = async (keys: readonly string[], over: Partial<Setup> = {}) => {
    const objects = keys.map((key) => anObject(key));
    const buckets = [aBucket("logs", objects, { lifecycle: [short] })];
    const metrics = [callsAt("2026-09-13T11")];
    const world = worldOf({ config, buckets, ...over, region: { metrics, ...over.region } });
    return checked(world, { controls: ["s3-log-retention", "log-group-retention", "logs-complete"] });
  };
  const one = batch("2026/09/13/11", folder("p/"));
  const other = batch("2026/09/13/11", folder("p//"));

  it("is judged by the folder that records lie in, where they lie in one", async () => {
    expect(told(of(await judged([one]), "s3"))).toBe("PASS kept");
    const found = of(await judged([other]), "s3");
    expect(found).toMatchObject({ verdict: "FAIL", code: "short", keptDays: 7 });
    expect(found.evidence.map(({ fact }) => fact)).toContain("batches.s3");
  });

  it.each([
    ["both hold some", [one, other], {}],
    ["none holds any", [], {}],
    ["neither can be listed", [one], { bucket: { denies: ["s3:ListBucket"] } }],
    ["nobody knows which days had calls", [one], { region: { denies: ["cloudwatch:GetMetricData"] } }],
  ])("is judged by the worse one, where %s", async (_, keys, { bucket = {}, region = {} }: Partial<Setup>) => {
    const objects = keys.map((key) => anObject(key));
    const buckets = [aBucket("logs", objects, { lifecycle: [short], ...bucket })];
    expect(told(of(await judged(keys, { buckets, region }), "s3"))).toBe("FAIL short");
  });

  it("does not fail a group beside the bucket, nor end what can be listed, for a folder without records", async () => {
    const early = [aBucket("logs", [anObject(one)], { lifecycle: [expiring(1, { Prefix: "p//" })] })];
    const both = { buckets: early, groups: [group(7)], config: { ...toGroupAlone, ...config } };
    const report = await judged([], both);
    expect(told(of(report, "group"))).toBe("PASS kept destination-short");
    const complete = report.results.find(({ control }) => control === "logs-complete");
    expect(complete?.reason).toBe("Logs on all 1 days with calls.");
  });
});
