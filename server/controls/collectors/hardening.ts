import {
  type BucketHardening,
  type BucketStore,
  type GroupHardening,
  type Hardening,
  isUnreadable,
  type LogGroupStore,
  type PolicyDocument,
  type StoreKey,
  type Unreadable,
} from "../facts.ts";
import { type Ask, type BucketAt, call, type Collector, ContradictoryFacts } from "./collector.ts";

const policy = call("s3", "GetBucketPolicy");
const status = call("s3", "GetBucketPolicyStatus");
const block = call("s3", "GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock");
const accountBlock = call("s3control", "GetPublicAccessBlock", "s3:GetAccountPublicAccessBlock");
const ownership = call("s3", "GetBucketOwnershipControls");
const acl = call("s3", "GetBucketAcl");
const encryption = call("s3", "GetBucketEncryption", "s3:GetEncryptionConfiguration");
const describeKey = call("kms", "DescribeKey");
const dataProtection = call("logs", "GetDataProtectionPolicy");

/** Who may reach the stores, and whether what they hold can be read. */
export const hardening: Collector<"hardening"> = {
  fact: "hardening",
  calls: [policy, status, block, accountBlock, ownership, acl, encryption, describeKey, dataProtection],
  restsOn: ["largeDataStore", "logGroup", "loggingConfig", "s3Store"],
  async collect(ask) {
    const config = await ask.fact("loggingConfig");
    if (isUnreadable(config)) return config;
    const [s3Store, largeDataStore, logGroup] = await Promise.all([
      ask.fact("s3Store"),
      ask.fact("largeDataStore"),
      ask.fact("logGroup"),
    ]);
    const first = bucketHardening(ask, "hardening.s3", s3Store);
    // One bucket can serve as both.
    const isSame = config.s3 !== null && config.s3.bucket === config.cloudWatch?.largeData?.bucket;
    const [s3, largeData, group, ofAccount] = await Promise.all([
      first,
      isSame ? first : bucketHardening(ask, "hardening.largeData", largeDataStore),
      groupHardening(ask, logGroup),
      isOwn(s3Store) || isOwn(largeDataStore) ? blockOfAccount(ask) : null,
    ]);
    return { s3, largeData, group, accountBlock: ofAccount };
  },
};

type Store = BucketStore | null | Unreadable;

function isOwn(store: Store): boolean {
  return store !== null && !isUnreadable(store) && store.owner === "own";
}

function blockOfAccount({ attempt, reads }: Ask): Promise<Hardening["accountBlock"]> {
  return attempt("hardening.accountBlock", accountBlock, reads.accountPublicAccessBlock, (found) => ({
    used: { block: found },
  }));
}

async function bucketHardening(ask: Ask, fact: string, store: Store): Promise<BucketHardening | null | Unreadable> {
  if (isUnreadable(store)) return store;
  if (store === null || store.owner !== "own") return null;
  const { attempt, reads, target } = ask;
  const { bucket } = store;
  const at = { bucket, region: isUnreadable(store.region) ? target.region : store.region };
  const [access, ownBlock, objects, publicGrants, key] = await Promise.all([
    policyAccess(ask, fact, at),
    attempt(
      `${fact}.block`,
      block,
      () => reads.bucketPublicAccessBlock(at),
      (found) => ({ used: { bucket, block: found } }),
    ),
    attempt(
      `${fact}.ownership`,
      ownership,
      () => reads.bucketOwnership(at),
      (found) => ({ used: { bucket, ownership: found } }),
    ),
    attempt(
      `${fact}.acl`,
      acl,
      () => reads.bucketPublicGrants(at),
      (found) => ({ used: { bucket, publicGrants: found } }),
    ),
    bucketKey(ask, fact, at),
  ]);
  return { ...access, block: ownBlock, ownership: objects, publicGrants, key };
}

/** The bucket's policy, and what AWS says of it: both, or neither. */
async function policyAccess(
  { attempt, reads }: Ask,
  fact: string,
  at: BucketAt,
): Promise<Pick<BucketHardening, "policy" | "publicPolicy">> {
  const { bucket } = at;
  const found: PolicyDocument | null | Unreadable = await attempt(
    `${fact}.policy`,
    policy,
    () => reads.bucketPolicy(at),
    (document) => ({ used: { bucket, policy: document } }),
  );
  const publicPolicy = await attempt(
    `${fact}.policyStatus`,
    status,
    async () => {
      const isPublic = await reads.bucketPolicyStatus(at);
      if (!isUnreadable(found) && (found === null) !== (isPublic === null))
        throw new ContradictoryFacts("a bucket has a policy, and has none");
      return isPublic ?? false;
    },
    (isPublic) => ({ used: { bucket, isPublic } }),
  );
  return { policy: found, publicPolicy };
}

async function bucketKey(ask: Ask, fact: string, at: BucketAt): Promise<BucketHardening["key"]> {
  const { attempt, reads } = ask;
  const { bucket } = at;
  const found = await attempt(
    `${fact}.encryption`,
    encryption,
    () => reads.bucketEncryption(at),
    (used) => ({ used: { bucket, encryption: used } }),
  );
  if (isUnreadable(found)) return found;
  return found === null || found.keyId === null ? null : keyOf(ask, fact, found.keyId);
}

function keyOf({ attempt, reads }: Ask, fact: string, keyId: string): Promise<StoreKey | Unreadable> {
  return attempt(
    `${fact}.key`,
    describeKey,
    async () => ({ keyId, state: await reads.keyState(keyId) }),
    (key) => ({ used: { ...key } }),
  );
}

async function groupHardening(
  ask: Ask,
  store: LogGroupStore | null | Unreadable,
): Promise<GroupHardening | null | Unreadable> {
  if (isUnreadable(store)) return store;
  if (store === null || !store.exists) return null;
  const { attempt, reads } = ask;
  const { kmsKeyId, name } = store;
  const [key, isProtected] = await Promise.all([
    kmsKeyId === null ? null : keyOf(ask, "hardening.group", kmsKeyId),
    attempt(
      "hardening.group.dataProtection",
      dataProtection,
      () => reads.hasDataProtection(name),
      (found) => ({ used: { group: name, dataProtection: found } }),
    ),
  ]);
  return { key, dataProtection: isProtected };
}
