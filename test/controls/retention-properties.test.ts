import type { LifecycleRule } from "@aws-sdk/client-s3";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ObjectLock } from "../../server/controls/facts.ts";
import { bucketRetention, type BucketFacts, type KeptDays } from "../../server/controls/retention.ts";
import { account, now } from "../aws/small-world.ts";
import { logsFolder } from "./kit.ts";

const dayMs = 86_400_000;
const context = { keyPrefix: "bedrock", account, region: "us-east-1", now, minimumDays: 30, found: null };
/** Nothing below is due later than that. */
const end = 300;

/** One object, day by day: no formula. `forever`: it is still there after all is due. */
function lifeUnder(
  rules: readonly LifecycleRule[],
  { lock, versioning }: BucketFacts,
): { kept: KeptDays; readable: KeptDays } {
  const isDue = (due: { Date?: Date | undefined; Days?: number | undefined } | undefined, day: number) =>
    due !== undefined &&
    ((due.Days !== undefined && due.Days <= day) ||
      (due.Date !== undefined && (due.Date.getTime() - now) / dayMs < day + 1));
  const lockedFor = versioning === "Enabled" ? (lock?.days ?? (lock?.years ?? 0) * 365) : 0;
  let hiddenOn: number | null = null;
  let unreadableOn: number | null = null;
  for (let day = 0; day <= end; day++) {
    const archived = rules.some(({ Transitions }) =>
      (Transitions ?? []).some(
        (move) => (move.StorageClass === "GLACIER" || move.StorageClass === "DEEP_ARCHIVE") && isDue(move, day),
      ),
    );
    if (hiddenOn === null && rules.some(({ Expiration }) => isDue(Expiration, day))) hiddenOn = day;
    if (archived || hiddenOn !== null) unreadableOn ??= day;
    const hiddenAt = hiddenOn;
    if (hiddenAt === null) continue;
    const oldIsDue = rules.some(
      ({ NoncurrentVersionExpiration: old }) =>
        old?.NoncurrentDays !== undefined &&
        (old.NewerNoncurrentVersions ?? 0) === 0 &&
        old.NoncurrentDays <= day - hiddenAt,
    );
    if (day >= lockedFor && (versioning !== "Enabled" || oldIsDue)) return { kept: day, readable: unreadableOn ?? day };
  }
  return { kept: "forever", readable: unreadableOn ?? "forever" };
}

function reaches({ Filter, Status, ...rule }: LifecycleRule, key: string, size: number): boolean {
  if (Status !== "Enabled" || Filter?.Tag !== undefined || Filter?.And?.Tags !== undefined) return false;
  const prefix = Filter?.Prefix ?? Filter?.And?.Prefix ?? (rule as { Prefix?: string }).Prefix ?? "";
  const above = Filter?.ObjectSizeGreaterThan ?? Filter?.And?.ObjectSizeGreaterThan ?? -1;
  const below = Filter?.ObjectSizeLessThan ?? Filter?.And?.ObjectSizeLessThan ?? Infinity;
  return key.startsWith(prefix) && size > above && size < below;
}

/** Every day that counts, and some to come; records and large bodies; sizes at every border. */
const keys = [...Array.from({ length: 60 }, (_, n) => n - 29), 120, 400].flatMap((ahead) => {
  const day = new Date(now + ahead * dayMs).toISOString().slice(0, 10).replaceAll("-", "/");
  return [
    `${logsFolder}${day}/12/x.json.gz`,
    `${logsFolder}${day}/12/data/x.json.gz`,
    `${logsFolder}${day}/03/x.json.gz`,
  ];
});
const sizes = [1, 500, 501, 131_071, 131_072, 131_073, 5_000_000];

/** Of every object; what the same rules reach lives alike. */
function livesIn(bucket: BucketFacts): readonly { kept: KeptDays; readable: KeptDays }[] {
  const met = new Map<string, readonly LifecycleRule[]>();
  for (const key of keys)
    for (const bytes of sizes) {
      const rules = bucket.lifecycle.filter((rule) => reaches(rule, key, bytes));
      met.set(rules.map((rule) => bucket.lifecycle.indexOf(rule)).join(), rules);
    }
  return [...met.values()].map((rules) => lifeUnder(rules, bucket));
}

const least = (days: readonly KeptDays[]): KeptDays => {
  const shortest = Math.min(...days.map((each) => (each === "forever" ? Infinity : each)));
  return shortest === Infinity ? "forever" : shortest;
};

const prefixes = [
  "",
  "bedrock",
  "bedrock/",
  "other/",
  "bedrock/AWSLogs/9",
  logsFolder,
  `${logsFolder}2026/09/`,
  `${logsFolder}2026/09/20/`,
  `${logsFolder}2026/09/15/12/data/`,
  `${logsFolder}2026/0`,
  `${logsFolder}2027/`,
  `${logsFolder}2025/`,
  `${logsFolder}2`,
  `${logsFolder}x`,
];
const prefix = fc.constantFrom(...prefixes);
const days = fc.integer({ min: 0, max: 90 });
const size = fc.constantFrom(0, 500, 131_071, 131_072);
const filter: fc.Arbitrary<NonNullable<LifecycleRule["Filter"]>> = fc.oneof(
  prefix.map((Prefix) => ({ Prefix })),
  fc.constant({}),
  size.map((ObjectSizeGreaterThan) => ({ ObjectSizeGreaterThan })),
  size.map((bytes) => ({ ObjectSizeLessThan: bytes + 1 })),
  fc.record({ Prefix: prefix, ObjectSizeGreaterThan: size }).map((And) => ({ And })),
  fc.constant({ Tag: { Key: "a", Value: "b" } }),
);
const due = fc.oneof(
  days.map((Days) => ({ Days })),
  fc
    .integer({ min: -100, max: 100 })
    .map((ahead) => ({ Date: new Date(Math.floor(now / dayMs) * dayMs + ahead * dayMs) })),
);
const action: fc.Arbitrary<Partial<LifecycleRule>> = fc.oneof(
  due.map((Expiration) => ({ Expiration })),
  days.map((NoncurrentDays) => ({ NoncurrentVersionExpiration: { NoncurrentDays } })),
  days.map((NoncurrentDays) => ({ NoncurrentVersionExpiration: { NoncurrentDays, NewerNoncurrentVersions: 1 } })),
  fc
    .record({
      Days: days,
      StorageClass: fc.constantFrom("GLACIER" as const, "GLACIER_IR" as const, "DEEP_ARCHIVE" as const),
    })
    .map((move) => ({ Transitions: [move] })),
  fc.constant({ Expiration: { ExpiredObjectDeleteMarker: true } }),
);
const rule: fc.Arbitrary<LifecycleRule> = fc
  .record({
    Status: fc.constantFrom("Enabled" as const, "Enabled" as const, "Disabled" as const),
    Filter: filter,
    actions: fc.array(action, { minLength: 1, maxLength: 2 }),
  })
  .map(({ Filter, Status, actions }) => ({ Status, Filter, ...actions[0], ...actions[1] }));
const lock: fc.Arbitrary<ObjectLock | null> = fc.option(
  fc.record({ mode: fc.constant("GOVERNANCE" as const), days: fc.option(days), years: fc.constant(null) }),
);
const facts: fc.Arbitrary<BucketFacts> = fc.record({
  lifecycle: fc.array(rule, { maxLength: 4 }),
  versioning: fc.constantFrom(null, "Enabled" as const, "Suspended" as const),
  lock,
});
const number = (each: KeptDays): number => (each === "forever" ? Infinity : each);

describe("how long a bucket keeps its records", () => {
  it("is as long as the shortest-lived of its objects lives, day by day", () => {
    fc.assert(
      fc.property(facts, (bucket) => {
        const lives = livesIn(bucket);
        const { kept, readable } = bucketRetention(bucket, context);
        expect([kept, readable]).toEqual([
          least(lives.map((life) => life.kept)),
          least(lives.map((life) => life.readable)),
        ]);
      }),
      { numRuns: 500 },
    );
  });

  it("is never longer for one rule more", () => {
    fc.assert(
      fc.property(facts, rule, (bucket, more) => {
        const before = bucketRetention(bucket, context);
        const after = bucketRetention({ ...bucket, lifecycle: [...bucket.lifecycle, more] }, context);
        expect(number(after.kept)).toBeLessThanOrEqual(number(before.kept));
        expect(number(after.readable)).toBeLessThanOrEqual(number(before.readable));
      }),
      { numRuns: 2_000 },
    );
  });

  it("does not hang on the order of the rules", () => {
    fc.assert(
      fc.property(facts, (bucket) => {
        const turned = bucketRetention({ ...bucket, lifecycle: bucket.lifecycle.toReversed() }, context);
        const { kept, readable } = bucketRetention(bucket, context);
        expect([turned.kept, turned.readable]).toEqual([kept, readable]);
      }),
      { numRuns: 1_000 },
    );
  });
});
