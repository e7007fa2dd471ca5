import type { LifecycleRule, Transition } from "@aws-sdk/client-s3";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AnyControl } from "../../server/controls/control.ts";
import { type Facts, type LogGroupStore, type OwnBucket, textAlone } from "../../server/controls/facts.ts";
import { judge } from "../../server/controls/judge.ts";
import { logGroupRetention } from "../../server/controls/log-group-retention.ts";
import { shippedPolicy } from "../../server/controls/policy-file.ts";
import { type CheckPolicy, defaultPolicy, profileNames } from "../../server/controls/policy.ts";
import { s3LogRetention } from "../../server/controls/s3-log-retention.ts";
import type { ControlResult } from "../../server/domain/compliance.ts";
import { account, now } from "../aws/small-world.ts";
import { expiring, here, logsFolder } from "./kit.ts";

const dayMs = 86_400_000;
const place = { bucket: "logs", prefix: "bedrock" };
const bucket: OwnBucket = { ...place, owner: "own", region: here, lifecycle: [], versioning: null, lock: null };

function result(control: AnyControl, facts: Partial<Facts>, policy: CheckPolicy): ControlResult {
  const target = { account, region: here, caller: null, from: now - 1, to: now, now };
  const [found] = judge([control], { target, facts, evidence: [] }, { policy, now });
  if (found === undefined) throw new Error(`${control.id} said nothing`);
  return found;
}

function judged(store: OwnBucket, policy: CheckPolicy): ControlResult {
  const loggingConfig = { set: true, s3: place, cloudWatch: null, delivered: textAlone };
  return result(s3LogRetention, { loggingConfig, s3Store: store }, policy);
}

const revived = ({ Date: date, ...due }: Transition): Transition =>
  date === undefined ? due : { ...due, Date: new Date(date) };

/** The rules of the command, as S3 takes them. */
function mended({ remediation }: ControlResult): readonly LifecycleRule[] {
  const [, text = ""] = /--lifecycle-configuration '(.*)' # Terraform/s.exec(remediation ?? "") ?? [];
  const { Rules } = JSON.parse(text) as { readonly Rules: readonly LifecycleRule[] };
  return Rules.map(({ Expiration, Transitions, ...rule }) => ({
    ...rule,
    ...(Expiration === undefined ? {} : { Expiration: revived(Expiration) }),
    ...(Transitions === undefined ? {} : { Transitions: Transitions.map(revived) }),
  }));
}

const midnight = (ahead: number) => new Date(Math.floor(now / dayMs) * dayMs + ahead * dayMs);
const policies = profileNames.map(shippedPolicy);
const policy = fc.oneof(
  fc.constantFrom(...policies),
  fc
    .record({
      minimumDays: fc.integer({ min: 0, max: 400 }),
      minimumReadableDays: fc.integer({ min: 0, max: 400 }),
      basis: fc.constantFrom("kept" as const, "readable" as const),
    })
    .map((settings) => ({ ...defaultPolicy, ...settings })),
);
const classes = ["STANDARD_IA", "GLACIER_IR", "INTELLIGENT_TIERING", "GLACIER", "DEEP_ARCHIVE"] as const;
/** As S3 takes it: days or dates, moves in their order and apart, the end behind them. */
const rule: fc.Arbitrary<LifecycleRule> = fc
  .record({
    Status: fc.constantFrom("Enabled" as const, "Enabled" as const, "Enabled" as const, "Disabled" as const),
    Filter: fc.constantFrom(
      {},
      { Prefix: "bedrock/" },
      { Prefix: `${logsFolder}2` },
      { Prefix: "other/" },
      { ObjectSizeGreaterThan: 131_072 },
    ),
    start: fc.integer({ min: 30, max: 500 }),
    gaps: fc.array(fc.integer({ min: 30, max: 90 }), { minLength: 1, maxLength: 4 }),
    moves: fc.subarray([...classes]),
    dated: fc.boolean(),
    ends: fc.boolean(),
    old: fc.option(fc.integer({ min: 1, max: 60 }), { nil: null }),
  })
  .map(({ Filter, Status, dated, ends, gaps, moves, old, start }) => {
    const due = (step: number) => {
      const days =
        start + gaps.slice(0, step).reduce((sum, gap) => sum + gap, 0) + 30 * Math.max(0, step - gaps.length);
      return dated ? { Date: midnight(days - 300) } : { Days: days };
    };
    const Transitions = moves.map((StorageClass, step) => ({ ...due(step), StorageClass }));
    return {
      Status,
      Filter,
      ...(Transitions.length === 0 ? {} : { Transitions }),
      ...(ends || moves.length === 0 ? { Expiration: due(moves.length) } : {}),
      ...(old === null ? {} : { NoncurrentVersionExpiration: { NoncurrentDays: old } }),
    };
  });
const store = fc
  .record({
    lifecycle: fc.array(rule, { minLength: 1, maxLength: 4 }),
    versioning: fc.constantFrom(null, "Enabled" as const, "Suspended" as const),
  })
  .map((facts): OwnBucket => ({ ...bucket, ...facts }));

function isTakenByS3({ Expiration, Transitions = [] }: LifecycleRule): boolean {
  const dues = [...Transitions, ...(Expiration === undefined ? [] : [Expiration])];
  const days = dues.map((due) => due.Days ?? (due.Date?.getTime() ?? 0) / dayMs);
  const kinds = new Set(dues.map(({ Date: date }) => date === undefined));
  const isLate = ({ Days = 30, StorageClass }: Transition) => Days >= (StorageClass === "STANDARD_IA" ? 30 : 0);
  return kinds.size <= 1 && days.every((day, n) => n === 0 || day > (days[n - 1] ?? 0)) && Transitions.every(isLate);
}

describe("what is printed to mend a bucket", () => {
  it("passes when it is done, whatever the rules and the policy", () => {
    let failed = 0;
    fc.assert(
      fc.property(store, policy, (facts, asked) => {
        const before = judged(facts, asked);
        if (before.verdict !== "FAIL") return;
        failed++;
        const lifecycle = mended(before);
        expect(judged({ ...facts, lifecycle }, asked)).toMatchObject({ verdict: "PASS", code: "kept" });
        expect(lifecycle.filter((each) => !isTakenByS3(each))).toEqual([]);
      }),
      { numRuns: 800 },
    );
    expect(failed).toBeGreaterThan(200);
  });

  it("is an archive put off, where records are long enough kept but not readable", () => {
    const Transitions = [{ Days: 30, StorageClass: "GLACIER" as const }];
    const lifecycle = [{ ...expiring(400), Transitions }, expiring(365)];
    const before = judged({ ...bucket, lifecycle }, shippedPolicy("pci-dss-4"));
    expect(before).toMatchObject({ verdict: "FAIL", code: "short" });
    expect(mended(before)).toEqual([
      { ...expiring(400), Transitions: [{ Days: 90, StorageClass: "GLACIER" }] },
      expiring(365),
    ]);
  });

  it("keeps the distance of moves, and none behind the end", () => {
    const Transitions = [
      { Days: 30, StorageClass: "STANDARD_IA" as const },
      { Days: 60, StorageClass: "GLACIER" as const },
      { Days: 340, StorageClass: "DEEP_ARCHIVE" as const },
    ];
    const before = judged({ ...bucket, lifecycle: [{ ...expiring(365), Transitions }] }, shippedPolicy("pci-dss-4"));
    expect(mended(before)[0]?.Transitions).toEqual([
      { Days: 60, StorageClass: "STANDARD_IA" },
      { Days: 90, StorageClass: "GLACIER" },
    ]);
  });

  it("counts days where dates came too early, in all of the rule", () => {
    const rule: LifecycleRule = {
      Status: "Enabled",
      Filter: {},
      Transitions: [{ Date: midnight(-5), StorageClass: "STANDARD_IA" }],
      Expiration: { Date: midnight(20) },
    };
    const before = judged({ ...bucket, lifecycle: [rule] }, shippedPolicy("cis-v8"));
    expect(mended(before)).toEqual([
      {
        Status: "Enabled",
        Filter: {},
        Transitions: [{ Days: 30, StorageClass: "STANDARD_IA" }],
        Expiration: { Days: 90 },
      },
    ]);
  });
});

describe("what is printed to mend a log group", () => {
  const cloudWatch = { logGroup: "/b/log", roleArn: null, largeData: null };
  const config = { set: true, s3: null, cloudWatch, delivered: textAlone };
  const group: Extract<LogGroupStore, { exists: true }> = {
    name: "/b/log",
    exists: true,
    retentionInDays: 7,
    logGroupClass: "STANDARD",
    kmsKeyId: null,
    deletionProtected: null,
    bearerToken: null,
    retentionPolicy: null,
    createdAt: null,
  };
  const said = (over: Partial<typeof group>, settings: CheckPolicy): ControlResult =>
    result(logGroupRetention, { loggingConfig: config, logGroup: { ...group, ...over } }, settings);
  const daysIn = ({ remediation }: ControlResult): number | null => {
    if (/delete-retention-policy|NEVER_EXPIRE/.test(remediation ?? "")) return null;
    return Number(/(?:--retention-in-days |"retentionInDays":)(\d+)/.exec(remediation ?? "")?.[1]);
  };

  it.each([null, "all"])("passes when it is done (account policy: %s)", (retentionPolicy) => {
    fc.assert(
      fc.property(
        policy,
        fc.option(fc.integer({ min: 0, max: 5_000 }), { nil: undefined }),
        (asked, minimumReadableDays = asked.minimumReadableDays) => {
          const wanted = { ...asked, minimumReadableDays };
          const before = said({ retentionPolicy }, wanted);
          if (before.verdict !== "FAIL") return;
          expect(said({ retentionPolicy, retentionInDays: daysIn(before) }, wanted).verdict).toBe("PASS");
        },
      ),
      { numRuns: 300 },
    );
  });

  it("is another group, where its class keeps one day whatever is set", () => {
    const { remediation } = said({ logGroupClass: "DELIVERY", retentionInDays: 365 }, defaultPolicy);
    expect(remediation).toBe(
      "Name a log group of class STANDARD in the logging configuration. # Terraform: cloudwatch_log_group.log_group_class, bedrock_model_invocation_logging_configuration",
    );
  });
});
