import { describe, expect, it } from "vitest";
import type { Fault } from "../../scripts/demo/aws/faults.ts";
import { calls as called, checked, group, toBoth, toGroup, toS3, worldOf } from "./kit.ts";

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
/** Each call, and the control that rests on it. */
const calls: readonly (readonly [api: string, control: string, config: typeof toS3 | typeof toGroup])[] = [
  ["GetModelInvocationLoggingConfiguration", "invocation-logging-enabled", toS3],
  ["GetBucketLifecycleConfiguration", "s3-log-retention", toS3],
  ["GetBucketVersioning", "s3-log-retention", toS3],
  ["GetObjectLockConfiguration", "s3-log-retention", toS3],
  ["ListBuckets", "log-destination-reachable", toS3],
  ["DescribeLogGroups", "log-group-retention", toGroup],
  ["GetMetricData", "endpoints-covered", toS3],
  ["ListMetrics", "endpoints-covered", toS3],
  ["ListObjectsV2", "logs-complete", toS3],
];

describe("an answer that is none never becomes a PASS", () => {
  it.each(calls)("%s", async (api, control, config) => {
    for (const body of bodies) {
      const faults = [replaced(api, body), ...(api === "ListBuckets" ? [replaced("GetBucketLocation", body)] : [])];
      const used = { metrics: [called(10, 48)] };
      const report = await checked(worldOf({ config, groups: [group(90)], region: used }), {}, faults);
      const verdicts = report.results.filter((result) => result.control === control).map(({ verdict }) => verdict);
      expect(verdicts, body).toContain("UNKNOWN");
      if (control !== "log-destination-reachable") expect(verdicts, body).not.toContain("PASS");
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

  it("one that stops in the middle is unknown too", async () => {
    const cut = calls.map(([api]): Fault => ({ api, count: 999, do: { kind: "cut", afterBytes: 8 } }));
    const report = await checked(worldOf({ config: toBoth, groups: [group(90)] }), {}, cut);
    expect(new Set(report.results.map(({ verdict }) => verdict))).toEqual(new Set(["UNKNOWN"]));
    expect(report.run.exitCode).toBe(3);
  });
});
