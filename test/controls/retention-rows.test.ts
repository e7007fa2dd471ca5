import { describe, expect, it } from "vitest";
import { aBucket, aLogGroup, now, otherAccount } from "../aws/small-world.ts";
import {
  casesOf,
  checked,
  expiring,
  group,
  here,
  logsFolder,
  of,
  toBoth,
  toGroup,
  toGroupAlone,
  type Row,
  toldOf,
  toS3,
  worldOf,
} from "./kit.ts";

const inDays = (days: number) => new Date(now + days * 86_400_000);
const rules = (...lifecycle: NonNullable<Parameters<typeof aBucket>[2]>["lifecycle"] & object) => ({
  bucket: { lifecycle },
});
const noncurrent = (NoncurrentDays: number) => ({ NoncurrentVersionExpiration: { NoncurrentDays } });
const archive = (StorageClass: "GLACIER" | "GLACIER_IR" | "INTELLIGENT_TIERING") => ({
  Status: "Enabled" as const,
  Filter: { Prefix: "" },
  Transitions: [{ Days: 0, StorageClass }],
});
const allOff = {
  textDataDeliveryEnabled: false,
  imageDataDeliveryEnabled: false,
  embeddingDataDeliveryEnabled: false,
  videoDataDeliveryEnabled: false,
  audioDataDeliveryEnabled: false,
};
const namesakes = Array.from({ length: 59 }, (_, n) => aLogGroup(`/b/log${n}`, [], { retentionInDays: 1 }));

const rows: readonly Row[] = [
  ["an empty configuration is none", { config: {} }, { on: "FAIL off-unused" }],
  ["no configuration at all", { config: null }, { on: "FAIL off-unused", s3: "NOT_APPLICABLE logging-off" }],
  [
    "a group that never expires, with a bucket without rules",
    { config: toGroup, groups: [group(null)] },
    { group: "PASS kept", bodies: "PASS delivered modality-unsaid" },
  ],
  [
    "row 4: no body is delivered",
    { config: { ...toGroup, ...allOff }, groups: [group(null)] },
    { bodies: "FAIL content-off modality-off" },
  ],
  [
    "row 5: text is not mentioned",
    { config: { cloudWatchConfig: toGroup.cloudWatchConfig }, groups: [group(null)] },
    { bodies: "UNKNOWN flag-absent modality-unsaid" },
  ],
  [
    "row 5: only text is delivered",
    { config: { ...toGroup, ...allOff, textDataDeliveryEnabled: true }, groups: [group(null)] },
    { bodies: "PASS delivered modality-off" },
  ],
  [
    "a group without a bucket for large bodies",
    { config: toGroupAlone, groups: [group(null)] },
    { group: "PASS kept large-bodies-lost" },
  ],
  [
    "… where completeness is asked for",
    { config: toGroupAlone, groups: [group(null)] },
    { group: "FAIL large-bodies-lost" },
    { settings: { requireComplete: true } },
  ],
  ["a group of 30 days", { config: toGroup, groups: [group(30)] }, { group: "PASS kept" }],
  ["a group of 14 days", { config: toGroup, groups: [group(14)] }, { group: "FAIL short" }],
  [
    "a short group beside a good bucket",
    { config: toBoth, groups: [group(7)] },
    { group: "PASS kept destination-short", s3: "PASS kept" },
  ],
  [
    "… where all must be good",
    { config: toBoth, groups: [group(7)] },
    { group: "FAIL short" },
    { settings: { destinations: "all" } },
  ],
  ["a group that is not there", { config: toGroup }, { group: "FAIL store-missing", reach: "FAIL missing" }],
  [
    "the group of exactly the name, not of its beginning",
    { config: toGroup, groups: [aLogGroup("/b/logs", [], { retentionInDays: null }), group(1)] },
    { group: "FAIL short" },
  ],
  ["the exact name among sixty", { config: toGroup, groups: [...namesakes, group(60)] }, { group: "PASS kept" }],
  [
    "a delivery group keeps one day",
    { config: toGroup, groups: [group(null, { logGroupClass: "DELIVERY" })] },
    { group: "FAIL short" },
  ],
  [
    "groups that may not be listed",
    { config: toGroup, groups: [group(90)], region: { denies: ["logs:DescribeLogGroups"] } },
    { group: "UNKNOWN permission", reach: "UNKNOWN permission" },
  ],
  ["a bucket without rules", {}, { s3: "PASS kept", reach: "PASS reachable" }],
  ["30 days for all", rules(expiring(30, {})), { s3: "PASS kept" }],
  ["29 days", rules(expiring(29)), { s3: "FAIL short" }],
  ["a rule that is switched off", rules({ ...expiring(7), Status: "Disabled" }), { s3: "PASS kept" }],
  ["a rule for another folder", rules(expiring(7, { Prefix: "other/" })), { s3: "PASS kept" }],
  [
    "a rule of the old shape",
    rules({ Status: "Enabled", Prefix: "bedrock", Expiration: { Days: 7 } }),
    { s3: "FAIL short" },
  ],
  ["the shorter of two", rules(expiring(365), expiring(14, { Prefix: "bedrock/" })), { s3: "FAIL short" }],
  ["one month's folder", rules(expiring(7, { Prefix: `${logsFolder}2026/09/` })), { s3: "FAIL partial" }],
  ["a folder that is long past", rules(expiring(7, { Prefix: `${logsFolder}2025/` })), { s3: "PASS kept" }],
  ["a tag", rules(expiring(1, { Tag: { Key: "a", Value: "b" } })), { s3: "PASS kept tag-rule" }],
  [
    "a tag and a folder",
    rules(expiring(1, { And: { Prefix: "bedrock/", Tags: [{ Key: "a", Value: "b" }] } })),
    { s3: "PASS kept tag-rule" },
  ],
  ["all sizes over 0", rules(expiring(7, { ObjectSizeGreaterThan: 0 })), { s3: "FAIL short" }],
  ["large ones only", rules(expiring(7, { ObjectSizeGreaterThan: 131_072 })), { s3: "FAIL partial" }],
  [
    "a date that is past",
    rules({ ...expiring(0), Expiration: { Date: new Date("2020-01-01") } }),
    { s3: "FAIL short" },
  ],
  ["a date in ten days", rules({ ...expiring(0), Expiration: { Date: inDays(10) } }), { s3: "FAIL short" }],
  ["a date in 200 days", rules({ ...expiring(0), Expiration: { Date: inDays(200) } }), { s3: "PASS kept time-bomb" }],
  [
    "what deletes no data",
    rules(
      { Status: "Enabled", Filter: {}, Expiration: { ExpiredObjectDeleteMarker: true } },
      { Status: "Enabled", Filter: {}, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
    ),
    { s3: "PASS kept" },
  ],
  [
    "versions, hidden after 7 days",
    { bucket: { versioning: "Enabled", lifecycle: [expiring(7)] } },
    { s3: "PASS kept readable-short" },
  ],
  [
    "… where readable days count",
    { bucket: { versioning: "Enabled", lifecycle: [expiring(7)] } },
    { s3: "FAIL short readable-short" },
    { settings: { basis: "readable" } },
  ],
  [
    "versions, deleted 7 days later",
    { bucket: { versioning: "Enabled", lifecycle: [{ ...expiring(7), ...noncurrent(7) }] } },
    { s3: "FAIL short" },
  ],
  [
    "versions, of which only old ones go",
    { bucket: { versioning: "Enabled", lifecycle: [{ Status: "Enabled", Filter: {}, ...noncurrent(1) }] } },
    { s3: "PASS kept noncurrent-only" },
  ],
  [
    "suspended versions delete at once",
    { bucket: { versioning: "Suspended", lifecycle: [expiring(7)] } },
    { s3: "FAIL short" },
  ],
  [
    "a lock of 30 days",
    {
      bucket: {
        versioning: "Enabled",
        objectLock: { mode: "COMPLIANCE", days: 30 },
        lifecycle: [{ ...expiring(1), ...noncurrent(1) }],
      },
    },
    { s3: "PASS kept readable-short" },
  ],
  [
    "a lock shorter than the rules",
    {
      bucket: {
        versioning: "Enabled",
        objectLock: { mode: "GOVERNANCE", days: 7 },
        lifecycle: [{ ...expiring(7), ...noncurrent(1) }],
      },
    },
    { s3: "FAIL short" },
  ],
  ["an archive", rules(archive("GLACIER")), { s3: "PASS kept archived readable-short" }],
  ["an archive that reads at once", rules(archive("GLACIER_IR")), { s3: "PASS kept" }],
  [
    "tiers of which some need a restore",
    rules(archive("INTELLIGENT_TIERING")),
    { s3: "PASS kept intelligent-tiering" },
    { settings: { basis: "readable" } },
  ],
  [
    "tiers that no record lives to see",
    rules({ ...expiring(30), Transitions: [{ Days: 30, StorageClass: "INTELLIGENT_TIERING" }] }),
    { s3: "PASS kept" },
  ],
  ["no such bucket", { buckets: [] }, { s3: "FAIL store-missing", reach: "FAIL missing takeover" }],
  [
    "somebody else's bucket",
    { buckets: [aBucket("logs", [], { owner: otherAccount })] },
    { s3: "FAIL store-foreign", reach: "FAIL foreign" },
  ],
  [
    "a refusal, where own buckets may not be listed",
    { bucket: { denies: ["s3:GetLifecycleConfiguration"] }, region: { denies: ["s3:ListAllMyBuckets"] } },
    { s3: "UNKNOWN permission", reach: "PASS reachable" },
  ],
  [
    "a foreign bucket, where own buckets may not be listed",
    { buckets: [aBucket("logs", [], { owner: otherAccount })], region: { denies: ["s3:ListAllMyBuckets"] } },
    { s3: "UNKNOWN permission", reach: "UNKNOWN permission" },
  ],
  [
    "a prefix that ends in a slash",
    {
      config: { ...toS3, s3Config: { bucketName: "logs", keyPrefix: "logging/" } },
      ...rules(expiring(7, { Prefix: "logging/AWSLogs/" })),
    },
    { s3: "FAIL short" },
  ],
  [
    "a prefix that ends in a slash, taken literally",
    {
      config: { ...toS3, s3Config: { bucketName: "logs", keyPrefix: "logging/" } },
      ...rules(expiring(7, { Prefix: "logging//AWSLogs/" })),
    },
    { s3: "FAIL short" },
  ],
  [
    "a good bucket beside a short group, where all must be good",
    { config: toBoth, groups: [group(7)] },
    { group: "FAIL short", s3: "PASS kept" },
    { settings: { destinations: "all" } },
  ],
];

it("is a list of cases", () => expect(rows.length).toBeGreaterThan(40));

describe("how long records are kept", () => {
  it.each(casesOf(rows))("$what", async (row) => {
    const { expected, told: said } = await toldOf(row);
    expect(said).toEqual(expected);
  });
});

describe("the days that are told", () => {
  it("are those of the row", async () => {
    const versions = { versioning: "Enabled" as const, lifecycle: [{ ...expiring(7), ...noncurrent(7) }] };
    expect(of(await checked(worldOf({ bucket: versions })), "s3")).toMatchObject({ keptDays: 14, readableDays: 7 });
    const locked = { ...versions, objectLock: { mode: "COMPLIANCE" as const, days: 30 } };
    expect(of(await checked(worldOf({ bucket: locked })), "s3")).toMatchObject({ keptDays: 30, readableDays: 7 });
    expect(of(await checked(worldOf({})), "s3")).toMatchObject({ keptDays: "forever", readableDays: "forever" });
  });

  it("name the rule that decides, and the command that mends it", async () => {
    const { reason, remediation } = of(await checked(worldOf(rules({ ...expiring(7), ID: "tidy it's" }))), "s3");
    expect(reason).toBe(`Bucket logs keeps records 7 days, needed 30: rule "tidy it's" ends it.`);
    expect(remediation).toContain("aws s3api put-bucket-lifecycle-configuration --bucket logs");
    expect(remediation).toMatch(/ # Terraform: s3_bucket_lifecycle_configuration$/);
    expect(remediation).toContain(`"Days":30`);
    expect(remediation).toContain(`tidy it'\\''s`);
  });

  it("send who lost a store to make one", async () => {
    const bucket = of(await checked(worldOf({ buckets: [] })), "s3");
    const lost = of(await checked(worldOf({ config: toGroup })), "group");
    for (const { remediation } of [bucket, lost]) expect(remediation).toContain("Create it in this account");
    const { remediation } = of(await checked(worldOf({ config: toGroup, groups: [group(3)] })), "group");
    expect(remediation).toBe(
      "aws logs put-retention-policy --region us-east-1 --log-group-name /b/log --retention-in-days 30 # Terraform: cloudwatch_log_group.retention_in_days",
    );
  });

  it("are wrong where the bucket lies in another region", async () => {
    const { reason, verdict } = of(
      await checked(
        {
          ...worldOf({}),
          accounts: worldOf({}).accounts.map((one) => ({
            ...one,
            regions: new Map([
              ...one.regions,
              ["eu-west-1", { ...one.regions.get(here), loggingConfig: toS3 } as never],
            ]),
          })),
        },
        { regions: [here, "eu-west-1"] },
      ),
      "reach",
      "eu-west-1",
    );
    expect(verdict).toBe("FAIL");
    expect(reason).toBe("Bucket logs is in us-east-1; Bedrock delivers only within eu-west-1.");
  });
});
