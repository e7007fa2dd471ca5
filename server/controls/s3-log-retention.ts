import { control, notApplicable } from "./control.ts";
import { cloudWatchDestination, s3Destination } from "./destinations.ts";
import { type OwnBucket, textAlone } from "./facts.ts";
import { judgeRetention } from "./retention-verdict.ts";
import { loggingOff } from "./stores-named.ts";

const place = { bucket: "logs", prefix: "bedrock" };
const loggingConfig = { set: true, s3: place, cloudWatch: null, delivered: textAlone };
const bucket: OwnBucket = {
  ...place,
  owner: "own",
  region: "us-east-1",
  lifecycle: [],
  versioning: null,
  lock: null,
};
const expiring = (days: number, prefix = "") => [
  { Status: "Enabled" as const, Filter: { Prefix: prefix }, Expiration: { Days: days } },
];

export const s3LogRetention = control({
  id: "s3-log-retention",
  title: "The log bucket keeps records long enough",
  severity: "high",
  why: "Misuse is often found weeks later: a record that is gone by then can prove nothing.",
  requires: ["loggingConfig"],
  mayUse: ["s3Store", "logGroup", "largeDataStore", "batches"],
  whereOn: ["batches"],
  evaluate({ loggingConfig, ...stores }, context) {
    const off = loggingOff(loggingConfig);
    if (off !== null) return [off];
    const own = s3Destination(loggingConfig, stores, context);
    if (own === null) return [notApplicable("not-configured", "No S3 destination.")];
    return [judgeRetention(own, cloudWatchDestination(loggingConfig, stores, context), context)];
  },
  examples: [
    { facts: { loggingConfig, s3Store: bucket }, gives: ["PASS", "kept"] },
    { facts: { loggingConfig, s3Store: { ...bucket, lifecycle: expiring(30) } }, gives: ["PASS", "kept"] },
    { facts: { loggingConfig, s3Store: { ...bucket, lifecycle: expiring(29) } }, gives: ["FAIL", "short"] },
    { facts: { loggingConfig, s3Store: { ...bucket, lifecycle: expiring(7, "other/") } }, gives: ["PASS", "kept"] },
    {
      facts: {
        loggingConfig,
        s3Store: {
          ...bucket,
          lifecycle: [{ Status: "Enabled", Filter: { ObjectSizeGreaterThan: 131_072 }, Expiration: { Days: 7 } }],
        },
      },
      gives: ["FAIL", "partial"],
    },
    {
      facts: { loggingConfig, s3Store: { ...bucket, versioning: "Enabled", lifecycle: expiring(7) } },
      gives: ["PASS", "kept"],
    },
    { facts: { loggingConfig, s3Store: { ...place, owner: "missing" } }, gives: ["FAIL", "store-missing"] },
    { facts: { loggingConfig, s3Store: { ...place, owner: "foreign" } }, gives: ["FAIL", "store-foreign"] },
    { facts: { loggingConfig }, gives: ["UNKNOWN", "permission"] },
    {
      facts: {
        loggingConfig: {
          set: true,
          s3: null,
          cloudWatch: { logGroup: "/b/log", roleArn: null, largeData: null },
          delivered: textAlone,
        },
      },
      gives: ["NOT_APPLICABLE", "not-configured"],
    },
    {
      facts: { loggingConfig: { set: false, s3: null, cloudWatch: null, delivered: textAlone } },
      gives: ["NOT_APPLICABLE", "logging-off"],
    },
  ],
});
