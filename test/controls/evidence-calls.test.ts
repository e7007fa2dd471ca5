import { describe, expect, it } from "vitest";
import type { Fault } from "../../scripts/demo/aws/faults.ts";
import { catalogueDate } from "../../server/aws/region-catalogue.ts";
import type { ControlResult, FactEvidence } from "../../server/domain/compliance.ts";
import { account, anAccount, otherAccount, region } from "../aws/small-world.ts";
import { controls } from "../../server/controls/list.ts";
import { calls, checked, expiring, group, here, looked, of, toBoth, toGroup, toS3, worldOf } from "./kit.ts";

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const evidenceOf = ({ evidence }: ControlResult, fact: string): FactEvidence => {
  const found = evidence.find((one) => one.fact === fact);
  if (found === undefined) throw new Error(`no evidence of ${fact}`);
  return found;
};

describe("the evidence of a call", () => {
  it("names its request and its status, of every fact", async () => {
    const metrics = [calls(5, 48)];
    const world = worldOf({ config: toBoth, groups: [group(90)], region: { metrics } });
    const { results } = await checked(world);
    const all = results.flatMap(({ evidence }) => evidence);
    expect(new Set(all.map(({ service }) => service)).size).toBeGreaterThan(5);
    // Nobody was asked for what our own store knows.
    for (const one of all.filter(({ fact }) => fact !== "earlierLooks")) {
      expect(one, `${one.fact} ${one.operation}`).toMatchObject({ account, errorCode: null, errorClass: null });
      expect(one.requestId).toMatch(uuid);
      expect([200, 404]).toContain(one.httpStatus);
    }
  });

  it("keeps the answer that says that there is none", async () => {
    const lifecycle = evidenceOf(of(await checked(worldOf({})), "s3"), "s3Store.lifecycle");
    expect(lifecycle).toMatchObject({ httpStatus: 404, errorCode: null, fields: { Rules: [] } });
  });

  it("that failed stays: its code, its class, its request and its status", async () => {
    const world = worldOf({ region: { denies: ["s3:GetLifecycleConfiguration"] } });
    const failed = evidenceOf(of(await checked(world), "s3"), "s3Store.lifecycle");
    expect(failed).toMatchObject({
      operation: "GetBucketLifecycleConfiguration",
      errorCode: "AccessDenied",
      errorClass: "permission",
      httpStatus: 403,
      fields: {},
      sha256: null,
    });
    expect(failed.requestId).toMatch(uuid);
  });

  it("that nobody answered has neither request nor status", async () => {
    const away = "eu-west-1";
    const regions = new Map([here, away].map((name) => [name, region({ loggingConfig: toS3 })]));
    const world = { ...worldOf({}), accounts: [anAccount(account, { regions })] };
    const report = await checked(world, { regions: [away], addresses: { [away]: "http://127.0.0.1:9" } });
    const [result] = report.results;
    expect(result?.evidence[0]).toMatchObject({ requestId: null, httpStatus: null, errorClass: "network" });
  });

  it("that was tried again, or had pages, keeps the ids of all", async () => {
    const twice: Fault = { api: "GetBucketVersioning", count: 2, do: { kind: "throttle" } };
    const versioning = evidenceOf(of(await checked(worldOf({}), {}, [twice]), "s3"), "s3Store.versioning");
    expect(versioning.earlierRequestIds).toHaveLength(2);
    expect(new Set([...versioning.earlierRequestIds, versioning.requestId]).size).toBe(3);
    expect(versioning.httpStatus).toBe(200);
  });

  it("that several regions share is the evidence of each, from the region where it was asked", async () => {
    const regions = new Map([here, "eu-west-1"].map((name) => [name, region({ loggingConfig: toS3 })]));
    const world = { ...worldOf({}), accounts: [anAccount(account, { regions })] };
    const report = await checked(world, { regions: [] });
    const owners = [here, "eu-west-1"].map((name) => evidenceOf(of(report, "s3", name), "s3Store.owner"));
    expect(owners[0]?.requestId).toMatch(uuid);
    expect(owners[1]?.requestId).toBe(owners[0]?.requestId);
    expect(owners[1]?.region).toBe(owners[0]?.region);
    const configs = [here, "eu-west-1"].map((name) => evidenceOf(of(report, "s3", name), "loggingConfig"));
    expect(configs[0]?.requestId).not.toBe(configs[1]?.requestId);
    expect(configs.map((one) => one.region)).toEqual([here, "eu-west-1"]);
  });

  it("stands for each region of an account whose role is refused", async () => {
    const world = worldOf({});
    const accounts = [...world.accounts, anAccount(otherAccount, { assumableRoles: [] })];
    const report = await checked({ ...world, accounts }, { accounts: [account, otherAccount] });
    const shut = report.results.filter((result) => result.account === otherAccount);
    expect(shut.length).toBeGreaterThan(0);
    for (const { evidence } of shut)
      expect(evidence).toMatchObject([
        { fact: "role", service: "sts", operation: "AssumeRole", errorCode: "AccessDenied", httpStatus: 403 },
      ]);
  });
});

describe("where logging is off", () => {
  const off = worldOf({ config: null, region: { metrics: [calls(5, 48)] } });
  const ids = controls.map(({ id }) => id);
  const readsOf = async (asked: readonly string[], world = off) => {
    const { report, requests } = await looked(world, { controls: asked });
    const sums = requests.filter(({ api }) => api === "GetMetricData").length;
    return { sums, verdicts: report.results.map(({ code, control, verdict }) => [control, verdict, code].join(" ")) };
  };

  it("nobody asks what was delivered but the history, and all verdicts are the same", async () => {
    const [alone, withHistory] = await Promise.all([
      readsOf(ids.filter((id) => id !== "logging-unbroken")),
      readsOf(ids),
    ]);
    expect([alone.sums, withHistory.sums]).toEqual([1, 2]);
    expect(alone.verdicts).toContain("delivery-alive NOT_APPLICABLE logging-off");
    expect(withHistory.verdicts.filter((one) => !one.startsWith("logging-unbroken"))).toEqual(alone.verdicts);
  });

  it("it is asked where a destination is named, and where nobody knows", async () => {
    const others = ids.filter((id) => id !== "logging-unbroken");
    expect((await readsOf(others, worldOf({}))).sums).toBe(2);
    const denied = await readsOf(
      others,
      worldOf({ region: { denies: ["bedrock:GetModelInvocationLoggingConfiguration"] } }),
    );
    expect(denied.verdicts).toContain("delivery-alive UNKNOWN permission");
  });
});

describe("a verdict", () => {
  it("names the rule that decided, with its fields", async () => {
    const rules = [expiring(7, { Prefix: "bedrock/" }), expiring(400)].map((rule, at) => ({
      ...rule,
      ID: `rule-${at}`,
    }));
    const report = await checked(worldOf({ bucket: { lifecycle: rules } }));
    expect(of(report, "s3").decidedBy).toEqual({
      ID: "rule-0",
      Status: "Enabled",
      Filter: { Prefix: "bedrock/" },
      Expiration: { Days: 7 },
    });
    expect(of(await checked(worldOf({})), "s3").decidedBy).toBeNull();
    const lock = { mode: "COMPLIANCE", days: 30 } as const;
    const held = worldOf({
      bucket: { lifecycle: [expiring(1)], versioning: "Enabled", objectLock: lock },
    });
    // A rule that ends current versions alone decides only for how long they are readable.
    expect(of(await checked(held), "s3").decidedBy).toBeNull();
    const short = await checked(worldOf({ config: toGroup, groups: [group(14)] }));
    expect(of(short, "group").decidedBy).toEqual({ retentionInDays: 14, logGroupClass: "STANDARD" });
  });

  it("says by which list of regions it was made", async () => {
    expect((await checked(worldOf({}))).run.catalogueDate).toBe(catalogueDate);
  });
});
