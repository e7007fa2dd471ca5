import { describe, expect, it } from "vitest";
import type { EarlierLook, LoggingConfig, TrailChanges } from "../../server/controls/facts.ts";
import { textAlone } from "../../server/controls/facts.ts";
import { knownChanges } from "../../server/controls/history/known-changes.ts";
import {
  lifecycleOf,
  retentionOf,
  accountRetentionOf,
  versioningOf,
} from "../../server/controls/history/trail-shapes.ts";
import type { History } from "../../server/check.ts";
import { hourMs, now } from "../aws/small-world.ts";
import { calls, change, checked, expiring, of, type Setup, told, worldOf } from "./kit.ts";

const dayMs = 24 * hourMs;
const put = (Rule: unknown) => ({ bucketName: "logs", LifecycleConfiguration: { Rule } });
const base = { ID: "r", Status: "Enabled" };

describe("what CloudTrail writes of a lifecycle", () => {
  it.each([
    ["one rule", { ...base, Filter: { Prefix: "" }, Expiration: { Days: 3 } }],
    ["a list of one", [{ ...base, Filter: { Prefix: "" }, Expiration: { Days: 3 } }]],
    ["numbers as texts", { ...base, Filter: { Prefix: "" }, Expiration: { Days: "3" } }],
  ])("%s", (_, written) => {
    expect(lifecycleOf(put(written))).toEqual([{ ...base, Filter: { Prefix: "" }, Expiration: { Days: 3 } }]);
  });

  it("elements without content, lists under the name of one, dates and flags", () => {
    const written = {
      Status: "Disabled",
      Filter: "",
      Expiration: { Date: "2027-01-01T00:00:00Z" },
      Transition: { Days: 1, StorageClass: "GLACIER" },
      NoncurrentVersionExpiration: { NoncurrentDays: 2, NewerNoncurrentVersions: 1 },
      NoncurrentVersionTransition: { NoncurrentDays: 1, StorageClass: "GLACIER" },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
    };
    expect(lifecycleOf(put(written))).toEqual([
      {
        Status: "Disabled",
        Filter: {},
        Expiration: { Date: new Date("2027-01-01T00:00:00Z") },
        Transitions: [{ Days: 1, StorageClass: "GLACIER" }],
        NoncurrentVersionExpiration: { NoncurrentDays: 2, NewerNoncurrentVersions: 1 },
        NoncurrentVersionTransitions: [{ NoncurrentDays: 1, StorageClass: "GLACIER" }],
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
      },
    ]);
    const tagged = {
      ...base,
      Filter: { And: { Prefix: "a", Tag: { Key: "k", Value: "v" } } },
      Expiration: { Days: 1 },
    };
    expect(lifecycleOf(put(tagged))?.[0]?.Filter).toEqual({ And: { Prefix: "a", Tags: [{ Key: "k", Value: "v" }] } });
  });

  it.each([
    [null],
    [{}],
    [{ LifecycleConfiguration: "" }],
    [{ LifecycleConfiguration: {} }],
    [put([])],
    [put("")],
    [put({ Status: "Enabled" })],
    [put({ ...base, Expiration: { Days: "soon" } })],
    [put({ ...base, Expiration: { Date: "some day" } })],
    [put({ ...base, Expiration: { Days: 3 }, Unheard: {} })],
    [put({ ...base, Filter: { ObjectColour: "red" }, Expiration: { Days: 3 } })],
    [put([{ ...base, Expiration: { Days: 3 } }, 7])],
  ])("%j is not understood", (written) => {
    expect(lifecycleOf(written)).toBeNull();
  });

  it("and of the other settings", () => {
    expect(versioningOf({ VersioningConfiguration: { Status: "Suspended", xmlns: "x" } })).toBe("Suspended");
    expect(versioningOf({ VersioningConfiguration: { Status: "Off" } })).toBeNull();
    expect(retentionOf({ logGroupName: "g", retentionInDays: 3 })).toBe(3);
    expect([retentionOf({ retentionInDays: 0 }), retentionOf(null)]).toEqual([null, null]);
    const policy = (retentionInDays: unknown, selectionCriteria?: string) => ({
      policyDocument: JSON.stringify({ retentionInDays, enforcementMode: "NEW_ONLY" }),
      selectionCriteria,
    });
    expect(accountRetentionOf(policy("NEVER_EXPIRE"))).toEqual({ days: "forever", retroactive: false, prefixes: null });
    expect(accountRetentionOf(policy(30, `LogGroupNamePrefix IN ["/a", "/b"]`))?.prefixes).toEqual(["/a", "/b"]);
    for (const unknown of [policy("long"), policy(30, "Colour IN []"), { policyDocument: "{" }, null])
      expect(accountRetentionOf(unknown)).toBeNull();
  });
});

describe("changes that earlier runs saw", () => {
  const seen = (from: number, to: number, ...times: readonly number[]): TrailChanges => ({
    from,
    to,
    wholeSince: from,
    changes: times.map((time) => ({ id: `${time}`, name: "n", time, actor: null, errorCode: null, parameters: null })),
  });

  it("reach back as far as they join on", () => {
    const known = knownChanges(seen(100, 190, 120), [seen(0, 60, 5, 50), seen(55, 110, 58, 105), seen(-99, -1, -5)]);
    expect(known.since).toBe(0);
    expect(known.changes.map(({ time }) => time)).toEqual([5, 50, 58, 105, 120]);
  });

  it("and no further than a hole", () => {
    const known = knownChanges(seen(100, 190), [seen(0, 60, 5), seen(61, 110, 70)]);
    expect([known.since, known.changes.length]).toEqual([61, 1]);
  });
});

describe("own history", () => {
  const busy = [calls(10, 4_000)];
  const setup = (...trailEvents: NonNullable<Setup["region"]>["trailEvents"] & object): Setup => ({
    bucket: { lifecycle: [expiring(400)] },
    region: { metrics: busy, trailEvents },
  });
  const config: LoggingConfig = {
    set: true,
    s3: { bucket: "logs", prefix: "bedrock" },
    cloudWatch: null,
    delivered: textAlone,
  };
  const putConfig = change("PutModelInvocationLoggingConfiguration", 5, {
    loggingConfig: { s3Config: { bucketName: "logs", keyPrefix: "bedrock" }, textDataDeliveryEnabled: true },
  });
  const at = (daysAgo: number, facts: EarlierLook["facts"]): EarlierLook => ({ time: now - daysAgo * dayMs, facts });
  const judged = async (made: Setup, looks: readonly EarlierLook[] | null, windowDays: number | null = null) => {
    const earlierLooks: History = async () => looks;
    const options = { controls: ["logging-unbroken"], settings: { windowDays }, earlierLooks };
    return of(await checked(worldOf(made), options), "unbroken");
  };

  it("tells how logging was before its first change", async () => {
    expect(told(await judged(setup(putConfig), null))).toBe("FAIL gap");
    expect(told(await judged(setup(putConfig), [at(20, { loggingConfig: config })]))).toBe("PASS unbroken");
    const off = { ...config, set: false, s3: null };
    const found = await judged(setup(putConfig), [at(20, { loggingConfig: off })]);
    expect(found.gaps).toMatchObject([{ kind: "off", to: new Date(now - 5 * dayMs).toISOString() }]);
    // One that is older than what CloudTrail tells says nothing of what came after.
    expect(told(await judged(setup(putConfig), [at(95, { loggingConfig: config })]))).toBe("FAIL gap");
  });

  it("tells how a store was before its first change", async () => {
    const lifecycle = change(
      "PutBucketLifecycle",
      5,
      put({ ...base, Filter: { Prefix: "" }, Expiration: { Days: 400 } }),
    );
    const bucket = (days: number) =>
      ({
        bucket: "logs",
        prefix: "bedrock",
        owner: "own",
        region: "us-east-1",
        lifecycle: [expiring(days)],
        versioning: null,
        lock: null,
      }) as const;
    expect(told(await judged(setup(lifecycle), null))).toBe("UNKNOWN earlier-state-unknown");
    expect(told(await judged(setup(lifecycle), [at(20, { s3Store: bucket(90) })]))).toBe("PASS unbroken");
    expect(told(await judged(setup(lifecycle), [at(20, { s3Store: bucket(3) })]))).toBe("FAIL gap");
  });

  it("reaches beyond what CloudTrail tells", async () => {
    const none = (daysAgo: number): TrailChanges => ({
      from: now - (daysAgo + 90) * dayMs,
      to: now - daysAgo * dayMs,
      wholeSince: now - (daysAgo + 90) * dayMs,
      changes: [],
    });
    const look = at(60, { loggingConfig: config, configEvents: none(60), storeEvents: none(60) });
    expect(told(await judged(setup(), null, 120))).toBe("UNKNOWN history-too-short");
    expect(told(await judged(setup(), [look], 120))).toBe("PASS unbroken");
    expect(told(await judged(setup(), [look], 200))).toBe("UNKNOWN history-too-short");
  });
});
