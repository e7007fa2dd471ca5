import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Fault } from "../scripts/demo/aws/faults.ts";
import { simulatedCredentials } from "../scripts/demo/aws/keys.ts";
import { startSimulatedAws } from "../scripts/demo/aws/simulated-aws.ts";
import type { SimulatedAccount, World } from "../scripts/demo/aws/world.ts";
import { doctorText } from "../scripts/doctor.ts";
import { type AwsOptions, openAws } from "../server/aws/aws.ts";
import { callerActions, forbiddenActions, publisherActions, readerActions } from "../server/aws/permissions.ts";
import { outcomeOf, probeOf } from "../server/aws/probes.ts";
import { auditPolicy, callerPolicy, publisherPolicy, readerPolicy } from "../server/aws/role-policies.ts";
import { auditActions, doctor, type DoctorLine, type DoctorReport, exitCodeOf } from "../server/doctor.ts";
import { hostLines } from "../server/doctor-host.ts";
import { silentLog } from "../server/lib/log.ts";
import { aBucket, account, aLogGroup, anAccount, aWorld, now, otherAccount, region } from "./aws/small-world.ts";

const here = "us-east-1";
const logged = {
  s3Config: { bucketName: "logs", keyPrefix: "bedrock" },
  cloudWatchConfig: { logGroupName: "/b/log", roleArn: `arn:aws:iam::${account}:role/log` },
};

function worldOf(denies: readonly string[] = [], over: Partial<SimulatedAccount> = {}): World {
  const regions = new Map([[here, region({ loggingConfig: logged, denies })]]);
  const own = anAccount(account, { regions, logGroups: [aLogGroup("/b/log", [])], ...over });
  return aWorld({ accounts: [own], buckets: [aBucket("logs", [])] });
}

interface Over {
  readonly accounts?: readonly string[];
  readonly faults?: readonly Fault[];
  /** Default: `us-east-1`. */
  readonly home?: string;
  /** Whether the role that imports findings is looked at, too. */
  readonly publishes?: boolean;
}

async function examined(world: World, over: Over = {}) {
  const simulated = await startSimulatedAws(world, {
    clock: () => now,
    faults: { seed: 1, faults: over.faults ?? [] },
  });
  onTestFinished(simulated.close);
  const began = Date.now();
  const how: AwsOptions = {
    endpoint: simulated.url,
    region: over.home ?? here,
    purpose: "checking",
    quotaShare: 1_000,
    clock: () => now + Date.now() - began,
    log: silentLog,
    credentials: async () => simulatedCredentials(account),
    ...(over.accounts === undefined ? {} : { accounts: over.accounts }),
  };
  const roleName = "bedrock-audit-publish";
  const publisher = { aws: openAws({ ...how, roleName, alsoInOwn: true }), roleName };
  const report = await doctor(openAws(how), {
    roles: ["audit", "reader"],
    publisher: over.publishes === true ? publisher : null,
    regions: [],
    roleName: "bedrock-audit",
    organization: false,
    host: [],
    nobody: "nobody-at-all",
  });
  return { report, requests: simulated.requests() };
}

const inState = ({ lines }: DoctorReport, wanted: DoctorLine["state"], role = "audit") =>
  lines.flatMap(({ action, role: of, state }) => (of === role && state === wanted ? [action] : []));

describe("a role", () => {
  it("that has what it needs, and no more, is well", async () => {
    const { report, requests } = await examined(worldOf());
    expect(report.lines.filter(({ state }) => state !== "OK")).toEqual([]);
    expect(inState(report, "OK").toSorted()).toEqual(
      [...auditActions, ...forbiddenActions, ...publisherActions, "s3:GetObject outside the logs"].toSorted(),
    );
    expect(inState(report, "OK", "reader").toSorted()).toEqual(readerActions.toSorted());
    expect([report.exitCode, report.mends]).toEqual([0, []]);
    expect(doctorText(report)).toMatch(
      /not looked at: role reveal; .*\nnot looked at: role reporter; .*\nnot looked at: anchors; .*\nnot looked at: step-up; /,
    );
    for (const { api } of requests) expect(api).toMatch(/^(Get|List|Describe|Filter|Lookup|Simulate)/);
  });

  it("is missing each action that is refused, by name, and is told its whole policy", async () => {
    const denies = [...new Set([...auditActions, ...readerActions])].filter((action) => action !== "s3:GetObject");
    const { report } = await examined(worldOf(denies), {});
    const asked = auditActions.filter((action) => probeOf(action) !== null);
    // Where the configuration is refused there is no bucket to try.
    const tried = asked.filter((action) => !/^s3:(GetBucket|GetEncryption|GetLifecycle|ListBucket$)/.test(action));
    expect(inState(report, "MISSING").toSorted()).toEqual(tried.toSorted());
    expect(report.exitCode).toBe(1);
    const audit = report.mends.find(({ role, why }) => role === "audit" && why === "MISSING");
    expect(audit?.policy.Statement[0]?.Action).toEqual(auditActions.filter((action) => action !== "s3:ListBucket"));
  });

  it.each(auditActions.filter((action) => /^s3:(GetBucket|GetEncryption|GetLifecycle|ListBucket$)/.test(action)))(
    "is missing %s, where there is a bucket to try it on",
    async (action) => {
      const { report } = await examined(worldOf([action]));
      expect(inState(report, "MISSING")).toEqual([action]);
      expect(JSON.stringify(report.mends[0]?.policy)).toContain("bedrock/AWSLogs/111122223333/");
    },
  );

  it("with extra rights has too much, by name (row 31)", async () => {
    const { report } = await examined(worldOf([], { excess: ["s3:PutObject", "bedrock:InvokeModel"] }));
    expect(inState(report, "EXCESS")).toEqual(["bedrock:InvokeModel", "s3:PutObject"]);
    expect(report.mends).toEqual([
      {
        role: "audit",
        account,
        why: "EXCESS",
        policy: {
          Version: "2012-10-17",
          Statement: [
            { Sid: "TooMuch", Effect: "Deny", Action: ["bedrock:InvokeModel", "s3:PutObject"], Resource: "*" },
          ],
        },
      },
    ]);
    expect(report.exitCode).toBe(1);
  });

  it.each([
    "s3:DeleteObject arn:aws:s3:::logs/bedrock/AWSLogs/111122223333/*",
    "s3:PutObject arn:aws:s3:::logs/bedrock/*",
    "s3:PutLifecycleConfiguration arn:aws:s3:::logs",
    "s3:PutBucketObjectLockConfiguration arn:aws:s3:::logs",
    "s3:BypassGovernanceRetention arn:aws:s3:::logs/*",
    "logs:DeleteLogStream arn:aws:logs:us-east-1:111122223333:log-group:/b/log:log-stream:*",
    "logs:DeleteLogGroup arn:aws:logs:us-east-1:111122223333:log-group:/b/log:*",
    "bedrock:InvokeModel arn:aws:bedrock:us-east-1::foundation-model/*",
    "iam:PutRolePolicy arn:aws:iam::111122223333:user/auditor",
  ])("with a right of some things alone has too much: %s", async (excess) => {
    const { report } = await examined(worldOf([], { excess: [excess] }));
    expect(inState(report, "EXCESS")).toEqual(excess.split(" ", 1));
  });

  it("that IAM tells nothing of is tried with calls that change nothing, and is unknown beyond them", async () => {
    const { report, requests } = await examined(worldOf(["iam:SimulatePrincipalPolicy", "logs:Unmask"]));
    expect(inState(report, "EXCESS")).toContain("s3:GetObject outside the logs");
    expect(report.mends.find(({ why }) => why === "EXCESS")?.policy.Statement).toContainEqual({
      Sid: "BeyondLogs",
      Effect: "Deny",
      Action: "s3:GetObject",
      NotResource: "arn:aws:s3:::logs/bedrock/AWSLogs/111122223333/BedrockModelInvocationLogs/*",
    });
    expect(inState(report, "UNKNOWN")).toContain("s3:DeleteObject");
    expect(inState(report, "UNKNOWN")).toContain("bedrock:InvokeModel");
    expect(inState(report, "OK")).toContain("s3:PutObject");
    const writes = requests.filter(({ api }) => !/^(Get|List|Describe|Filter|Lookup|Simulate)/.test(api));
    expect(writes.map(({ api, status }) => `${api} ${status}`)).toEqual(["PutObject 403"]);
  });

  it("that IAM tells nothing of, and that may write, is found out without writing anything", async () => {
    const world = worldOf(["iam:SimulatePrincipalPolicy"], { excess: ["s3:PutObject"] });
    const { report, requests } = await examined(world);
    expect(inState(report, "EXCESS")).toContain("s3:PutObject");
    const [put, ...more] = requests.filter(({ api }) => api === "PutObject");
    expect(more).toEqual([]);
    expect(put).toMatchObject({
      status: 404,
      resource: "logs/bedrock/AWSLogs/111122223333/BedrockModelInvocationLogs/nobody-at-all",
    });
  });

  it("that nobody may assume is missing that, and nothing else is said of it", async () => {
    const world = worldOf();
    const accounts = [...world.accounts, anAccount(otherAccount, { assumableRoles: [] })];
    const { report } = await examined({ ...world, accounts }, { accounts: [account, otherAccount] });
    const theirs = report.lines.filter((line) => line.account === otherAccount);
    expect(theirs.map(({ action, state }) => `${state} ${action}`)).toEqual(["MISSING sts:AssumeRole bedrock-audit"]);
    expect(report.mends[0]).toMatchObject({ role: "caller", policy: callerPolicy("aws", "bedrock-audit") });
    expect(report.exitCode).toBe(1);
  });

  it("of another account is looked at in any partition, and where it does not say who it is", async () => {
    const lines = async (world: World, over: Over) => {
      const { report } = await examined(world, { accounts: [account, otherAccount], ...over });
      return report.lines.filter((line) => line.role === "audit" && line.account === otherAccount);
    };
    const abroad = (id: string) =>
      anAccount(id, {
        callerArn: `arn:aws-us-gov:iam::${id}:user/auditor`,
        regions: new Map([["us-gov-west-1", region()]]),
      });
    const gov = await lines(aWorld({ accounts: [account, otherAccount].map(abroad) }), { home: "us-gov-west-1" });
    expect(gov.length).toBeGreaterThan(auditActions.length);
    expect(gov[0]?.principal).toBe(`arn:aws-us-gov:iam::${otherAccount}:role/bedrock-audit`);
    const mute: Fault = { api: "GetCallerIdentity", match: otherAccount, count: 99, do: { kind: "deny" } };
    expect((await lines(aWorld(), { faults: [mute] })).length).toBe(gov.length);
  });

  it("is told a policy for the folders that are listed, whatever the key prefix is", async () => {
    const under = async (keyPrefix: string) => {
      const config = { s3Config: { bucketName: "logs", keyPrefix } };
      const regions = new Map([[here, region({ loggingConfig: config, denies: ["s3:GetBucketAcl"] })]]);
      const world = aWorld({ accounts: [anAccount(account, { regions })], buckets: [aBucket("logs", [])] });
      const { report } = await examined(world);
      const delivery = report.mends[0]?.policy.Statement.find(({ Sid }) => Sid === "Delivery");
      return delivery?.Condition?.["StringLike"]?.["s3:prefix"];
    };
    const folder = "AWSLogs/111122223333/BedrockModelInvocationLogs/*";
    expect(await under("")).toBe(folder);
    expect(await under("old/AWSLogs/b")).toBe(`old/AWSLogs/b/${folder}`);
    // How Bedrock joins such a prefix is not documented: both ways are listed.
    expect(await under("p/")).toBe(`p/*${folder}`);
  });

  describe("that reads large bodies beside a log group", () => {
    const largeData = { bucketName: "large", keyPrefix: "big" };
    const group = { ...logged.cloudWatchConfig, largeDataDeliveryS3Config: largeData };
    const worldWith = (loggingConfig: object, denies: readonly string[] = [], over: Partial<SimulatedAccount> = {}) => {
      const world = worldOf(denies, over);
      const regions = new Map([[here, region({ loggingConfig, denies })]]);
      const accounts = world.accounts.map((one) => ({ ...one, regions }));
      const large = aBucket("large", [], { denies: denies.includes("large") ? ["s3:ListBucket"] : [] });
      return { ...world, accounts, buckets: [aBucket("logs", []), large] };
    };
    const places = ["logs/bedrock", "large/big"].map((at) => `arn:aws:s3:::${at}/AWSLogs/${account}/`);
    const statements = ({ mends: [mend] }: DoctorReport, sid: RegExp) =>
      mend?.policy.Statement.filter(({ Sid }) => sid.test(Sid)) ?? [];

    it("is tried in that bucket where it is the only one, and its policy names it", async () => {
      const { report } = await examined(worldWith({ cloudWatchConfig: group }, ["s3:GetBucketAcl"]));
      expect(inState(report, "UNKNOWN")).toEqual([]);
      expect(inState(report, "MISSING")).toEqual(["s3:GetBucketAcl"]);
      expect(statements(report, /^Delivery/)).toMatchObject([{ Resource: "arn:aws:s3:::large" }]);
    });

    it("is tried in both buckets, and is told which one it lacks, and a statement for each", async () => {
      const both = { s3Config: logged.s3Config, cloudWatchConfig: group };
      const { report } = await examined(worldWith(both, ["large"]));
      const wrong = report.lines.filter(({ state }) => state !== "OK");
      expect(wrong.map(({ action, role, said, state }) => `${state} ${role} ${action}: ${said}`)).toEqual([
        "MISSING audit s3:ListBucket: AccessDenied (permission) in large",
        "MISSING reader s3:ListBucket: AccessDenied (permission) in large",
      ]);
      const reader = { ...report, mends: report.mends.filter(({ role }) => role === "reader") };
      expect(statements(reader, /^Delivery/).map(({ Resource, Sid }) => `${Sid} ${String(Resource)}`)).toEqual([
        "Delivery arn:aws:s3:::logs",
        "Delivery2 arn:aws:s3:::large",
      ]);
      expect(statements(reader, /^Get/).map(({ Resource, Sid }) => `${Sid} ${String(Resource)}`)).toEqual(
        ["Get", "Get2"].map((sid, index) => `${sid} ${places[index]}BedrockModelInvocationLogs/*`),
      );
    });

    it("has too much where it may write there alone", async () => {
      const both = { s3Config: logged.s3Config, cloudWatchConfig: group };
      const excess = [`s3:DeleteObject ${places[1]}*`, "s3:PutBucketObjectLockConfiguration arn:aws:s3:::large"];
      const { report } = await examined(worldWith(both, [], { excess }));
      expect(inState(report, "EXCESS")).toEqual(["s3:DeleteObject", "s3:PutBucketObjectLockConfiguration"]);
    });
  });

  it("of several regions is tried in the log group of each, and its policy names all", async () => {
    const there = "eu-west-1";
    const to = (logGroupName: string) => ({ cloudWatchConfig: { ...logged.cloudWatchConfig, logGroupName } });
    const regions = new Map([
      [here, region({ loggingConfig: to("/b/log") })],
      [there, region({ loggingConfig: to("/b/away"), denies: ["logs:FilterLogEvents"] })],
    ]);
    const logGroups = [aLogGroup("/b/log", []), aLogGroup("/b/away", [], { region: there })];
    const { report } = await examined(aWorld({ accounts: [anAccount(account, { regions, logGroups })] }));
    const wrong = report.lines.filter(({ role, state }) => role === "reader" && state === "MISSING");
    expect(wrong.map(({ action, said }) => `${action}: ${said}`)).toEqual([
      "logs:FilterLogEvents: AccessDeniedException (permission) in /b/away",
    ]);
    const logs = report.mends.find(({ role }) => role === "reader")?.policy.Statement.find(({ Sid }) => Sid === "Logs");
    expect(logs?.Resource).toEqual([
      `arn:aws:logs:${here}:${account}:log-group:/b/log:*`,
      `arn:aws:logs:${there}:${account}:log-group:/b/away:*`,
    ]);
  });

  it("of nobody ends with 3", async () => {
    const refused: Fault = {
      api: "GetCallerIdentity",
      count: 99,
      do: { kind: "error", status: 403, code: "InvalidClientTokenId" },
    };
    await expect(examined(worldOf(), { faults: [refused] })).rejects.toMatchObject({ exitCode: 3 });
  });
});

describe("the role that imports findings", () => {
  const roles = { assumableRoles: ["bedrock-audit-publish"] };
  const hub = { role: "bedrock-audit-publish", findings: new Map() };
  const states = ({ lines }: DoctorReport, wanted: DoctorLine["state"]) =>
    lines.flatMap(({ action, role, state }) => (role === "publisher" && state === wanted ? [action] : []));

  it("may do that, and nothing else, as IAM says; nothing is imported to see it", async () => {
    const world = { ...worldOf([], roles), securityHub: hub };
    const { report, requests } = await examined(world, { publishes: true });
    expect(states(report, "OK").toSorted()).toEqual(
      [...publisherActions, ...forbiddenActions, "s3:GetObject"].toSorted(),
    );
    expect(report.exitCode).toBe(0);
    expect(requests.map(({ api }) => api)).not.toContain("BatchImportFindings");
  });

  it("is tried with no finding at all where IAM does not tell", async () => {
    const denies = ["iam:SimulatePrincipalPolicy", "securityhub:BatchImportFindings"];
    const { report } = await examined({ ...worldOf(denies, roles), securityHub: hub }, { publishes: true });
    expect(states(report, "MISSING")).toEqual(publisherActions);
    expect(report.mends).toContainEqual({
      role: "publisher",
      account,
      why: "MISSING",
      policy: publisherPolicy({ account, partition: "aws" }),
    });
    const granted = { ...worldOf(denies.slice(0, 1), roles), securityHub: hub };
    // The answer to an empty list does not tell whether it would take one.
    expect(states((await examined(granted, { publishes: true })).report, "UNKNOWN")).toContain(publisherActions[0]);
    expect(hub.findings.size).toBe(0);
  });

  it("that nobody may assume is missing that, and the caller's policy names it", async () => {
    const { report } = await examined({ ...worldOf(), securityHub: hub }, { publishes: true });
    const missing = report.lines.filter(({ state }) => state === "MISSING");
    expect(missing.map(({ action, role }) => `${role} ${action}`)).toEqual([
      "caller sts:AssumeRole bedrock-audit-publish",
    ]);
    expect(report.mends).toContainEqual({
      role: "caller",
      account,
      why: "MISSING",
      policy: callerPolicy("aws", "bedrock-audit", "bedrock-audit-publish"),
    });
  });
});

describe("an answer", () => {
  const said = (name: string, status: number, message = "no") =>
    Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });
  const refusal = (action: string) =>
    said("AccessDenied", 403, `User: x is not authorized to perform: ${action} on resource: y`);

  it.each([
    ["s3:GetObject", said("NoSuchKey", 404), true],
    ["s3:GetObject", refusal("s3:GetObject"), false],
    ["s3:GetObject", refusal("s3:ListBucket"), null],
    ["s3:GetObject", said("AccessDenied", 403, "Access Denied"), null],
    ["s3:PutObject", said("NoSuchKey", 404), true],
    ["s3:PutObject", refusal("s3:PutObject"), false],
    ["s3:PutObject", refusal("s3:GetObject"), null],
    ["s3:PutObject", said("AccessDenied", 403, "Access Denied"), null],
    ["s3:GetBucketPolicy", said("NoSuchBucketPolicy", 404), true],
    ["s3:GetBucketPolicy", said("NoSuchBucket", 404), null],
    ["s3:GetBucketPolicy", said("AccessDenied", 403, "Access Denied"), false],
    ["logs:Unmask", refusal("logs:Unmask"), false],
    ["logs:Unmask", refusal("logs:FilterLogEvents"), null],
    ["logs:DescribeLogStreams", said("ResourceNotFoundException", 400), true],
    ["iam:GetRole", said("NoSuchEntity", 404), true],
    ["ec2:DescribeRegions", said("UnauthorizedOperation", 403), false],
    ["kms:DescribeKey", said("ThrottlingException", 400), null],
    ["kms:DescribeKey", said("ValidationException", 400), null],
  ])("to %s: %s, allowed %s", (action, error, allowed) => {
    expect(outcomeOf(action, error).allowed).toBe(allowed);
  });
});

describe("the exit code", () => {
  const line = (state: DoctorLine["state"], role: DoctorLine["role"] = "audit"): DoctorLine => ({
    role,
    account: null,
    principal: null,
    action: "a",
    state,
    said: "",
  });
  it.each([
    [[line("OK")], 0],
    [[line("OK"), line("UNKNOWN")], 4],
    [[line("UNKNOWN"), line("OK", "host")], 3],
    [[line("UNKNOWN"), line("MISSING")], 1],
    [[line("OK"), line("EXCESS", "host")], 1],
  ])("of %j is %i", (lines, code) => expect(exitCodeOf(lines)).toBe(code));
});

describe("what is declared", () => {
  it("can be tried, action by action", () => {
    const untried = [...auditActions, ...readerActions, ...callerActions].filter((action) => probeOf(action) === null);
    expect(untried.toSorted()).toEqual(["kms:Decrypt", "sts:AssumeRole"]);
  });

  it("makes the policies that are shipped", () => {
    const shipped = (name: string): unknown =>
      JSON.parse(readFileSync(new URL(`../deploy/${name}.json`, import.meta.url), "utf8"));
    const names = {
      partition: "aws",
      account: "ACCOUNT",
      buckets: [{ bucket: "BUCKET", region: "REGION", prefix: "PREFIX" }] as const,
      groups: [{ group: "GROUP", region: "REGION" }] as const,
      keyArn: "KEY_ARN",
    };
    expect(shipped("audit-role")).toEqual(auditPolicy(auditActions, names));
    expect(shipped("reader-role")).toEqual(readerPolicy(readerActions, names));
    expect(shipped("auditor")).toEqual(callerPolicy("aws", "bedrock-audit"));
    expect(shipped("publisher-role")).toEqual(publisherPolicy(names));
  });
});

describe("this machine", () => {
  it("shows its store and its address to itself alone", () => {
    const dataDir = mkdtempSync(path.join(tmpdir(), "doctor-"));
    onTestFinished(() => rmSync(dataDir, { recursive: true }));
    mkdirSync(path.join(dataDir, "lake"), { mode: 0o700 });
    expect(hostLines({ dataDir, host: "127.0.0.1" }).map(({ state }) => state)).toEqual(["OK", "OK", "OK"]);
    chmodSync(path.join(dataDir, "lake"), 0o750);
    const open = hostLines({ dataDir, host: "0.0.0.0" });
    expect(open.map(({ state }) => state)).toEqual(["OK", "EXCESS", "EXCESS"]);
    expect(open[1]?.said).toContain("750");
  });

  it("says nothing of a store that is not there", () => {
    expect(hostLines({ dataDir: "/nowhere/at-all", host: "::1" }).map(({ action }) => action)).toEqual(["server.host"]);
  });
});

it("what is wrong stands first, and no name drives the terminal", () => {
  const line = { role: "audit", account, principal: null, said: "\u001b[31m" } as const;
  const text = doctorText({
    schemaVersion: 1,
    notLookedAt: [],
    caller: "arn:aws:iam::111122223333:user/a",
    lines: [
      { ...line, action: "a:Fine", state: "OK" },
      { ...line, action: "b:Gone", state: "MISSING" },
    ],
    mends: [],
    exitCode: 1,
  });
  expect(text.indexOf("b:Gone")).toBeLessThan(text.indexOf("a:Fine"));
  expect(text).not.toContain("\u001b");
  expect(text).toContain("EXCESS 0 · MISSING 1 · UNKNOWN 0 · OK 1");
});
