import { describe, expect, it } from "vitest";
import type { Fault } from "../../scripts/demo/aws/faults.ts";
import { shutWords } from "../../server/check-targets.ts";
import { checkMetrics } from "../../server/reports/check-metrics.ts";
import type { World } from "../../scripts/demo/aws/world.ts";
import { controls } from "../../server/controls/list.ts";
import { CheckReport } from "../../server/domain/compliance.ts";
import { aBucket, account, anAccount, aWorld, otherAccount, region } from "../aws/small-world.ts";
import { calls, checked, expiring, group, here, of, toGroup, told, toS3, worldOf } from "./kit.ts";

const configApi = "GetModelInvocationLoggingConfiguration";
const worldWith = (regions: Record<string, Parameters<typeof region>[0]>): World =>
  aWorld({
    accounts: [
      anAccount(account, {
        regions: new Map(
          Object.entries(regions).map(([name, over]) => [name, region({ loggingConfig: toS3, ...over })]),
        ),
      }),
    ],
    buckets: [aBucket("logs", [])],
  });
const state = (report: CheckReport, name: string, of = account) =>
  report.targets.find(({ account, region }) => account === of && region === name);

describe("a region", () => {
  it("that logs, and one that does not", async () => {
    const world = worldWith({ [here]: {}, "eu-west-1": { loggingConfig: null, metrics: [calls(5, 48)] } });
    const report = await checked(world, { regions: [here, "eu-west-1"] });
    expect(told(of(report, "on"))).toBe("PASS on");
    expect(of(report, "on", "eu-west-1")).toMatchObject({
      verdict: "FAIL",
      code: "off",
      reason: "Logging is off; 235 invocations in 30 days are not recorded.",
    });
    expect(report.run.exitCode).toBe(1);
    expect(report.summary.targets).toMatchObject({ evaluated: 2, unknown: 0 });
    expect(report.accounts).toEqual([{ account, verdict: "FAIL" }]);
    expect(report.summary.verdict).toBe("FAIL");
  });

  it("with flags, and no place to write to", async () => {
    const world = worldOf({ config: { textDataDeliveryEnabled: true }, region: { metrics: [calls(1, 2)] } });
    expect(told(of(await checked(world), "on"))).toBe("FAIL no-destination");
  });

  it("that was never used is low, or not asked where only use counts", async () => {
    const world = worldOf({ config: null });
    const report = await checked(world);
    expect(of(report, "on")).toMatchObject({ verdict: "FAIL", severity: "low", code: "off-unused" });
    expect(report.run.exitCode).toBe(0);
    const inUse = await checked(world, { settings: { regions: "in-use" } });
    expect(inUse.results).toEqual([]);
    expect(state(inUse, here)).toMatchObject({ state: "not-applicable", code: "region-unused" });
    expect(inUse.run.exitCode).toBe(3);
  });

  it("that was used on the other endpoint only is not unused", async () => {
    const metrics = [calls(2, 20, "Inferences", "AWS/BedrockMantle")];
    expect(of(await checked(worldOf({ config: null, region: { metrics } })), "on")).toMatchObject({ severity: "high" });
  });

  it("that was used, as only the counts by model say", async () => {
    const byModel = { ...calls(3, 10), dimensions: [{ name: "ModelId", value: "m" }] };
    const { reason } = of(await checked(worldOf({ config: null, region: { metrics: [byModel, calls(1, 10)] } })), "on");
    expect(reason).toContain("27 invocations");
  });

  it("whose use is not told is off, by an unknown number", async () => {
    const world = worldOf({ config: null, region: { denies: ["cloudwatch:GetMetricData"] } });
    expect(of(await checked(world), "on").reason).toContain("an unknown number of invocations");
    expect(told(of(await checked(worldOf({ region: { denies: ["cloudwatch:GetMetricData"] } })), "s3"))).toBe(
      "PASS kept",
    );
  });

  it("that is off, outside the catalogue or not asked for stays in the list", async () => {
    const world = worldWith({
      [here]: {},
      "af-south-1": { optStatus: "DISABLED" },
      "xx-old-1": { optStatus: "DISABLED" },
    });
    const all = await checked(world, { regions: [] });
    expect(state(all, "af-south-1")).toMatchObject({ state: "excluded", code: "region-disabled" });
    expect(state(all, "xx-old-1")).toMatchObject({ state: "excluded", code: "not-in-catalogue" });
    const one = await checked(world);
    expect(state(one, "eu-west-1")).toMatchObject({ state: "excluded", code: "filtered" });
    expect(one.targets.length).toBe(all.targets.length);
    expect(all.summary.targets.total).toBe(34);
  });

  it("is tried where nobody says which ones are on", async () => {
    const world = worldWith({
      [here]: { denies: ["account:ListRegions", "ec2:DescribeRegions"] },
      "eu-west-1": { optStatus: "DISABLED" },
    });
    const report = await checked(world, { regions: [] });
    expect(state(report, here)).toMatchObject({ state: "evaluated" });
    expect(state(report, "eu-west-1")).toMatchObject({ state: "unknown", code: "credentials" });
    expect(report.summary.targets).toMatchObject({ total: 33, evaluated: 1, unknown: 32, excluded: 0 });
    expect(report.run.exitCode).toBe(4);
  });

  it("that a control policy denies is unknown, and says which policy", async () => {
    const message = "User: x is not authorized to perform: y with an explicit deny in a service control policy";
    const report = await checked(worldOf({}), {}, [{ api: configApi, count: 9, do: { kind: "deny", message } }]);
    expect(of(report, "on")).toMatchObject({
      verdict: "UNKNOWN",
      code: "scp",
      reason:
        "loggingConfig could not be read: AccessDeniedException (scp). A control policy denies bedrock:GetModelInvocationLoggingConfiguration: exempt the audit role, or waive.",
    });
    const others = report.results.filter(({ control }) => control !== "endpoints-covered");
    expect(others.every(({ verdict }) => verdict === "UNKNOWN")).toBe(true);
    expect(report.run.exitCode).toBe(3);
  });
});

describe("an account", () => {
  const pair = (roles: readonly string[]): World => ({
    ...worldOf({}),
    accounts: [...worldOf({}).accounts, anAccount(otherAccount, { assumableRoles: roles })],
  });

  it("whose role may not be assumed is unknown in all its regions", async () => {
    const accounts = [account, otherAccount];
    const report = await checked(pair([]), { accounts, regions: [here, "eu-west-1"] });
    const theirs = report.results.filter((result) => result.account === otherAccount);
    expect(theirs.map(({ code, verdict }) => `${verdict} ${code}`)).toEqual(
      Array.from({ length: 2 * controls.length }, () => "UNKNOWN role-not-assumable"),
    );
    expect(new Set(theirs.map(({ unread }) => JSON.stringify(unread)))).toEqual(
      new Set([JSON.stringify([{ fact: "role", class: "permission" }])]),
    );
    expect(checkMetrics(report, [], null)).toContain('facts_unreadable{fact="role",class="permission"} 2\n');
    expect(state(report, "ap-south-1", otherAccount)).toMatchObject({ state: "excluded", code: "filtered" });
    expect(report.run.exitCode).toBe(4);
    expect((await checked(pair([]), { accounts: [otherAccount] })).run.exitCode).toBe(3);
  });

  it("whose role may be assumed is judged", async () => {
    const report = await checked(pair(["bedrock-audit"]), { accounts: [account, otherAccount] });
    expect(state(report, here, otherAccount)).toMatchObject({ state: "evaluated", verdict: "FAIL" });
  });

  it("that nobody knows ends the run", async () => {
    await expect(checked(worldOf({}), { asAccount: "999999999999" })).rejects.toMatchObject({ exitCode: 3 });
  });
});

describe("the exit code", () => {
  it("is bad news before blindness, and blindness before all well", async () => {
    const denied = { region: { denies: ["logs:DescribeLogGroups"] } };
    const blind = worldOf({ config: toGroup, groups: [group(90)], ...denied });
    expect((await checked(blind)).run.exitCode).toBe(4);
    const allowed = { allowUnknown: ["log-group-retention", "log-destination-reachable"] };
    const tolerant = await checked(blind, allowed);
    expect([tolerant.run.exitCode, tolerant.summary.allowedUnknown]).toEqual([0, 2]);
    const bad = await checked(worldOf({ bucket: { lifecycle: [expiring(1)] } }));
    expect([bad.run.exitCode, bad.summary.failAtOrAbove]).toEqual([1, 1]);
    expect((await checked(worldOf({ bucket: { lifecycle: [expiring(1)] } }), { failOn: null })).run.exitCode).toBe(0);
    expect((await checked(blind, { failOn: null })).run.exitCode).toBe(4);
    expect((await checked(worldOf({}))).run.exitCode).toBe(0);
  });

  it("heeds a severity that the policy has graded anew", async () => {
    const settings = { controls: { "s3-log-retention": { enabled: true, severity: "medium" as const } } };
    const report = await checked(worldOf({ bucket: { lifecycle: [expiring(1)] } }), { settings });
    expect([report.run.exitCode, of(report, "s3").severity]).toEqual([0, "medium"]);
  });

  it("is 130 for a run that was interrupted, and what was not read is unknown", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 300);
    const slow: Fault = { api: configApi, count: 9, do: { kind: "delay", ms: 5_000 } };
    const report = await checked(worldOf({}), { signal: controller.signal }, [slow]);
    expect(report.run).toMatchObject({ exitCode: 130, complete: false });
    expect(of(report, "on")).toMatchObject({ verdict: "UNKNOWN", code: "deadline" });
  });

  it("refuses a control that there is not", async () => {
    await expect(checked(worldOf({}), { controls: ["no-such"] })).rejects.toMatchObject({ exitCode: 2 });
  });
});

describe("the report", () => {
  it("is the same for the same world, but for the time that it took", async () => {
    const world = worldWith({ [here]: {}, "eu-west-1": {}, "us-west-2": { loggingConfig: null } });
    const once = await checked(world, { regions: [] });
    const faults = ["eu-west-1", "us-west-2"].map((match): Fault => ({
      api: "*",
      match,
      count: 99,
      do: { kind: "delay", ms: 30 },
    }));
    const slowly = await checked(world, { regions: [] }, faults);
    const timeless = ({ results, targets, summary }: CheckReport) => ({
      summary,
      targets,
      results: results.map((result) => ({
        ...result,
        evidence: result.evidence.map(({ fact, fields }) => ({ fact, fields })),
      })),
    });
    expect(timeless(slowly)).toEqual(timeless(once));
  });

  it("keeps to its schema, and shows what it rests on", async () => {
    const report = await checked(worldOf({}));
    expect(CheckReport.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
    const { evidence } = of(report, "s3");
    expect(evidence.map(({ fact }) => fact)).toEqual([
      "batches.s3",
      "loggingConfig",
      "s3Store.lifecycle",
      "s3Store.lock",
      "s3Store.owner",
      "s3Store.versioning",
    ]);
    const config = evidence.find(({ fact }) => fact === "loggingConfig");
    expect(config).toMatchObject({ operation: configApi, httpStatus: 200, account, region: here });
    expect(config?.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe("a role that cannot be had", () => {
  const trust = "Let it trust the caller, and grant sts:AssumeRole.";
  const said = (name: string, status: number, message = "", attempts = 1) =>
    Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status, attempts } });
  const scp = "User: x is not authorized to perform: sts:AssumeRole with an explicit deny in a service control policy";

  it.each([
    ["permission", said("AccessDenied", 403, "User: x is not authorized"), "role-not-assumable", trust],
    ["service", said("AccessDenied", 403), "role-not-assumable", trust],
    [
      "scp",
      said("AccessDenied", 403, scp),
      "role-not-assumable",
      "A control policy denies sts:AssumeRole: exempt the audit role, or waive.",
    ],
    ["transient", said("Throttling", 400, "Rate exceeded", 6), "transient", "6 attempts failed; run again."],
    ["network", Object.assign(new Error("no"), { code: "ENOTFOUND" }), "network", "No connection to sts."],
    ["credentials", said("InvalidClientTokenId", 403), "credentials", "AWS does not accept the credentials here."],
    ["expired", said("ExpiredToken", 403), "expired", "The credentials have expired."],
    [
      "deadline",
      Object.assign(new Error("no"), { name: "DeadlineExceeded" }),
      "deadline",
      "The run ended before it was read.",
    ],
    ["unexpected", said("Teapot", 418), "unexpected", null],
  ])("for class %s is told with what helps", (errorClass, error, code, mend) => {
    const { code: given, reason } = shutWords(error, { account: otherAccount, roleName: "bedrock-audit" });
    expect(given).toBe(code);
    const [, told, behind] =
      /^Role bedrock-audit of account 444455556666 could not be assumed: \w+ \((\w+)\)\.(.*)$/.exec(reason) ?? [
        null,
        "",
        "",
      ];
    expect([told, behind]).toEqual([errorClass, mend === null ? "" : ` ${mend}`]);
  });
});
