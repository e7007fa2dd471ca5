import { describe, expect, it } from "vitest";
import type { SimulatedMetric } from "../../scripts/demo/aws/world.ts";
import { account, anEvent, anObject, aBucket, hourMs, now, otherAccount } from "../aws/small-world.ts";
import {
  casesOf,
  checked,
  expiring,
  group,
  logsFolder,
  looked,
  of,
  type Row,
  type Setup,
  toBoth,
  toGroup,
  toGroupAlone,
  told,
  toldOf,
  toS3,
  worldOf,
} from "./kit.ts";

/** Hours before now: the last hour is too young to be judged. */
const recently = [2];
const daily = (days: number): readonly number[] => Array.from({ length: days }, (_, day) => day * 24 + 2);

/** So much in each of these hours before now. */
function counted(
  name: string,
  value: number,
  hours: readonly number[] = recently,
  over: Partial<SimulatedMetric> = {},
): SimulatedMetric {
  const times = hours.map((hour) => now - hour * hourMs).toSorted((a, b) => a - b);
  return {
    namespace: "AWS/Bedrock",
    name,
    dimensions: [],
    *points(from: number, to: number) {
      for (const time of times) if (time >= from && time < to) yield { time, value };
    },
    ...over,
  };
}

const invocations = (value: number, hours?: readonly number[]) => counted("Invocations", value, hours);
/** What the log group took in. */
const stored = (value: number, hours?: readonly number[]) =>
  counted("IncomingLogEvents", value, hours, {
    namespace: "AWS/Logs",
    dimensions: [{ name: "LogGroupName", value: "/b/log" }],
  });
const inferences = (value: number) => counted("Inferences", value, recently, { namespace: "AWS/BedrockMantle" });
const toBucket = { good: "ModelInvocationLogsS3DeliverySuccess", bad: "ModelInvocationLogsS3DeliveryFailure" };
const toLogs = {
  good: "ModelInvocationLogsCloudWatchDeliverySuccess",
  bad: "ModelInvocationLogsCloudWatchDeliveryFailure",
};
const ofLargeData = {
  good: "ModelInvocationLargeDataS3DeliverySuccess",
  bad: "ModelInvocationLargeDataS3DeliveryFailure",
};

/** A file of records, so many hours before now. */
function batch(hour: number) {
  const time = new Date(now - hour * hourMs).toISOString();
  const stamp = time.replaceAll(/[-:.]/g, "");
  const [day = ""] = time.split("T");
  return anObject(`${logsFolder}${day.replaceAll("-", "/")}/${time.slice(11, 13)}/${stamp}_0123456789abcdef.json.gz`);
}

const permissionCheck = anObject(
  `${logsFolder.slice(0, logsFolder.indexOf("us-east-1"))}amazon-bedrock-logs-permission-check`,
  "",
);
const permissionChecks = [
  permissionCheck,
  anObject(`${logsFolder}2026/09/15/10/amazon-bedrock-logs-permission-check`, ""),
];

/** A bucket with these objects, and what was counted. */
function inBucket(
  objects: readonly ReturnType<typeof anObject>[],
  metrics: readonly SimulatedMetric[],
  over: Partial<ReturnType<typeof aBucket>> = {},
): Setup {
  return { buckets: [aBucket("logs", objects, over)], region: { metrics } };
}

const inGroup = (metrics: readonly SimulatedMetric[], config: Setup["config"] = toGroup): Setup => ({
  config: config ?? null,
  groups: [group(90)],
  region: { metrics },
});
const bothWhole = { ...toBoth, cloudWatchConfig: toGroup.cloudWatchConfig };
const took = (hour: number) => group(90, { events: () => [anEvent("e", now - hour * hourMs)] });

const rows: readonly Row[] = [
  [
    "row 42: only the object that a Put of the configuration leaves, and no calls",
    inBucket(permissionChecks, []),
    { alive: "NOT_APPLICABLE no-traffic", complete: "NOT_APPLICABLE no-traffic", covered: "PASS covered" },
  ],
  [
    "… which shows of no call that its record came",
    inBucket(permissionChecks, [invocations(1000)]),
    { alive: "FAIL broken", complete: "FAIL hole" },
  ],
  [
    "row 43: every delivery failed",
    inBucket([], [invocations(1000), counted(toBucket.bad, 1000)]),
    { alive: "FAIL broken" },
  ],
  [
    "… to a log group",
    inGroup([invocations(1000), stored(1000), counted(toLogs.bad, 1000)]),
    { alive: "FAIL broken", complete: "PASS complete" },
  ],
  [
    "… though the bucket holds records from somewhere",
    inBucket([batch(2)], [invocations(1000), counted(toBucket.bad, 1000)]),
    { alive: "FAIL broken", complete: "PASS complete" },
  ],
  ["row 44: fewer records than calls", inGroup([invocations(1000), stored(400)]), { complete: "FAIL incomplete" }],
  ["… but for so many that are tolerated", inGroup([invocations(1000), stored(950)]), { complete: "PASS complete" }],
  ["… and one less", inGroup([invocations(1000), stored(949)]), { complete: "FAIL incomplete" }],
  [
    "… where the policy tolerates more",
    inGroup([invocations(1000), stored(400)]),
    { complete: "PASS complete" },
    { settings: { completenessTolerance: 0.6 } },
  ],
  [
    "calls that failed need no record",
    inGroup([
      invocations(1000),
      counted("InvocationClientErrors", 500),
      counted("InvocationServerErrors", 100),
      stored(400),
    ]),
    { complete: "PASS complete" },
  ],
  [
    "calls that all failed",
    inGroup([invocations(10), counted("InvocationClientErrors", 10)]),
    { complete: "NOT_APPLICABLE no-traffic" },
  ],
  ["calls, and nothing in the group", inGroup([invocations(1000)]), { complete: "FAIL incomplete" }],
  [
    "a day without any record, in a group that others write to",
    inGroup([invocations(10, [2, 50]), stored(500)]),
    { complete: "FAIL hole shared-group" },
  ],
  [
    "a group that others write to, every day",
    inGroup([invocations(10, [2, 50]), stored(500, [2, 50])]),
    { complete: "PASS complete shared-group" },
  ],
  [
    "a group alone that lacks records",
    inGroup([invocations(1000), stored(400)], toGroupAlone),
    { complete: "FAIL incomplete" },
  ],
  [
    "deliveries as many as calls",
    inBucket([batch(2)], [invocations(1000), counted(toBucket.good, 1000)]),
    { alive: "PASS alive", complete: "PASS complete" },
  ],
  ["… to a log group", inGroup([invocations(1000), counted(toLogs.good, 1000)]), { alive: "PASS alive" }],
  [
    "deliveries that are counted by model alone",
    inBucket(
      [batch(2)],
      [
        invocations(1000),
        { ...invocations(1000), dimensions: [{ name: "ModelId", value: "m" }] },
        counted(toBucket.good, 1000, recently, { dimensions: [{ name: "ModelId", value: "m" }] }),
      ],
    ),
    { alive: "PASS alive" },
  ],
  [
    "some deliveries that failed",
    inBucket([], [invocations(1000), counted(toBucket.good, 990), counted(toBucket.bad, 10)]),
    { alive: "PASS alive some-failed" },
  ],
  [
    "too many deliveries that failed",
    inBucket([], [invocations(1000), counted(toBucket.good, 980), counted(toBucket.bad, 20)]),
    { alive: "FAIL failing" },
  ],
  [
    "… where the policy tolerates them",
    inBucket([], [invocations(1000), counted(toBucket.good, 980), counted(toBucket.bad, 20)]),
    { alive: "PASS alive some-failed" },
    { settings: { deliveryFailureTolerance: 0.02 } },
  ],
  [
    "deliveries that have ended, after many good days",
    inBucket([], [invocations(10, daily(28)), counted(toBucket.good, 10, daily(28).slice(25))]),
    { alive: "FAIL broken" },
  ],
  [
    "large bodies that are lost, beside records that arrive",
    inBucket([], [invocations(10), counted(toBucket.good, 10), counted(ofLargeData.bad, 3)]),
    { alive: "FAIL broken" },
  ],
  [
    "large bodies that arrive, beside records that are lost",
    inBucket([], [invocations(10), counted(toBucket.bad, 10), counted(ofLargeData.good, 3)]),
    { alive: "FAIL broken" },
  ],
  [
    "deliveries that nobody counts, in a bucket that has records",
    inBucket([batch(2)], [invocations(10)]),
    { alive: "PASS alive metric-absent" },
  ],
  [
    "… in a group whose stream has just taken in something",
    { ...inGroup([invocations(10)]), groups: [took(1)] },
    { alive: "PASS alive metric-absent" },
  ],
  [
    "… in a group whose stream took in the last before the calls",
    { ...inGroup([invocations(10)]), groups: [took(80)] },
    { alive: "FAIL broken" },
  ],
  [
    "… in a group whose streams may not be listed",
    { ...inGroup([invocations(10)]), region: { metrics: [invocations(10)], denies: ["logs:DescribeLogStreams"] } },
    { alive: "FAIL broken store-unread" },
  ],
  [
    "a day with calls that the bucket has let go",
    inBucket([batch(48)], [invocations(10, [48, 480])], { lifecycle: [expiring(7)] }),
    { complete: "PASS complete days-expired", s3: "FAIL short" },
  ],
  [
    "… beside one that it should have",
    inBucket([], [invocations(10, [48, 480])], { lifecycle: [expiring(7)] }),
    { complete: "FAIL hole days-expired" },
  ],
  [
    "… and no other",
    inBucket([], [invocations(10, [480])], { lifecycle: [expiring(7)] }),
    { complete: "UNKNOWN not-listable" },
  ],
  [
    "a bucket whose rules are not told, and that has a batch of each day",
    inBucket([batch(48), batch(480)], [invocations(10, [48, 480])], { denies: ["s3:GetLifecycleConfiguration"] }),
    { complete: "PASS complete", s3: "UNKNOWN permission" },
  ],
  [
    "… and that lacks one",
    inBucket([batch(48)], [invocations(10, [48, 480])], { denies: ["s3:GetLifecycleConfiguration"] }),
    { complete: "UNKNOWN permission" },
  ],
  [
    "a bucket that may not be listed",
    inBucket([batch(2)], [invocations(10)], { denies: ["s3:ListBucket"] }),
    { complete: "UNKNOWN permission", alive: "FAIL broken store-unread" },
  ],
  [
    "a bucket of somebody else",
    inBucket([batch(2)], [invocations(10)], { owner: otherAccount }),
    { complete: "UNKNOWN not-listable" },
  ],
  [
    "a whole bucket beside a group that lacks records",
    { ...inBucket([batch(2)], [invocations(1000), stored(400)]), config: bothWhole, groups: [group(90)] },
    { complete: "PASS complete destination-incomplete" },
  ],
  [
    "… where all must be whole",
    { ...inBucket([batch(2)], [invocations(1000), stored(400)]), config: bothWhole, groups: [group(90)] },
    { complete: "FAIL incomplete" },
    { settings: { destinations: "all" } },
  ],
  [
    "a whole group beside a bucket that may not be listed",
    {
      ...inBucket([batch(2)], [invocations(1000), stored(1000)], { denies: ["s3:ListBucket"] }),
      config: bothWhole,
      groups: [group(90)],
    },
    { complete: "PASS complete destination-unread" },
  ],
  [
    "a group that lacks records beside a bucket that may not be listed",
    {
      ...inBucket([batch(2)], [invocations(1000), stored(400)], { denies: ["s3:ListBucket"] }),
      config: bothWhole,
      groups: [group(90)],
    },
    { complete: "UNKNOWN permission" },
  ],
  ["calls on an endpoint that is not logged", { region: { metrics: [inferences(7)] } }, { covered: "FAIL uncovered" }],
  [
    "… where logging is off",
    { config: null, region: { metrics: [inferences(7)] } },
    { covered: "FAIL uncovered", on: "FAIL off", complete: "NOT_APPLICABLE logging-off" },
  ],
  [
    "no calls where logging is off",
    { config: null },
    { covered: "PASS covered", alive: "NOT_APPLICABLE logging-off", complete: "NOT_APPLICABLE logging-off" },
  ],
];

it("is a list of cases, with each row of the table", () => {
  const named = new Set(rows.flatMap(([what]) => /^row (\d+):/.exec(what)?.[1] ?? []));
  expect([...named]).toEqual(["42", "43", "44"]);
  expect(rows.length).toBeGreaterThan(40);
});

describe("what is delivered and stored of what is called", () => {
  it.each(casesOf(rows))("$what", async (row) => {
    const { expected, told: said } = await toldOf(row);
    expect(said).toEqual(expected);
  });

  it("row 46: counts that may not be read are unknown, what does not rest on them is judged", async () => {
    const metrics = [invocations(1000), counted(toBucket.good, 1000)];
    for (const config of [toS3, bothWhole]) {
      const denied = { config, groups: [group(90)], region: { metrics, denies: ["cloudwatch:GetMetricData"] } };
      const report = await checked(worldOf(denied));
      expect(told(of(report, "s3"))).toBe("PASS kept");
      for (const name of ["alive", "complete", "covered"] as const)
        expect(told(of(report, name)), name).toBe("UNKNOWN permission");
      expect(of(report, "complete").reason).toContain("Grant cloudwatch:GetMetricData.");
      expect(report.run.exitCode).toBe(4);
    }
  });

  it("row 47: use before the two weeks that CloudWatch lists is use", async () => {
    const hours = [20 * 24, 20 * 24 + 1];
    const byModel = { ...invocations(12, hours), dimensions: [{ name: "ModelId", value: "m" }] };
    const world = worldOf({ config: null, region: { metrics: [invocations(12, hours), byModel] } });
    const report = await checked(world);
    const found = of(report, "on");
    expect(found).toMatchObject({ verdict: "FAIL", code: "off", severity: "high" });
    expect(found.reason).toBe("Logging is off; 24 invocations in 30 days are not recorded.");
    const models = found.evidence.find(({ fact }) => fact === "usage.models");
    expect(models).toMatchObject({ operation: "ListMetrics", fields: { runtime: [], other: [] } });
    expect(report.run.exitCode).toBe(1);
  });

  it("names the channel that is judged", async () => {
    const metrics = [invocations(10), counted(toBucket.good, 10), counted(ofLargeData.bad, 3)];
    const { results } = await checked(worldOf({ region: { metrics } }), { controls: ["delivery-alive"] });
    expect(results.map((result) => `${result.resource} ${told(result)}`)).toEqual([
      "channel:large-data FAIL broken",
      "channel:s3 PASS alive",
    ]);
  });

  it("says the numbers", async () => {
    const ofBucket = await checked(worldOf(inBucket([], [invocations(1000), counted(toBucket.bad, 1000)])));
    expect(of(ofBucket, "alive").reason).toMatch(/^1000 invocations, no delivery, 1000 failures since /);
    expect(of(ofBucket, "complete").reason).toBe("No log on 2026-09-15.");
    const ofGroup = await checked(worldOf(inGroup([invocations(1000), stored(400)])));
    expect(of(ofGroup, "complete").reason).toBe("400 of at least 1000 records stored.");
  });

  it("asks a group for its streams, by the name that Bedrock gives them, and reads no event", async () => {
    const world = worldOf({ ...inGroup([invocations(10)]), groups: [took(1)] });
    const { report, requests } = await looked(world, { controls: ["delivery-alive"] });
    expect(requests.filter(({ api }) => api === "DescribeLogStreams").map(({ resource }) => resource)).toEqual([
      "/b/log",
    ]);
    expect(requests.map(({ api }) => api)).not.toContain("FilterLogEvents");
    const { evidence } = of(report, "alive");
    expect(evidence.find(({ fact }) => fact === "batches.lastIngestion")).toMatchObject({
      operation: "DescribeLogStreams",
      account,
      fields: { group: "/b/log", lastIngestion: now - hourMs },
    });
  });
});
