import { describe, expect, it } from "vitest";
import type { Fault } from "../../scripts/demo/aws/faults.ts";
import type { SimulatedRole } from "../../scripts/demo/aws/world.ts";
import { deliveryRole } from "../aws/small-world.ts";
import {
  calls as called,
  checked,
  expiring,
  group,
  of,
  toBoth,
  toGroup,
  toGroupAlone,
  told,
  toS3,
  worldOf,
} from "./kit.ts";

const replaced = (api: string, body: string, contentType?: string): Fault => ({
  api,
  count: 999,
  do: {
    kind: "replace",
    status: 200,
    body,
    headers: {
      "content-length": String(Buffer.byteLength(body)),
      ...(contentType === undefined ? {} : { "content-type": contentType }),
    },
  },
});

/** Bodies that no service sends for a success, each with status 200. */
const bodies: readonly string[] = [
  "",
  "<html><body>Sign in</body></html>",
  "[]",
  "1",
  `{"Message":"ok"`,
  `<?xml version="1.0"?><Error><Code>SlowDown</Code></Error>`,
  `<Result/>`,
];
const managed = "arn:aws:iam::111122223333:policy/write";
const policies = [{ arn: managed, document: { Version: "2012-10-17", Statement: [] } }];
const noncurrent = (NoncurrentDays: number) => ({ NoncurrentVersionExpiration: { NoncurrentDays } });
const keyId = "arn:aws:kms:us-east-1:111122223333:key/k";
const stores = {
  bucket: { encryption: { algorithm: "aws:kms", keyId } },
  account: { keys: [{ id: "k", region: "us-east-1", state: "Enabled" }] },
} as const;

/** Each call, and the control that rests on it. */
const calls: readonly (readonly [
  api: string,
  control: string,
  config: typeof toS3 | typeof toGroup | typeof toGroupAlone,
])[] = [
  ["GetModelInvocationLoggingConfiguration", "invocation-logging-enabled", toS3],
  ["GetBucketLifecycleConfiguration", "s3-log-retention", toS3],
  ["GetBucketVersioning", "s3-log-retention", toS3],
  ["GetObjectLockConfiguration", "s3-log-retention", toS3],
  ["ListBuckets", "log-destination-reachable", toS3],
  ["DescribeLogGroups", "log-group-retention", toGroup],
  ["GetMetricData", "endpoints-covered", toS3],
  ["ListMetrics", "endpoints-covered", toS3],
  ["ListObjectsV2", "logs-complete", toS3],
  ["GetBucketPolicy", "log-store-hardened", toS3],
  ["GetBucketPolicyStatus", "log-store-hardened", toS3],
  ["GetPublicAccessBlock", "log-store-hardened", toS3],
  ["GetBucketOwnershipControls", "log-store-hardened", toS3],
  ["GetBucketAcl", "log-store-hardened", toS3],
  ["GetBucketEncryption", "log-store-hardened", toS3],
  ["DescribeKey", "log-store-hardened", toS3],
  ["GetDataProtectionPolicy", "log-store-hardened", toGroupAlone],
  ["LookupEvents", "logging-unbroken", toS3],
];
/** Calls that tell whether Bedrock may write: without them the store is reachable, and that much is said. */
const roleCalls: readonly (readonly [api: string, role: Partial<SimulatedRole>])[] = [
  ["GetRole", {}],
  ["ListRolePolicies", {}],
  ["GetRolePolicy", {}],
  ["ListAttachedRolePolicies", {}],
  ["GetPolicy", { attached: [managed] }],
  ["GetPolicyVersion", { attached: [managed] }],
  ["GetPolicyVersion", { boundary: managed }],
];

describe("an answer that is none never becomes a PASS", () => {
  it.each(calls)("%s", async (api, control, config) => {
    for (const body of bodies) {
      const faults = [replaced(api, body), ...(api === "ListBuckets" ? [replaced("GetBucketLocation", body)] : [])];
      const used = { metrics: [called(10, 48)] };
      const report = await checked(worldOf({ ...stores, config, groups: [group(90)], region: used }), {}, faults);
      const verdicts = report.results.filter((result) => result.control === control).map(({ verdict }) => verdict);
      expect(verdicts, body).toContain("UNKNOWN");
      if (control !== "log-destination-reachable") expect(verdicts, body).not.toContain("PASS");
    }
  });

  it.each(roleCalls)("%s says nothing of whether Bedrock may write", async (api, role) => {
    for (const body of bodies) {
      const roles = [deliveryRole("log", role)];
      const world = worldOf({ config: toGroupAlone, groups: [group(90)], account: { roles, policies } });
      const report = await checked(world, {}, [replaced(api, body)]);
      const { notes } = of(report, "reach");
      expect(
        notes.map(({ code }) => code),
        body,
      ).toEqual(["writability-unread"]);
      expect(notes[0]?.text, body).toContain("unreadable-answer");
    }
  });

  it("a rule without a due time, or without any action, is not read as a rule that does nothing", async () => {
    const rules = [
      "<Rule><Status>Enabled</Status><Filter/></Rule>",
      "<Rule><Status>Enabled</Status><Filter/><Expiration/></Rule>",
      "<Rule><Status>Enabled</Status><Filter/><Expiration><Days>soon</Days></Expiration></Rule>",
      "<Rule><Filter/><Expiration><Days>400</Days></Expiration></Rule>",
      "<Rule><Status>Enabled</Status><Filter/><NoncurrentVersionExpiration/></Rule>",
    ];
    for (const rule of rules) {
      const body = `<LifecycleConfiguration>${rule}</LifecycleConfiguration>`;
      const report = await checked(worldOf({}), {}, [replaced("GetBucketLifecycleConfiguration", body)]);
      const found = report.results.find(({ control }) => control === "s3-log-retention");
      expect([found?.verdict, found?.code], `${rule} ${found?.reason}`).toEqual(["UNKNOWN", "unreadable-answer"]);
    }
  });

  it("days that are none are neither long nor for ever", async () => {
    const rewritten = (api: string, from: RegExp, to: string): Fault => ({
      api,
      count: 999,
      do: { kind: "rewrite", of: (body) => body.replace(from, to) },
    });
    const locked = { versioning: "Enabled", objectLock: { mode: "COMPLIANCE", days: 7 } } as const;
    const bucket = { ...locked, lifecycle: [expiring(7), { ...expiring(7), ...noncurrent(7) }] };
    const world = worldOf({ config: toBoth, bucket, groups: [group(7)] });
    const rules = "GetBucketLifecycleConfiguration";
    const soiled = ["-1", "1e300", "2.5", "99999999999", "NaN", "soon"].flatMap(
      (days) =>
        [
          { days, control: "s3", fault: rewritten(rules, /(?<=<Days>)\d+/g, days) },
          { days, control: "s3", fault: rewritten(rules, /(?<=<NoncurrentDays>)\d+/g, days) },
          { days, control: "s3", fault: rewritten("GetObjectLockConfiguration", /(?<=<Days>)\d+/, days) },
        ] as const,
    );
    const ofGroup = [-1, 0, 1e300, 2.5, "90", "soon", {}, [90]].map((days) => ({
      days: JSON.stringify(days),
      control: "group" as const,
      fault: rewritten("DescribeLogGroups", /(?<="retentionInDays":)\d+/, JSON.stringify(days)),
    }));
    for (const { control, days, fault } of [...soiled, ...ofGroup]) {
      const { code, verdict } = of(await checked(world, { settings: { destinations: "all" } }, [fault]), control);
      expect([verdict, code], `${fault.api} ${days}`).toEqual(["UNKNOWN", "unreadable-answer"]);
    }
  });

  it("a time that is none shows of no stream that it took in something", async () => {
    const times = [`-1`, `1e300`, `2.5`, `"soon"`, `"1789473600000"`, `{}`];
    const bodies = [
      ...times.map((time) => `{"logStreams":[{"lastIngestionTime":${time}}]}`),
      `{"logStreams":{}}`,
      `{}`,
      "",
      "<html></html>",
    ];
    for (const body of bodies) {
      const used = { metrics: [called(10, 48)] };
      const world = worldOf({ config: toGroup, groups: [group(90)], region: used });
      const report = await checked(world, {}, [replaced("DescribeLogStreams", body)]);
      expect(told(of(report, "alive")), body).toBe("FAIL broken store-unread");
    }
  });

  it("an event that is none, or that has no content", async () => {
    const events = [
      {},
      { EventId: "e" },
      { EventId: "e", EventTime: 1 },
      { EventId: "e", EventTime: 1, CloudTrailEvent: "" },
      { EventId: "e", EventTime: 1, CloudTrailEvent: "{" },
      { EventId: "e", EventTime: 1, CloudTrailEvent: "null" },
      { EventId: "e", EventTime: 1, CloudTrailEvent: "[]" },
      { EventId: "e", EventTime: 1, CloudTrailEvent: JSON.stringify({ errorCode: 7 }) },
      { EventId: "e", EventTime: 1, CloudTrailEvent: JSON.stringify({ userIdentity: "admin" }) },
    ];
    for (const event of events) {
      const body = JSON.stringify({ Events: [event] });
      const report = await checked(worldOf({}), { controls: ["logging-unbroken"] }, [replaced("LookupEvents", body)]);
      const [found] = report.results;
      expect([found?.verdict, found?.code], `${body} ${found?.reason}`).toEqual(["UNKNOWN", "unreadable-answer"]);
    }
  });

  it("one that stops in the middle is unknown too", async () => {
    const cut = calls.map(([api]): Fault => ({ api, count: 999, do: { kind: "cut", afterBytes: 8 } }));
    const report = await checked(worldOf({ config: toBoth, groups: [group(90)] }), {}, cut);
    expect(new Set(report.results.map(({ verdict }) => verdict))).toEqual(new Set(["UNKNOWN"]));
    expect(report.run.exitCode).toBe(3);
  });
});
