import type { ControlNote } from "../domain/compliance.ts";
import { mendKey, mendPublicBucket } from "./access-remediation.ts";
import {
  type Context,
  control,
  type DecidingRule,
  fail,
  type Judgement,
  notApplicable,
  pass,
  unknown,
} from "./control.ts";
import {
  type BucketHardening,
  type BucketPlace,
  type BucketStore,
  type GroupHardening,
  type Hardening,
  isUnreadable,
  type LogGroupStore,
  type OwnBucket,
  type PublicAccessBlock,
  type StoreKey,
  textAlone,
  type Unreadable,
} from "./facts.ts";
import { loggingOff } from "./stores-named.ts";
import { unreadText } from "./unread-words.ts";

/** What a store is called, and what of it was found. */
interface Found {
  /** `Bucket logs`. */
  readonly name: string;
  readonly resource: string;
  readonly unread: readonly Unreadable[];
  readonly notes: readonly ControlNote[];
  /** null: nothing is known to be wrong. */
  readonly flaw: Judgement | null;
  /** What all is well by. */
  readonly settings: DecidingRule;
}

/** What is proven goes before what is unread; what is unread goes before all is well. */
function verdictOf({ flaw, name, notes, resource, settings, unread }: Found): Judgement {
  if (flaw !== null) {
    const unseen = unread.length === 0 ? [] : [note("info", "not-all-read", unread.map(unreadText).join(" "))];
    return { ...flaw, resource, notes: [...notes, ...unseen] };
  }
  if (unread.length > 0) return unknown(unread, null, { resource, notes });
  return pass("hardened", `${name} is private and readable.`, { resource, notes, decidedBy: settings });
}

function note(level: ControlNote["level"], code: string, text: string): ControlNote {
  return { level, code, text };
}

function bucketVerdict(
  { bucket }: BucketPlace,
  store: BucketStore | null | Unreadable,
  hardening: Hardening["s3"],
  { accountBlock, region }: { readonly accountBlock: Hardening["accountBlock"]; readonly region: string },
): Judgement {
  const [name, resource] = [`Bucket ${bucket}`, `bucket:${bucket}`];
  if (isUnreadable(store)) return unknown([store], null, { resource });
  if (store === null || store.owner === "missing")
    return notApplicable("store-missing", `${name} does not exist.`, {
      resource,
      decidedBy: { bucket, owner: "missing" },
    });
  if (store.owner === "foreign")
    return notApplicable("store-foreign", `${name} belongs to another account.`, {
      resource,
      decidedBy: { bucket, owner: "foreign" },
    });
  if (isUnreadable(hardening)) return unknown([hardening], null, { resource });
  if (hardening === null) return unknown([], "unread", { resource, reason: `${name} was not looked at.` });
  const { block, key, ownership, policy, publicGrants, publicPolicy } = hardening;
  const opened = publicBy(hardening, accountBlock);
  const flaw =
    opened === null
      ? keyFlaw(hardening.key, region)
      : fail("public", `${name} is public by its ${opened}.`, {
          remediation: mendPublicBucket(bucket),
          decidedBy:
            opened === "policy"
              ? { bucket, publicPolicy, block, accountBlock }
              : { bucket, ownership, publicGrants, block, accountBlock },
        });
  const unread = [policy, publicPolicy, block, accountBlock, ownership, publicGrants, key].filter(isUnreadable);
  return verdictOf({
    name,
    resource,
    flaw,
    unread,
    notes: bucketNotes(store, hardening),
    settings: { bucket, publicPolicy, publicGrants, ownership, key },
  });
}

/** What opens the bucket to everyone, so that neither its own block nor the account's closes it; null: that is not proven. */
function publicBy(
  { block, ownership, publicGrants, publicPolicy }: BucketHardening,
  accountBlock: Hardening["accountBlock"],
): "policy" | "ACL" | null {
  const isOpen = (flag: keyof PublicAccessBlock): boolean =>
    [block, accountBlock].every((one) => !isUnreadable(one) && one?.[flag] !== true);
  if (publicPolicy === true && isOpen("restrictsPublicBuckets")) return "policy";
  const aclsCount = !isUnreadable(ownership) && ownership !== "BucketOwnerEnforced";
  const isGranted = !isUnreadable(publicGrants) && publicGrants.length > 0;
  return aclsCount && isGranted && isOpen("ignoresPublicAcls") ? "ACL" : null;
}

const unusable = new Set(["Disabled", "PendingDeletion", "PendingReplicaDeletion", "PendingImport", "Unavailable"]);

function keyFlaw(key: StoreKey | null | Unreadable, region: string): Judgement | null {
  if (key === null || isUnreadable(key) || !unusable.has(key.state)) return null;
  const { keyId, state } = key;
  const remediation = mendKey(keyId, state, region);
  return fail("key-unusable", `Key ${keyId} is ${state}: logs become unreadable.`, {
    severity: "high",
    remediation,
    decidedBy: { keyId, state },
  });
}

function bucketNotes({ lock, versioning }: OwnBucket, { key }: BucketHardening): readonly ControlNote[] {
  const unread = [versioning, lock].filter(isUnreadable);
  const isVersioned = isUnreadable(versioning) || versioning === "Enabled";
  const isLocked = isUnreadable(lock) || (lock !== null && lock.mode !== null);
  return [
    ...(isVersioned ? [] : [note("warn", "no-versioning", "It keeps no versions: what is deleted is gone.")]),
    ...(isLocked ? [] : [note("info", "no-lock", "No lock keeps its records from being deleted.")]),
    ...unread.map((why) => note("info", "not-all-read", unreadText(why))),
    ...keyNotes(key),
  ];
}

function keyNotes(key: StoreKey | null | Unreadable): readonly ControlNote[] {
  return key === null ? [note("info", "no-kms-key", "It is encrypted with AWS's key, not with one of yours.")] : [];
}

function groupVerdict(
  group: string,
  store: LogGroupStore | null | Unreadable,
  hardening: Hardening["group"],
  { region }: Context,
): Judgement {
  const [name, resource] = [`Log group ${group}`, `log-group:${group}`];
  if (isUnreadable(store)) return unknown([store], null, { resource });
  if (store === null || !store.exists)
    return notApplicable("store-missing", `${name} does not exist.`, {
      resource,
      decidedBy: { logGroup: group, exists: false },
    });
  if (isUnreadable(hardening)) return unknown([hardening], null, { resource });
  if (hardening === null) return unknown([], "unread", { resource, reason: `${name} was not looked at.` });
  const unread = [hardening.key, hardening.dataProtection].filter(isUnreadable);
  const flaw = keyFlaw(hardening.key, region);
  return verdictOf({
    name,
    resource,
    flaw,
    unread,
    notes: groupNotes(store, hardening),
    settings: { logGroup: group, key: hardening.key },
  });
}

function groupNotes(
  { bearerToken, deletionProtected }: Extract<LogGroupStore, { exists: true }>,
  { dataProtection, key }: GroupHardening,
): readonly ControlNote[] {
  return [
    ...(deletionProtected === false
      ? [note("warn", "deletion-unprotected", "It can be deleted by one call: deletion protection is off.")]
      : []),
    ...(deletionProtected === null
      ? [note("info", "deletion-protection-unsaid", "AWS did not say whether it is protected from deletion.")]
      : []),
    ...(bearerToken === true
      ? [note("warn", "bearer-token", "Who holds a bearer token may write to it: its records may be made up.")]
      : []),
    ...(dataProtection === true
      ? [note("info", "data-protection", "A data protection policy masks parts of its records.")]
      : []),
    ...keyNotes(key),
  ];
}

const place = { bucket: "logs", prefix: "" };
const toS3 = { set: true, s3: place, cloudWatch: null, delivered: textAlone };
const s3Store: OwnBucket = { ...place, owner: "own", region: "us-east-1", lifecycle: [], versioning: null, lock: null };
const open: PublicAccessBlock = {
  ignoresPublicAcls: false,
  restrictsPublicBuckets: false,
  blocksPublicAcls: false,
  blocksPublicPolicy: false,
};
const closed: PublicAccessBlock = { ...open, ignoresPublicAcls: true, restrictsPublicBuckets: true };
const bucket: BucketHardening = {
  policy: null,
  publicPolicy: false,
  block: closed,
  ownership: "BucketOwnerEnforced",
  publicGrants: [],
  key: null,
};
const none: Hardening = { s3: null, largeData: null, group: null, accountBlock: null };
const bucketFacts = (
  over: Partial<BucketHardening>,
  accountBlock: Hardening["accountBlock"] = null,
): { readonly loggingConfig: typeof toS3; readonly s3Store: OwnBucket; readonly hardening: Hardening } => ({
  loggingConfig: toS3,
  s3Store,
  hardening: { ...none, s3: { ...bucket, ...over }, accountBlock },
});
const toAll = { ownership: "ObjectWriter", publicGrants: [{ to: "AllUsers", permission: "READ" }] } as const;
const toGroup = {
  ...toS3,
  s3: null,
  cloudWatch: { logGroup: "/b/log", roleArn: null, largeData: null },
};
const logGroup: LogGroupStore = {
  name: "/b/log",
  exists: true,
  retentionInDays: null,
  logGroupClass: "STANDARD",
  kmsKeyId: null,
  deletionProtected: true,
  bearerToken: false,
  retentionPolicy: null,
  createdAt: null,
};
const groupFacts = (key: StoreKey | null) => ({
  loggingConfig: toGroup,
  logGroup,
  hardening: { ...none, group: { key, dataProtection: false } },
});
const refused: Unreadable = {
  unreadable: "hardening.s3.acl",
  service: "s3",
  operation: "GetBucketAcl",
  action: "s3:GetBucketAcl",
  class: "permission",
  errorCode: "AccessDenied",
  attempts: 1,
  notApplicable: false,
};

export const logStoreHardened = control({
  id: "log-store-hardened",
  title: "The log stores are private, and can be read",
  severity: "critical",
  unknownSeverity: "medium",
  why: "The logs hold what people asked and were answered: everyone who reads them has it, and nobody may lose it.",
  requires: ["loggingConfig", "hardening"],
  mayUse: ["s3Store", "largeDataStore", "logGroup"],
  evaluate({ hardening, largeDataStore, logGroup, loggingConfig, s3Store }, context) {
    const off = loggingOff(loggingConfig);
    if (off !== null) return [off];
    const { cloudWatch, s3 } = loggingConfig;
    const large = cloudWatch?.largeData ?? null;
    // One bucket can serve as both.
    const second = large === null || large.bucket === s3?.bucket ? null : large;
    const around = { accountBlock: hardening.accountBlock, region: context.region };
    const [first, ...rest] = [
      ...(s3 === null ? [] : [bucketVerdict(s3, s3Store, hardening.s3, around)]),
      ...(cloudWatch === null ? [] : [groupVerdict(cloudWatch.logGroup, logGroup, hardening.group, context)]),
      ...(second === null ? [] : [bucketVerdict(second, largeDataStore, hardening.largeData, around)]),
    ];
    return first === undefined ? [notApplicable("logging-off", "Logging is off.")] : [first, ...rest];
  },
  examples: [
    { facts: bucketFacts({}), gives: ["PASS", "hardened"] },
    { facts: bucketFacts({ publicPolicy: true, block: open }), gives: ["FAIL", "public"] },
    { facts: bucketFacts({ publicPolicy: true, block: null }), gives: ["FAIL", "public"] },
    { facts: bucketFacts({ publicPolicy: true }), gives: ["PASS", "hardened"] },
    { facts: bucketFacts({ publicPolicy: true, block: open }, closed), gives: ["PASS", "hardened"] },
    { facts: bucketFacts({ ...toAll, block: null }), gives: ["FAIL", "public"] },
    { facts: bucketFacts({ ...toAll, ownership: null, block: open }, open), gives: ["FAIL", "public"] },
    { facts: bucketFacts({ ...toAll, block: null }, closed), gives: ["PASS", "hardened"] },
    { facts: bucketFacts({ ...toAll, ownership: "BucketOwnerEnforced", block: null }), gives: ["PASS", "hardened"] },
    { facts: bucketFacts({ publicGrants: refused }), gives: ["UNKNOWN", "permission"] },
    { facts: bucketFacts({ policy: refused }), gives: ["UNKNOWN", "permission"] },
    { facts: bucketFacts({ publicPolicy: true, block: null }, refused), gives: ["UNKNOWN", "permission"] },
    { facts: bucketFacts({ publicPolicy: true, block: null, key: refused }), gives: ["FAIL", "public"] },
    { facts: bucketFacts({ key: { keyId: "k", state: "Disabled" } }), gives: ["FAIL", "key-unusable"] },
    { facts: bucketFacts({ key: { keyId: "k", state: "Enabled" } }), gives: ["PASS", "hardened"] },
    { facts: groupFacts(null), gives: ["PASS", "hardened"] },
    { facts: groupFacts({ keyId: "k", state: "PendingDeletion" }), gives: ["FAIL", "key-unusable"] },
    { facts: groupFacts({ keyId: "k", state: "Updating" }), gives: ["PASS", "hardened"] },
    { facts: { loggingConfig: toS3, hardening: none }, gives: ["UNKNOWN", "permission"] },
    { facts: { loggingConfig: toS3 }, gives: ["UNKNOWN", "permission"] },
    {
      facts: { loggingConfig: toS3, s3Store: { ...place, owner: "missing" }, hardening: none },
      gives: ["NOT_APPLICABLE", "store-missing"],
    },
    {
      facts: { loggingConfig: toS3, s3Store: { ...place, owner: "foreign" }, hardening: none },
      gives: ["NOT_APPLICABLE", "store-foreign"],
    },
    {
      facts: { loggingConfig: { ...toS3, set: false, s3: null }, hardening: none },
      gives: ["NOT_APPLICABLE", "logging-off"],
    },
  ],
});
