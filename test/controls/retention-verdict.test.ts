import { describe, expect, it } from "vitest";
import type { Facts, LoggingConfig, OwnBucket, Unreadable } from "../../server/controls/facts.ts";
import { textAlone } from "../../server/controls/facts.ts";
import { judge } from "../../server/controls/judge.ts";
import { controls } from "../../server/controls/list.ts";
import { shippedPolicy } from "../../server/controls/policy-file.ts";
import { type CheckPolicy, defaultPolicy } from "../../server/controls/policy.ts";
import { account, now } from "../aws/small-world.ts";
import { checked, expiring, group, here, of, toBoth, toGroup, toGroupAlone, told, toS3, worldOf } from "./kit.ts";

describe("a destination", () => {
  it("row 3: a group that never expires, with a bucket without rules, keeps", async () => {
    const report = await checked(worldOf({ config: toGroup, groups: [group(null)] }));
    expect(of(report, "group")).toMatchObject({ verdict: "PASS", keptDays: "forever", notes: [] });
  });

  it("row 6: a group alone loses large bodies, which fails where they are asked for", async () => {
    const world = worldOf({ config: toGroupAlone, groups: [group(null)] });
    expect(told(of(await checked(world), "group"))).toBe("PASS kept large-bodies-lost");
    const asked = await checked(world, { settings: { requireComplete: true } });
    expect(of(asked, "group")).toMatchObject({
      verdict: "FAIL",
      code: "large-bodies-lost",
      reason: "Bodies over the limit are stored nowhere.",
    });
  });

  it("row 8: a group of 30 days passes, one of 14 fails", async () => {
    const judged = async (days: number) =>
      of(await checked(worldOf({ config: toGroup, groups: [group(days)] })), "group");
    expect(await judged(30)).toMatchObject({ verdict: "PASS", keptDays: 30 });
    expect(await judged(14)).toMatchObject({
      verdict: "FAIL",
      code: "short",
      reason: "Log group /b/log keeps records 14 days, needed 30: its retention is 14 days.",
    });
  });

  it("row 9: a short group beside a bucket for ever passes with a note; all of them must be good: it fails", async () => {
    const world = worldOf({ config: toBoth, groups: [group(7)] });
    const any = await checked(world);
    expect([told(of(any, "group")), told(of(any, "s3"))]).toEqual(["PASS kept destination-short", "PASS kept"]);
    const all = await checked(world, { settings: { destinations: "all" } });
    expect([told(of(all, "group")), told(of(all, "s3"))]).toEqual(["FAIL short", "PASS kept"]);
  });

  it("row 41: where all must be good, a good bucket does not help a short group", async () => {
    const world = worldOf({ config: toBoth, groups: [group(14)] });
    expect(of(await checked(world, { settings: { destinations: "all" } }), "group").verdict).toBe("FAIL");
  });

  it("row 63: for the EU AI Act a group of 180 days fails, one of 365 passes", async () => {
    const settings = shippedPolicy("eu-ai-act");
    const judged = async (days: number) =>
      of(await checked(worldOf({ config: toGroup, groups: [group(days)] }), { settings }), "group");
    expect(await judged(180)).toMatchObject({ verdict: "FAIL", keptDays: 180 });
    const passed = await judged(365);
    expect(passed).toMatchObject({ verdict: "PASS", keptDays: 365 });
    expect(passed.frameworks.map(({ requirement }) => requirement)).toContain("19(1)");
  });

  it("fails where records are at hand for too short a time, though they are kept", async () => {
    const bucket = { versioning: "Enabled" as const, lifecycle: [expiring(60)] };
    const { code, reason, verdict } = of(
      await checked(worldOf({ bucket }), { settings: { minimumReadableDays: 90 } }),
      "s3",
    );
    expect([verdict, code]).toEqual(["FAIL", "short"]);
    expect(reason).toContain("keeps records readable 60 days, needed 90");
  });

  it("is named where it keeps longer than is wished, by the part that keeps longest", async () => {
    const settings = { maximumDays: 400 };
    const notes = async (days: number | null, lifecycle: Parameters<typeof expiring>[0] | null) => {
      const bucket = { lifecycle: lifecycle === null ? [] : [expiring(lifecycle)] };
      return told(
        of(await checked(worldOf({ config: toGroup, groups: [group(days)], bucket }), { settings }), "group"),
      );
    };
    expect(await notes(365, 400)).toBe("PASS kept");
    expect(await notes(365, 401)).toBe("PASS kept kept-too-long");
    expect(await notes(null, 365)).toBe("PASS kept kept-too-long");
    const bucket = worldOf({ config: toS3 });
    expect(told(of(await checked(bucket, { settings }), "s3"))).toBe("PASS kept kept-too-long");
  });
});

const place = { bucket: "logs", prefix: "" };
const refused: Unreadable = {
  unreadable: "store",
  service: "s3",
  operation: "Read",
  action: "s3:Read",
  class: "permission",
  errorCode: "AccessDenied",
  attempts: 1,
  notApplicable: false,
};

const own = (days: number | null): OwnBucket => ({
  ...place,
  owner: "own",
  region: here,
  lifecycle: days === null ? [] : [expiring(days)],
  versioning: null,
  lock: null,
});
const inGroup = (retentionInDays: number) => ({
  name: "/b/log",
  exists: true as const,
  retentionInDays,
  logGroupClass: "STANDARD",
  kmsKeyId: null,
  deletionProtected: null,
  bearerToken: null,
});

type Days = number | "unread" | "missing";

function bucketOf(days: Days) {
  if (days === "unread") return refused;
  return days === "missing" ? { ...place, owner: "missing" as const } : own(days);
}

/** Verdict, code and severity of the group and of the bucket, by the days that they keep. */
function verdicts(
  {
    bucket,
    group: days,
    largeData,
  }: { readonly group: Days; readonly bucket: Days | null; readonly largeData: boolean },
  policy: Partial<CheckPolicy> = {},
) {
  const loggingConfig: LoggingConfig = {
    set: true,
    s3: bucket === null ? null : place,
    cloudWatch: { logGroup: "/b/log", roleArn: null, largeData: largeData ? place : null },
    delivered: textAlone,
  };
  const facts = {
    loggingConfig,
    logGroup: days === "unread" ? refused : days === "missing" ? { name: "/b/log", exists: false } : inGroup(days),
    s3Store: bucket === null ? null : bucketOf(bucket),
    largeDataStore: largeData ? own(null) : null,
  } as unknown as Facts;
  const target = { account, region: here, caller: null, from: now - 1, to: now, now };
  const results = judge(
    controls.filter(({ id }) => id.endsWith("-retention")),
    { target, facts, evidence: [] },
    { policy: { ...defaultPolicy, ...policy }, now },
  );
  return results.map((result) => `${told(result)} ${result.severity}`);
}

describe("one of two destinations", () => {
  it.each([
    // A complete one that is good satisfies.
    [{ group: 90, bucket: 7, largeData: true }, ["PASS kept high", "PASS kept destination-short high"]],
    [{ group: 7, bucket: 90, largeData: true }, ["PASS kept destination-short high", "PASS kept high"]],
    [{ group: "unread", bucket: 90, largeData: true }, ["UNKNOWN permission low", "PASS kept high"]],
    [{ group: 90, bucket: "unread", largeData: true }, ["PASS kept high", "UNKNOWN permission low"]],
    [{ group: 90, bucket: "missing", largeData: true }, ["PASS kept high", "PASS kept destination-short high"]],
    // Nothing satisfies: short is FAIL, unless the other one may yet be good.
    [{ group: 7, bucket: 7, largeData: true }, ["FAIL short high", "FAIL short high"]],
    [
      { group: 7, bucket: "unread", largeData: true },
      ["UNKNOWN other-destination-unread high", "UNKNOWN permission high"],
    ],
    [
      { group: "unread", bucket: 7, largeData: true },
      ["UNKNOWN permission high", "UNKNOWN other-destination-unread high"],
    ],
    [{ group: "unread", bucket: "unread", largeData: true }, ["UNKNOWN permission high", "UNKNOWN permission high"]],
    // One that is good and incomplete satisfies itself alone.
    [{ group: 90, bucket: 7, largeData: false }, ["PASS kept high", "FAIL short high"]],
    [{ group: "unread", bucket: 7, largeData: false }, ["UNKNOWN permission high", "FAIL short high"]],
    [{ group: 90, bucket: "unread", largeData: false }, ["PASS kept high", "UNKNOWN permission high"]],
    [{ group: 90, bucket: 90, largeData: false }, ["PASS kept high", "PASS kept high"]],
    [
      { group: 90, bucket: "missing", largeData: false },
      ["PASS kept large-bodies-lost high", "FAIL store-missing high"],
    ],
  ] as const)("%j", (setup, expected) => {
    expect(verdicts(setup)).toEqual(expected);
  });

  it.each([
    [{ group: 90, bucket: 7, largeData: true }, ["PASS kept high", "FAIL short high"]],
    [{ group: 7, bucket: 90, largeData: true }, ["FAIL short high", "PASS kept high"]],
    [{ group: "unread", bucket: 90, largeData: true }, ["UNKNOWN permission high", "PASS kept high"]],
    [{ group: 7, bucket: "unread", largeData: true }, ["FAIL short high", "UNKNOWN permission high"]],
    [{ group: 90, bucket: 90, largeData: false }, ["PASS kept high", "PASS kept high"]],
  ] as const)("where each counts for itself: %j", (setup, expected) => {
    expect(verdicts(setup, { destinations: "all" })).toEqual(expected);
  });
});
