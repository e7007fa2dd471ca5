import { control, notApplicable } from "./control.ts";
import { cloudWatchDestination, s3Destination } from "./destinations.ts";
import { type LogGroupStore, type OwnBucket, textAlone } from "./facts.ts";
import { judgeRetention } from "./retention-verdict.ts";
import { loggingOff } from "./stores-named.ts";

const place = { bucket: "large", prefix: "" };
const loggingConfig = {
  set: true,
  s3: null,
  cloudWatch: { logGroup: "/b/log", roleArn: null, largeData: place },
  delivered: textAlone,
};
const largeDataStore: OwnBucket = {
  ...place,
  owner: "own",
  region: "us-east-1",
  lifecycle: [],
  versioning: null,
  lock: null,
};
const group = (retentionInDays: number | null): Extract<LogGroupStore, { exists: true }> => ({
  name: "/b/log",
  exists: true,
  retentionInDays,
  logGroupClass: "STANDARD",
  kmsKeyId: null,
  deletionProtected: null,
  bearerToken: null,
  retentionPolicy: null,
  createdAt: null,
});
const alone = {
  set: true,
  s3: null,
  cloudWatch: { logGroup: "/b/log", roleArn: null, largeData: null },
  delivered: textAlone,
};
const both = { ...alone, s3: { bucket: "logs", prefix: "" } };
const s3Store: OwnBucket = { ...largeDataStore, bucket: "logs" };

export const logGroupRetention = control({
  id: "log-group-retention",
  title: "The log group keeps records long enough",
  severity: "high",
  why: "Misuse is often found weeks later: a record that is gone by then can prove nothing.",
  requires: ["loggingConfig"],
  mayUse: ["logGroup", "largeDataStore", "s3Store", "batches"],
  whereOn: ["batches"],
  evaluate({ loggingConfig, ...stores }, context) {
    const off = loggingOff(loggingConfig);
    if (off !== null) return [off];
    const own = cloudWatchDestination(loggingConfig, stores, context);
    if (own === null) return [notApplicable("not-configured", "No CloudWatch destination.")];
    return [judgeRetention(own, s3Destination(loggingConfig, stores, context), context)];
  },
  examples: [
    { facts: { loggingConfig, logGroup: group(null), largeDataStore }, gives: ["PASS", "kept"] },
    { facts: { loggingConfig, logGroup: group(30), largeDataStore }, gives: ["PASS", "kept"] },
    { facts: { loggingConfig, logGroup: group(14), largeDataStore }, gives: ["FAIL", "short"] },
    {
      facts: {
        loggingConfig,
        logGroup: { ...group(null), logGroupClass: "DELIVERY" },
        largeDataStore,
      },
      gives: ["FAIL", "short"],
    },
    { facts: { loggingConfig, logGroup: { name: "/b/log", exists: false } }, gives: ["FAIL", "store-missing"] },
    { facts: { loggingConfig, logGroup: group(90) }, gives: ["UNKNOWN", "permission"] },
    { facts: { loggingConfig: alone, logGroup: group(90) }, gives: ["PASS", "kept"] },
    {
      facts: { loggingConfig: alone, logGroup: group(90) },
      policy: { requireComplete: true },
      gives: ["FAIL", "large-bodies-lost"],
    },
    { facts: { loggingConfig: both, logGroup: group(7), s3Store }, gives: ["PASS", "kept"] },
    {
      facts: { loggingConfig: both, logGroup: group(7), s3Store },
      policy: { destinations: "all" },
      gives: ["FAIL", "short"],
    },
    { facts: { loggingConfig: both, logGroup: group(7) }, gives: ["UNKNOWN", "other-destination-unread"] },
    {
      facts: { loggingConfig: { set: true, s3: place, cloudWatch: null, delivered: textAlone } },
      gives: ["NOT_APPLICABLE", "not-configured"],
    },
  ],
});
