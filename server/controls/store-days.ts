import type { Context } from "./control.ts";
import {
  type BatchDays,
  type BucketPlace,
  type BucketStore,
  isUnreadable,
  type LogGroupStore,
  type Unreadable,
} from "./facts.ts";
import { neededDays } from "./lengthened-rules.ts";
import { inTerraform, loggingResource, mendBucket, mendGroup, mendGroupByAccount } from "./remediation.ts";
import { bucketRetention, groupRetention, type Retention } from "./retention.ts";

/** How long one store keeps what it is given; null: that could not be read. */
export interface StoreDays {
  /** `bucket logs`, `log group /b/logs`. */
  readonly name: string;
  readonly retention: Retention | null;
  readonly unread: readonly Unreadable[];
  /** There is no such store of ours: it keeps nothing. */
  readonly lost: { readonly code: "store-missing" | "store-foreign"; readonly reason: string } | null;
  readonly remediation: string;
}

const mendLost = inTerraform(
  "Create it in this account, or name another store in the logging configuration.",
  `s3_bucket, cloudwatch_log_group, ${loggingResource}`,
);

/** No setting of such a group lengthens what it keeps. */
const mendClass = inTerraform(
  "Name a log group of class STANDARD in the logging configuration.",
  `cloudwatch_log_group.log_group_class, ${loggingResource}`,
);

const nothing: Retention = {
  kept: 0,
  readable: 0,
  because: "there is no such store",
  readableBecause: "there is no such store",
  rule: null,
  readableRule: null,
  part: null,
  notes: [],
};

export function groupDays(
  name: string,
  store: LogGroupStore | null | Unreadable,
  { policy, region }: Context,
): StoreDays {
  const label = `Log group ${name}`;
  const needed = neededDays(policy).kept;
  const base = { name: label, unread: [], lost: null, remediation: mendGroup(name, region, needed) };
  if (isUnreadable(store)) return { ...base, retention: null, unread: [store] };
  if (store === null || !store.exists) {
    const reason = `${label} does not exist: nothing is kept.`;
    return { ...base, retention: nothing, lost: { code: "store-missing", reason }, remediation: mendLost };
  }
  const retention = groupRetention(store);
  if (store.logGroupClass === "DELIVERY") return { ...base, retention, remediation: mendClass };
  return store.retentionPolicy
    ? { ...base, retention, remediation: mendGroupByAccount(name, region, needed) }
    : { ...base, retention };
}

/** `found`: what is known to lie in it. */
export function bucketDays(
  place: BucketPlace,
  store: BucketStore | null | Unreadable,
  context: Context,
  found: BatchDays | null = null,
): StoreDays {
  const label = `Bucket ${place.bucket}`;
  const base = { name: label, unread: [], lost: null, remediation: mendLost };
  if (isUnreadable(store)) return { ...base, retention: null, unread: [store] };
  if (store === null || store.owner === "missing") {
    const reason = `${label} does not exist: nothing is kept.`;
    return { ...base, retention: nothing, lost: { code: "store-missing", reason } };
  }
  if (store.owner === "foreign") {
    const reason = `${label} belongs to another account.`;
    return { ...base, retention: nothing, lost: { code: "store-foreign", reason } };
  }
  const { lifecycle, lock, versioning } = store;
  if (isUnreadable(lifecycle) || isUnreadable(versioning) || isUnreadable(lock))
    return { ...base, retention: null, unread: [lifecycle, versioning, lock].filter(isUnreadable) };
  const { account, now, policy, region } = context;
  const where = { keyPrefix: place.prefix, account, region, now, minimumDays: policy.minimumDays, found };
  return {
    ...base,
    retention: bucketRetention({ lifecycle, lock, versioning }, where),
    remediation: mendBucket(place.bucket, lifecycle, context),
  };
}
