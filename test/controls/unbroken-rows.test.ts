import { describe, expect, it } from "vitest";
import type { SimulatedMetric, SimulatedTrailEvent } from "../../scripts/demo/aws/world.ts";
import { gapText } from "../../server/reports/check-words.ts";
import { aBucket, hourMs, now, region } from "../aws/small-world.ts";
import {
  calls,
  change,
  checked,
  expiring,
  group,
  looked,
  of,
  type Options,
  type Setup,
  toBoth,
  toGroup,
  toGroupAlone,
  told,
  toS3,
  worldOf,
} from "./kit.ts";

const dayMs = 24 * hourMs;
const ago = (days: number): string => new Date(now - days * dayMs).toISOString();
const admin = "arn:aws:iam::111122223333:user/admin";
const windowStart = ago(30);
const windowEnd = new Date(now - 15 * 60_000).toISOString();

const allFlags = {
  textDataDeliveryEnabled: true,
  imageDataDeliveryEnabled: false,
  embeddingDataDeliveryEnabled: false,
  videoDataDeliveryEnabled: false,
  audioDataDeliveryEnabled: false,
};
const put = (days: number, config: object = toS3) =>
  change("PutModelInvocationLoggingConfiguration", days, { loggingConfig: { ...allFlags, ...config } });
const off = (days: number) => change("DeleteModelInvocationLoggingConfiguration", days, null);
const retention = (days: number, retentionInDays: number, logGroupName = "/b/log") =>
  change("PutRetentionPolicy", days, { logGroupName, retentionInDays });
const rule = (Days: number, over: object = {}) => ({
  Status: "Enabled",
  Filter: { Prefix: "" },
  Expiration: { Days },
  ...over,
});
const lifecycle = (days: number, Rule: unknown, bucketName = "logs") =>
  change("PutBucketLifecycle", days, {
    lifecycle: "",
    bucketName,
    LifecycleConfiguration: { xmlns: "http://s3.amazonaws.com/doc/2006-03-01/", Rule },
  });
const versioning = (days: number, Status: string) =>
  change("PutBucketVersioning", days, { versioning: "", bucketName: "logs", VersioningConfiguration: { Status } });

/** Calls every hour in 100 days, each of them delivered. */
const busy: readonly SimulatedMetric[] = [calls(10, 2_400), calls(10, 2_400, "ModelInvocationLogsS3DeliverySuccess")];
const callsBetween = (from: number, to: number, value: number): SimulatedMetric => ({
  namespace: "AWS/Bedrock",
  name: "Invocations",
  dimensions: [],
  *points(since, until) {
    for (let time = now - from * dayMs; time < now - to * dayMs; time += 60_000)
      if (time >= since && time < until) yield { time, value };
  },
});

/** Five minutes, in days: CloudTrail may tell of them, and need not. */
const moment = 5 / (24 * 60);

interface Expected {
  readonly told: string;
  readonly gaps?: readonly object[];
}
type Row = readonly [what: string, setup: Setup, expected: Expected, options?: Options];

/** Called and delivered until so many days ago. */
const deliveredUntil = (days: number): readonly SimulatedMetric[] =>
  busy.map((metric) => ({ ...metric, points: (from, to) => metric.points(from, Math.min(to, now - days * dayMs)) }));
const history = (...trailEvents: readonly SimulatedTrailEvent[]) => ({
  metrics: busy,
  trailEvents,
});
const kept = (days: number) => ({ lifecycle: [expiring(days)] });
const erased = (to: string, invocations: unknown = expect.any(Number), from = windowStart) => ({
  from,
  to,
  kind: "erased",
  invocations,
  actor: admin,
});

const rows: readonly Row[] = [
  ["nothing was ever changed", { region: { metrics: busy } }, { told: "PASS unbroken", gaps: [] }],
  [
    "row 16: a group kept 3 days, set 40 days ago, and 365 since five days",
    { config: toGroup, groups: [group(365)], region: history(retention(40, 3), retention(5, 365)) },
    { told: "FAIL gap", gaps: [erased(ago(8), 22 * 240)] },
  ],
  [
    "row 17: a group deleted and made again five days ago",
    {
      config: toGroup,
      groups: [group(null, { creationTime: now - 5 * dayMs + 60_000 })],
      region: history(change("DeleteLogGroup", 5, { logGroupName: "/b/log" })),
    },
    { told: "FAIL gap", gaps: [erased(ago(5), 25 * 240)] },
  ],
  [
    "a group deleted, and not made again",
    { config: toGroup, region: history(change("DeleteLogGroup", 5, { logGroupName: "/b/log" })) },
    { told: "FAIL gap", gaps: [erased(ago(5))] },
  ],
  [
    "the stream of the records deleted",
    {
      config: toGroup,
      groups: [group(null)],
      region: history(
        change("DeleteLogStream", 5, { logGroupName: "/b/log", logStreamName: "aws/bedrock/modelinvocations" }),
        change("DeleteLogStream", 2, { logGroupName: "/b/log", logStreamName: "mine" }),
        change("DeleteLogStream", 1, { logGroupName: "/b/logs", logStreamName: "aws/bedrock/modelinvocations" }),
      ),
    },
    { told: "FAIL gap", gaps: [erased(ago(5))] },
  ],
  [
    "row 48: off for three hours with 240 calls",
    {
      region: {
        metrics: [callsBetween(12, 11.875, 240 / 180)],
        trailEvents: [put(80), off(12), put(11.875)],
      },
    },
    {
      told: "FAIL gap",
      gaps: [{ from: ago(12), to: ago(11.875), kind: "off", invocations: 240, actor: admin }],
    },
  ],
  [
    "row 48: … without any",
    { region: { metrics: [], trailEvents: [off(12), put(11.875)] } },
    {
      told: "PASS unbroken gap-without-traffic",
      gaps: [{ from: ago(12), to: ago(11.875), kind: "off", invocations: 0, actor: admin }],
    },
  ],
  [
    "row 49: a Delete that was refused",
    {
      region: history(
        change("DeleteModelInvocationLoggingConfiguration", 12, null, { errorCode: "AccessDeniedException" }),
      ),
    },
    { told: "PASS unbroken attempt", gaps: [] },
  ],
  [
    "row 50: moved from a bucket of 3 days five days ago",
    {
      buckets: [aBucket("logs", []), aBucket("old", [], { lifecycle: [expiring(3)] })],
      region: history(put(60, { s3Config: { bucketName: "old", keyPrefix: "bedrock" } }), put(5)),
    },
    { told: "FAIL gap", gaps: [{ ...erased(ago(5)), actor: null }] },
  ],
  [
    "moved from a bucket that is no more",
    { region: history(put(60, { s3Config: { bucketName: "old" } }), put(5)) },
    { told: "FAIL gap", gaps: [{ ...erased(ago(5)), actor: null }] },
  ],
  [
    "moved from a good bucket",
    {
      buckets: [aBucket("logs", []), aBucket("old", [])],
      region: history(put(60, { s3Config: { bucketName: "old" } }), put(5)),
    },
    { told: "PASS unbroken", gaps: [] },
  ],
  [
    "moved from a bucket that may not be read",
    {
      buckets: [aBucket("logs", []), aBucket("old", [], { denies: ["s3:GetLifecycleConfiguration"] })],
      region: history(put(60, { s3Config: { bucketName: "old" } }), put(5)),
    },
    { told: "UNKNOWN earlier-state-unknown" },
  ],
  [
    "row 51: history that may not be read",
    { region: { metrics: busy, denies: ["cloudtrail:LookupEvents"] } },
    { told: "UNKNOWN permission" },
  ],
  [
    "a store that nobody changed is for others to judge",
    { bucket: kept(3), region: history() },
    { told: "PASS unbroken" },
  ],
  [
    "a required body left out for a day",
    { region: history(put(60), put(9, { ...toS3, textDataDeliveryEnabled: false }), put(8)) },
    {
      told: "FAIL gap",
      gaps: [{ from: ago(9), to: ago(8), kind: "content", invocations: 240, actor: admin }],
    },
  ],
  [
    "… which nobody requires",
    { region: history(put(60), put(9, { ...toS3, textDataDeliveryEnabled: false }), put(8)) },
    { told: "PASS unbroken" },
    { settings: { requiredModalities: [] } },
  ],
  [
    "a Put without destination is off",
    { region: history(put(60), put(9, {}), put(8)) },
    { told: "FAIL gap", gaps: [{ from: ago(9), to: ago(8), kind: "off", invocations: 240, actor: admin }] },
  ],
  [
    "a Put whose shape is not known",
    { region: history(put(60), change("PutModelInvocationLoggingConfiguration", 9, { loggingConfig: 7 }), put(8)) },
    { told: "UNKNOWN earlier-state-unknown" },
  ],
  [
    "… is known by the present if it came last",
    { region: history(put(60), change("PutModelInvocationLoggingConfiguration", 8, null)) },
    { told: "PASS unbroken" },
  ],
  [
    "off all the time, with calls",
    { config: {}, region: { metrics: busy.slice(0, 1) } },
    {
      told: "FAIL gap",
      gaps: [{ from: windowStart, to: windowEnd, kind: "off", invocations: expect.any(Number), actor: null }],
    },
  ],
  ["off all the time, without any", { config: {} }, { told: "NOT_APPLICABLE no-traffic" }],
  [
    "before the first event deliveries show that it was on",
    { region: history(put(5)) },
    { told: "PASS unbroken", gaps: [] },
  ],
  [
    "… calls without any that it was off",
    { region: { metrics: [calls(10, 2_400)], trailEvents: [put(5)] } },
    {
      told: "FAIL gap",
      gaps: [{ from: windowStart, to: ago(5), kind: "off", invocations: 25 * 240, actor: null }],
    },
  ],
  ["… and no calls that nothing was lost", { region: { trailEvents: [put(5)] } }, { told: "PASS unbroken" }],
  [
    "… and where it was switched off then, that nothing was lost either",
    { config: {}, region: { trailEvents: [off(12)] } },
    { told: "NOT_APPLICABLE no-traffic" },
  ],
  [
    "… where it was switched off then, deliveries show that it was on, and nothing shows to where",
    { config: {}, region: { metrics: deliveredUntil(12), trailEvents: [off(12)] } },
    { told: "UNKNOWN earlier-state-unknown" },
  ],
  [
    "… an event before the window tells it, whatever is delivered",
    { region: { metrics: [calls(10, 2_400)], trailEvents: [put(60), put(5)] } },
    { told: "PASS unbroken" },
  ],
  [
    "… and where the counts may not be read, nothing does",
    { region: { ...history(put(5)), denies: ["cloudwatch:GetMetricData"] } },
    { told: "UNKNOWN earlier-state-unknown", gaps: [] },
  ],
  [
    "a gap that the events prove, whose calls may not be counted",
    { region: { ...history(put(80), off(12), put(11)), denies: ["cloudwatch:GetMetricData"] } },
    {
      told: "UNKNOWN gap-not-measured",
      gaps: [{ from: ago(12), to: ago(11), kind: "off", invocations: null, actor: admin }],
    },
  ],
  [
    "no event, on now, and nothing counted",
    { region: { denies: ["cloudwatch:GetMetricData"] } },
    { told: "PASS unbroken" },
  ],
  [
    "a rule of 3 days for a while",
    { bucket: kept(400), region: history(lifecycle(40, rule(3)), lifecycle(5, [rule(400), rule(400)])) },
    { told: "FAIL gap", gaps: [erased(ago(8))] },
  ],
  [
    "a rule of 3 days, which was taken away",
    {
      region: history(
        lifecycle(40, rule(3)),
        change("DeleteBucketLifecycle", 5, { lifecycle: "", bucketName: "logs" }),
      ),
    },
    { told: "FAIL gap", gaps: [erased(ago(8))] },
  ],
  [
    "a rule of 3 days that still holds",
    { bucket: kept(3), region: history(lifecycle(40, rule(3))) },
    { told: "FAIL gap", gaps: [erased(new Date(now - 15 * 60_000 - 3 * dayMs).toISOString())] },
  ],
  [
    "a rule of another bucket",
    { region: history(lifecycle(40, rule(3), "other"), lifecycle(5, rule(400), "other")) },
    { told: "PASS unbroken" },
  ],
  [
    "a rule of 3 days that was not put",
    { region: history(change("PutBucketLifecycle", 5, { bucketName: "logs" }, { errorCode: "AccessDenied" })) },
    { told: "PASS unbroken attempt" },
  ],
  [
    "rules whose shape is not known are not: no rule",
    { bucket: kept(400), region: history(lifecycle(40, { ...rule(400), Sharding: {} }), lifecycle(5, rule(400))) },
    { told: "UNKNOWN earlier-state-unknown" },
  ],
  [
    "rules of which only the new ones are known",
    { bucket: kept(400), region: history(lifecycle(5, rule(400))) },
    { told: "UNKNOWN earlier-state-unknown" },
  ],
  [
    "a bucket made in the window had none",
    {
      buckets: [aBucket("logs", [], { ...kept(400), createdAt: now - 20 * dayMs }), aBucket("old", [])],
      region: history(
        put(60, { s3Config: { bucketName: "old" } }),
        put(19),
        change("CreateBucket", 20, { bucketName: "logs" }),
        lifecycle(5, rule(400)),
      ),
    },
    { told: "PASS unbroken" },
  ],
  [
    "a bucket deleted and made again",
    {
      bucket: { createdAt: now - 9 * dayMs },
      region: history(
        change("DeleteBucket", 10, { bucketName: "logs" }),
        change("CreateBucket", 9, { bucketName: "logs" }),
      ),
    },
    { told: "FAIL gap", gaps: [erased(ago(10))] },
  ],
  [
    "versions that kept what the rule ended, suspended ten days ago",
    {
      bucket: { ...kept(7), versioning: "Suspended" },
      region: history(versioning(60, "Enabled"), versioning(10, "Suspended")),
    },
    { told: "FAIL gap" },
  ],
  [
    "a short group beside a good bucket",
    { config: toBoth, groups: [group(365)], region: history(retention(40, 3), retention(5, 365)) },
    { told: "PASS unbroken" },
  ],
  [
    "… where all must be good",
    { config: toBoth, groups: [group(365)], region: history(retention(40, 3), retention(5, 365)) },
    { told: "FAIL gap" },
    { settings: { destinations: "all" } },
  ],
  [
    "a short bucket of large bodies",
    {
      config: toGroup,
      groups: [group(null)],
      region: history(lifecycle(40, rule(3)), lifecycle(5, rule(400))),
      bucket: kept(400),
    },
    { told: "FAIL gap" },
  ],
  [
    "a group alone that was short",
    { config: toGroupAlone, groups: [group(365)], region: history(retention(40, 3), retention(5, 365)) },
    { told: "FAIL gap" },
  ],
  [
    "the account's policy goes over the group's own period",
    {
      config: toGroupAlone,
      groups: [group(90, { retentionPolicyName: "all" })],
      region: history(retention(40, 3), retention(5, 365)),
    },
    { told: "PASS unbroken" },
  ],
  [
    "an account's policy a day after it was put",
    {
      config: toGroupAlone,
      groups: [group(365, { retentionPolicyName: "all" })],
      region: history(accountPolicy(60, 30), accountPolicy(6, 365)),
    },
    { told: "FAIL gap", gaps: [erased(ago(35), 55 * 240, ago(90))] },
    { settings: { minimumDays: 90 } },
  ],
  [
    "an account's policy for other groups, and a trial of one",
    {
      config: toGroupAlone,
      groups: [group(365)],
      region: history(
        accountPolicy(20, 30, { selectionCriteria: `LogGroupNamePrefix IN ["/other/"]` }),
        accountPolicy(10, 30, { dryRun: true }),
      ),
    },
    { told: "PASS unbroken" },
    { settings: { minimumDays: 90 } },
  ],
  [
    "more changes than are read",
    {
      region: history(...Array.from({ length: 1_001 }, (_, n) => lifecycle(1 + n / 1_000, rule(3), `other-${n}`))),
    },
    { told: "UNKNOWN too-many-events" },
  ],
  [
    "a window longer than anybody knows",
    { region: { metrics: busy } },
    { told: "UNKNOWN history-too-short" },
    { settings: { windowDays: 120 } },
  ],
  [
    "changes of the last quarter of an hour are not told yet",
    { region: history(off(10 / 1_440)) },
    { told: "PASS unbroken" },
  ],
  [
    "an event that is told twice, and one before the time that is told",
    { region: history(put(95), off(12), off(12), put(11)) },
    { told: "FAIL gap", gaps: [{ from: ago(12), to: ago(11), kind: "off", invocations: 240, actor: admin }] },
  ],
  [
    "changes of one second, where nobody knows which came last",
    { region: history(put(80), off(12), put(12), put(2, { ...toS3, imageDataDeliveryEnabled: true })) },
    { told: "UNKNOWN earlier-state-unknown" },
  ],
  ["… unless the present tells", { region: history(put(80), off(12), put(12)) }, { told: "PASS unbroken" }],
  [
    "a policy of the account of which nothing is told may be one of retention",
    { config: toGroup, groups: [group(365)], region: history(change("PutAccountPolicy", 10, null)) },
    { told: "UNKNOWN earlier-state-unknown" },
  ],
  [
    "switched on a moment ago, after calls that left nothing",
    { region: { metrics: busy.slice(0, 1), trailEvents: [put(moment)] } },
    {
      told: "FAIL gap",
      gaps: [{ from: windowStart, to: windowEnd, kind: "off", invocations: expect.any(Number), actor: null }],
    },
  ],
  [
    "put once more a moment ago, with deliveries all the time",
    { region: history(put(moment)) },
    { told: "PASS unbroken", gaps: [] },
  ],
  ["… and without any call", { region: { trailEvents: [put(moment)] } }, { told: "PASS unbroken" }],
  [
    "switched off a moment ago, without any call",
    { config: {}, region: { trailEvents: [off(moment)] } },
    { told: "NOT_APPLICABLE no-traffic" },
  ],
  [
    "off for long, switched on a moment ago",
    { region: history(off(60), put(moment)) },
    {
      told: "FAIL gap",
      gaps: [{ from: windowStart, to: windowEnd, kind: "off", invocations: expect.any(Number), actor: admin }],
    },
  ],
  [
    "rules that are a moment old, and nobody knows those before",
    { bucket: kept(400), region: history(lifecycle(moment, rule(400))) },
    { told: "UNKNOWN earlier-state-unknown" },
  ],
  [
    "rules that are a moment old, and short ones before",
    { bucket: kept(400), region: history(lifecycle(40, rule(3)), lifecycle(moment, rule(400))) },
    { told: "FAIL gap", gaps: [erased(new Date(now - 15 * 60_000 - 3 * dayMs).toISOString())] },
  ],
  [
    "a group that keeps long since a moment ago",
    { config: toGroup, groups: [group(365)], region: history(retention(moment, 365)) },
    { told: "UNKNOWN earlier-state-unknown" },
  ],
  [
    "a group that keeps long since a moment ago, and kept three days before",
    { config: toGroup, groups: [group(365)], region: history(retention(40, 3), retention(moment, 365)) },
    { told: "FAIL gap" },
  ],
  [
    "a stream deleted a moment ago",
    {
      config: toGroup,
      groups: [group(365)],
      region: history(
        change("DeleteLogStream", moment, { logGroupName: "/b/log", logStreamName: "aws/bedrock/modelinvocations" }),
      ),
    },
    { told: "FAIL gap", gaps: [erased(windowEnd)] },
  ],
  [
    "a call of the same name of another service, which names no group",
    {
      config: toGroup,
      groups: [group(365)],
      region: history({
        ...change("PutRetentionPolicy", 10, { organizationId: "m-1", name: "mail" }),
        source: "workmail.amazonaws.com",
      }),
    },
    { told: "PASS unbroken", gaps: [] },
  ],
  [
    "a bucket that was asked for once more, when it was there already, is no new one",
    {
      bucket: { ...kept(400), createdAt: now - 25 * dayMs },
      region: history(
        put(60),
        change("CreateBucket", 25, { bucketName: "logs" }, { id: "made" }),
        lifecycle(24, rule(3)),
        lifecycle(10, rule(400)),
        change("CreateBucket", 5, { bucketName: "logs" }, { id: "again" }),
      ),
    },
    { told: "FAIL gap" },
  ],
];

function accountPolicy(days: number, retentionInDays: number, over: object = {}) {
  return change("PutAccountPolicy", days, {
    policyName: "all",
    policyType: "RETENTION_POLICY",
    policyDocument: JSON.stringify({ retentionInDays, enforcementMode: "RETROACTIVE" }),
    ...over,
  });
}

const only: Options = { controls: ["logging-unbroken", "invocation-logging-enabled"] };

describe("logging-unbroken", () => {
  const cases = rows.map(([what, setup, expected, options = {}]) => ({ what, setup, expected, options }));

  it.each(cases)("$what", async ({ expected, options, setup }) => {
    const found = of(await checked(worldOf({ ...setup }), { ...only, ...options }), "unbroken");
    expect(told(found), `${found.reason} ${JSON.stringify(found.gaps)}`).toBe(expected.told);
    const gaps = expected.gaps?.map((gap) => ({ isAtMost: expect.any(Boolean) as unknown, ...gap }));
    if (gaps !== undefined) expect(found.gaps).toEqual(gaps);
  });

  it("row 16, row 17: what a store keeps now is well all the same", async () => {
    const setup = { config: toGroup, groups: [group(365)], region: history(retention(40, 3), retention(5, 365)) };
    expect(told(of(await checked(worldOf(setup), { controls: ["log-group-retention"] }), "group"))).toBe("PASS kept");
  });

  it("says who tried in vain", async () => {
    const arn = "arn:aws:sts::111122223333:assumed-role/dev/session";
    const attempt = change("DeleteModelInvocationLoggingConfiguration", 12, null, { errorCode: "AccessDenied", arn });
    const found = of(await checked(worldOf({ region: history(attempt) }), only), "unbroken");
    expect(found.notes[0]?.text).toBe(
      `DeleteModelInvocationLoggingConfiguration failed at 2026-09-03T12:00Z (AccessDenied), by ${arn}.`,
    );
  });

  it.each([
    ["at the edge of a period", 0, "240 invocations"],
    ["within a period", 30_000, "up to 240 invocations"],
  ])("says how exactly calls were counted where logging ended %s", async (_, after, counted) => {
    const end = 12 - after / dayMs;
    const found = of(await checked(worldOf({ region: history(put(80), off(end), put(11)) }), only), "unbroken");
    expect(found.reason).toBe(`${counted} unlogged 2026-09-03T12:00Z–2026-09-04T12:00Z, by ${admin}.`);
    expect(found.gaps).toMatchObject([{ invocations: 240, isAtMost: after > 0 }]);
    expect(found.gaps.map(gapText)).toEqual([
      expect.stringContaining(`: ${counted.replace("invocations", "calls")}, by`),
    ]);
  });

  it("asks CloudTrail in the region of the bucket", async () => {
    const elsewhere = aBucket("logs", [], { region: "eu-west-1", lifecycle: [expiring(400)] });
    const world = worldOf({ buckets: [elsewhere], region: { metrics: busy } });
    const [own] = world.accounts;
    const changes = [lifecycle(40, rule(3)), lifecycle(5, rule(400))];
    const regions = new Map(own?.regions).set("eu-west-1", region({ trailEvents: changes }));
    const accounts = own === undefined ? [] : [{ ...own, regions }];
    const found = of(await checked({ ...world, accounts }, only), "unbroken");
    expect(told(found)).toBe("FAIL gap");
  });

  it("mends a group that follows the account's policy by another of the account", async () => {
    const setup = { config: toGroupAlone, groups: [group(30, { retentionPolicyName: "all" })] };
    const report = await checked(worldOf(setup), { settings: { minimumDays: 200 }, controls: ["log-group-retention"] });
    expect(of(report, "group").remediation).toBe(
      `aws logs put-account-policy --region us-east-1 --policy-name keep-invocation-logs --policy-type RETENTION_POLICY ` +
        `--policy-document '{"retentionInDays":365,"enforcementMode":"RETROACTIVE"}' --selection-criteria 'LogGroupNamePrefix IN ["/b/log"]' # Terraform: cloudwatch_log_account_policy`,
    );
  });

  it("is mended by a policy that denies each change that would count as a break", async () => {
    const deniedIn = async (setup: Setup): Promise<readonly unknown[]> => {
      const found = of(
        await checked(worldOf({ ...setup, region: { metrics: busy, trailEvents: [off(12)] } }), only),
        "unbroken",
      );
      const [, content = ""] =
        /--content '(.*)' # Terraform: organizations_policy$/.exec(found.remediation ?? "") ?? [];
      const { Statement } = JSON.parse(content) as { readonly Statement: readonly Record<string, unknown>[] };
      return Statement.map(({ Action, Effect, Resource }) => [Effect, Action, Resource]);
    };
    const logging = [
      "Deny",
      ["bedrock:PutModelInvocationLoggingConfiguration", "bedrock:DeleteModelInvocationLoggingConfiguration"],
      "*",
    ];
    const buckets = ["s3:PutLifecycleConfiguration", "s3:PutBucketVersioning", "s3:DeleteBucket"];
    expect(await deniedIn({})).toEqual([logging, ["Deny", buckets, ["arn:*:s3:::logs"]]]);
    expect(await deniedIn({ config: toGroupAlone, groups: [group(365)] })).toEqual([
      logging,
      [
        "Deny",
        ["logs:DeleteLogGroup", "logs:DeleteLogStream", "logs:PutRetentionPolicy", "logs:DeleteRetentionPolicy"],
        ["arn:*:logs:*:*:log-group:/b/log", "arn:*:logs:*:*:log-group:/b/log:*"],
      ],
      ["Deny", ["logs:PutAccountPolicy", "logs:DeleteAccountPolicy"], "*"],
    ]);
  });

  it("asks for changes of what is configured, and for no deletion of what is old", async () => {
    const asked = async (setup: Setup) => {
      const { requests } = await looked(worldOf(setup), only);
      return requests.filter(({ api }) => api === "LookupEvents").map(({ resource }) => resource);
    };
    const config = ["DeleteModelInvocationLoggingConfiguration", "PutModelInvocationLoggingConfiguration"];
    expect((await asked({ config: {} })).toSorted()).toEqual(config);
    expect((await asked({})).toSorted()).toEqual(
      [...config, "DeleteBucketLifecycle", "PutBucketLifecycle", "PutBucketVersioning"].toSorted(),
    );
    expect(await asked({ config: toGroupAlone, groups: [group(365)] })).not.toContain("DeleteLogGroup");
    expect(await asked({ config: toGroupAlone })).toContain("DeleteLogGroup");
  });
});
