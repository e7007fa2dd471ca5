import type { ControlNote } from "../domain/compliance.ts";
import { type Context, control, type DecidingRule, fail, type Judgement, pass, unknown } from "./control.ts";
import {
  type BucketPlace,
  type BucketStore,
  type DeliveryRole,
  type Facts,
  type Hardening,
  isUnreadable,
  type LogGroupStore,
  type OwnBucket,
  type PolicyDocument,
  textAlone,
  type Unreadable,
} from "./facts.ts";
import { inTerraform, loggingResource } from "./remediation.ts";
import { destinationsIn, loggingOff } from "./stores-named.ts";
import { bucketWritability, deliversNow, groupWritability, type Writability } from "./writability.ts";

const takeover: ControlNote = { level: "warn", code: "takeover", text: "The name is free; anyone can claim it." };

function judgeBucket(
  place: BucketPlace,
  store: BucketStore | null | Unreadable,
  writability: Writability,
  context: Context,
): Judgement {
  const { account, region } = context;
  const name = `Bucket ${place.bucket}`;
  const resource = `bucket:${place.bucket}`;
  if (isUnreadable(store)) return unknown([store], null, { resource });
  if (store === null || store.owner === "missing")
    return fail("missing", `${name} does not exist: delivery fails.`, {
      resource,
      notes: [takeover],
      decidedBy: { bucket: place.bucket, owner: "missing" },
      remediation: inTerraform(
        `Create ${place.bucket} in ${region}, or name another bucket in the logging configuration.`,
        `s3_bucket, ${loggingResource}`,
      ),
    });
  if (store.owner === "foreign")
    return fail("foreign", `${name} is not owned by account ${account}.`, {
      resource,
      decidedBy: { bucket: place.bucket, owner: "foreign" },
      remediation: inTerraform("Name a bucket of this account in the logging configuration.", loggingResource),
    });
  if (isUnreadable(store.region)) return unknown([store.region], null, { resource });
  if (store.region !== region)
    return fail("wrong-region", `${name} is in ${store.region}; Bedrock delivers only within ${region}.`, {
      resource,
      decidedBy: { bucket: place.bucket, region: store.region },
      remediation: inTerraform(`Name a bucket that lies in ${region} in the logging configuration.`, loggingResource),
    });
  const found = { bucket: place.bucket, owner: store.owner, region: store.region };
  return reachable(name, { resource, found }, writability, context);
}

function judgeGroup(
  group: string,
  store: LogGroupStore | null | Unreadable,
  writability: Writability,
  context: Context,
): Judgement {
  const name = `Log group ${group}`;
  const resource = `log-group:${group}`;
  if (isUnreadable(store)) return unknown([store], null, { resource });
  if (store === null || !store.exists)
    return fail("missing", `${name} does not exist: delivery fails.`, {
      resource,
      decidedBy: { logGroup: group, exists: false },
      remediation: inTerraform(
        `Create ${group} in ${context.region}, or name another group in the logging configuration.`,
        `cloudwatch_log_group, ${loggingResource}`,
      ),
    });
  return reachable(name, { resource, found: { logGroup: group, exists: true } }, writability, context);
}

interface Reached {
  readonly resource: string;
  /** What was read of the store itself. */
  readonly found: DecidingRule;
}

function reachable(
  name: string,
  { found, resource }: Reached,
  writability: Writability,
  { account, region }: Context,
): Judgement {
  if (writability.can === "no") {
    const { code, decidedBy, reason, remediation } = writability;
    return fail(code, reason, { resource, remediation, decidedBy });
  }
  const notes = writability.can === "yes" ? [] : [unreadNote(writability.because)];
  return pass("reachable", `${name} exists, is owned by ${account}, lies in ${region}.`, {
    resource,
    notes,
    decidedBy: found,
  });
}

type WritabilityFacts = Pick<Facts, "delivery" | "deliveryRole" | "hardening">;

/** What Bedrock did lately it may do; else the bucket's policy tells. */
function bucketIs(
  { delivery, hardening }: WritabilityFacts,
  place: BucketPlace,
  which: "s3" | "largeData",
  context: Context,
): Writability {
  if (deliversNow(delivery, which, context.now)) return { can: "yes" };
  return bucketWritability(place, isUnreadable(hardening) ? hardening : hardening[which], context);
}

const byWorst = ["no", "unknown", "yes"];

/** Of one bucket that serves as both: Bedrock must be able to write under each of the prefixes. */
function bothAre(
  facts: WritabilityFacts,
  { large, s3 }: { readonly large: BucketPlace; readonly s3: BucketPlace },
  context: Context,
): Writability {
  const forRecords = bucketIs(facts, s3, "s3", context);
  const forBodies = bucketIs(facts, large, "largeData", context);
  return byWorst.indexOf(forBodies.can) < byWorst.indexOf(forRecords.can) ? forBodies : forRecords;
}

function groupIs({ delivery, deliveryRole }: WritabilityFacts, group: string, context: Context): Writability {
  if (deliversNow(delivery, "cloudWatch", context.now)) return { can: "yes" };
  return groupWritability(group, deliveryRole, context);
}

function unreadNote(because: string): ControlNote {
  return {
    level: "info",
    code: "writability-unread",
    text: `Whether Bedrock may write there is not known. ${because}`,
  };
}

const place = { bucket: "logs", prefix: "" };
const config = { set: true, s3: place, cloudWatch: null, delivered: textAlone };
const own: OwnBucket = { ...place, owner: "own", region: "us-east-1", lifecycle: [], versioning: null, lock: null };
const withGroup = {
  set: true,
  s3: null,
  cloudWatch: { logGroup: "/b/log", roleArn: null, largeData: null },
  delivered: textAlone,
};
const group: LogGroupStore = {
  name: "/b/log",
  exists: true,
  retentionInDays: 1,
  logGroupClass: null,
  kmsKeyId: null,
  deletionProtected: null,
  bearerToken: null,
  retentionPolicy: null,
  createdAt: null,
};
const letting = (Action: string) => ({
  Statement: { Effect: "Allow", Principal: { Service: "bedrock.amazonaws.com" }, Action, Resource: "*" },
});
const withPolicy = (policy: PolicyDocument | null): Hardening => ({
  s3: { policy, publicPolicy: false, block: null, ownership: "BucketOwnerEnforced", publicGrants: [], key: null },
  largeData: null,
  group: null,
  accountBlock: null,
});
const roleArn = "arn:aws:iam::111122223333:role/log";
const role: DeliveryRole = {
  arn: roleArn,
  exists: true,
  trust: {
    Statement: { Effect: "Allow", Principal: { Service: "bedrock.amazonaws.com" }, Action: "sts:AssumeRole" },
  },
  policies: [{ Statement: { Effect: "Allow", Action: "logs:*", Resource: "*" } }],
  boundary: null,
};

export const logDestinationReachable = control({
  id: "log-destination-reachable",
  title: "Log destinations exist, are ours and lie in the region",
  severity: "high",
  why: "Bedrock does not complain when it cannot deliver a log: the record is lost in silence.",
  requires: ["loggingConfig"],
  mayUse: ["s3Store", "logGroup", "largeDataStore", "deliveryRole", "hardening", "delivery"],
  whereOn: ["delivery"],
  evaluate({ largeDataStore, logGroup, loggingConfig, s3Store, ...facts }, context) {
    const { cloudWatch, s3 } = loggingConfig;
    const large = cloudWatch?.largeData ?? null;
    const isShared = large !== null && large.bucket === s3?.bucket;
    const second = isShared ? null : large;
    const [first, ...rest] = [
      ...(s3 === null
        ? []
        : [
            judgeBucket(
              s3,
              s3Store,
              isShared ? bothAre(facts, { s3, large }, context) : bucketIs(facts, s3, "s3", context),
              context,
            ),
          ]),
      ...(cloudWatch === null
        ? []
        : [judgeGroup(cloudWatch.logGroup, logGroup, groupIs(facts, cloudWatch.logGroup, context), context)]),
      ...(second === null
        ? []
        : [judgeBucket(second, largeDataStore, bucketIs(facts, second, "largeData", context), context)]),
    ];
    const off = loggingOff(loggingConfig);
    return first === undefined
      ? [off ?? fail("missing", "No destination is named.", { decidedBy: destinationsIn(loggingConfig) })]
      : [first, ...rest];
  },
  examples: [
    { facts: { loggingConfig: config, s3Store: own }, gives: ["PASS", "reachable"] },
    { facts: { loggingConfig: config, s3Store: { ...own, region: "eu-west-1" } }, gives: ["FAIL", "wrong-region"] },
    { facts: { loggingConfig: config, s3Store: { ...place, owner: "missing" } }, gives: ["FAIL", "missing"] },
    { facts: { loggingConfig: config, s3Store: { ...place, owner: "foreign" } }, gives: ["FAIL", "foreign"] },
    { facts: { loggingConfig: config }, gives: ["UNKNOWN", "permission"] },
    {
      facts: {
        loggingConfig: withGroup,
        logGroup: group,
      },
      gives: ["PASS", "reachable"],
    },
    {
      facts: { loggingConfig: config, s3Store: own, hardening: withPolicy(letting("s3:PutObject")) },
      gives: ["PASS", "reachable"],
    },
    { facts: { loggingConfig: config, s3Store: own, hardening: withPolicy(null) }, gives: ["FAIL", "policy-denies"] },
    {
      facts: { loggingConfig: config, s3Store: own, hardening: withPolicy(letting("s3:GetObject")) },
      gives: ["FAIL", "policy-denies"],
    },
    {
      facts: { loggingConfig: withGroup, logGroup: group, deliveryRole: role },
      gives: ["PASS", "reachable"],
    },
    {
      facts: { loggingConfig: withGroup, logGroup: group, deliveryRole: { arn: roleArn, exists: false } },
      gives: ["FAIL", "role-missing"],
    },
    {
      facts: {
        loggingConfig: withGroup,
        logGroup: group,
        deliveryRole: { ...role, trust: { Statement: [] } },
      },
      gives: ["FAIL", "role-untrusting"],
    },
    {
      facts: { loggingConfig: withGroup, logGroup: group, deliveryRole: { ...role, policies: [] } },
      gives: ["FAIL", "role-cannot-write"],
    },
    {
      facts: { loggingConfig: withGroup, logGroup: { name: "/b/log", exists: false } },
      gives: ["FAIL", "missing"],
    },
    {
      facts: { loggingConfig: { set: false, s3: null, cloudWatch: null, delivered: textAlone } },
      gives: ["NOT_APPLICABLE", "logging-off"],
    },
  ],
});
