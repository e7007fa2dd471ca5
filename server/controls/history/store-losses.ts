import type { Context } from "../control.ts";
import {
  type BucketPlace,
  type BucketStore,
  type EarlierLook,
  type Facts,
  isUnreadable,
  type LoggingConfig,
} from "../facts.ts";
import { bucketLosses } from "./bucket-history.ts";
import { groupLosses } from "./group-history.ts";
import { type KnownChanges, type Memory, remembered } from "./known-changes.ts";
import { type Losses, noLosses } from "./losses.ts";
import { isSame, type Span } from "./phases.ts";

type StoreFacts = Pick<Facts, "formerStores" | "largeDataStore" | "logGroup" | "s3Store">;

export interface StorePast extends StoreFacts {
  readonly config: LoggingConfig;
  readonly known: KnownChanges;
  readonly looks: readonly EarlierLook[];
}

/** What became of what each store was given. */
export interface StoreLosses {
  readonly ofGroup: (name: string) => Losses;
  readonly ofBucket: (place: BucketPlace) => Losses;
}

/** Nobody looked at it: any of its records may be gone. */
const unseen: Losses = { ...noLosses, unsureBefore: Infinity };

/** Each store's is worked out once. */
export function storeLosses(past: StorePast, span: Span, context: Context): StoreLosses {
  return {
    ofGroup: once((name: string) => ofGroup(name, past, span, context)),
    ofBucket: once((place: BucketPlace) => ofBucket(place, past, span, context)),
  };
}

function once<K, V>(work: (key: K) => V): (key: K) => V {
  const done = new Map<string, V>();
  return (key) => {
    const name = JSON.stringify(key);
    const value = done.get(name) ?? work(key);
    done.set(name, value);
    return value;
  };
}

function ofGroup(name: string, past: StorePast, span: Span, { policy }: Context): Losses {
  const { config, formerStores, known, logGroup, looks } = past;
  const isFormer = config.cloudWatch?.logGroup !== name;
  const former = isUnreadable(formerStores) ? undefined : formerStores.groups.find((group) => group.name === name);
  if (isFormer && former === undefined) return unseen;
  const store = former?.store ?? logGroup;
  const seen = remembered(looks, "logGroup").filter(({ value }) => value.name === name);
  return groupLosses({ name, store, isFormer, seen }, known, span, policy.minimumDays);
}

function ofBucket(place: BucketPlace, past: StorePast, span: Span, context: Context): Losses {
  const { config, formerStores, known, looks } = past;
  const current = currentStore(place, past);
  const former = isUnreadable(formerStores)
    ? undefined
    : formerStores.buckets.find((bucket) => isSame(bucket.place, place));
  if (current === undefined && former === undefined) return unseen;
  const isFormer = current === undefined && !isNamed(place.bucket, config);
  const store = current ?? former?.store ?? null;
  return bucketLosses({ place, store, isFormer, seen: seenBuckets(place, looks) }, known, span, context);
}

function currentStore({ bucket, prefix }: BucketPlace, { config, largeDataStore, s3Store }: StorePast) {
  if (isSame(config.s3, { bucket, prefix })) return s3Store;
  return isSame(config.cloudWatch?.largeData, { bucket, prefix }) ? largeDataStore : undefined;
}

/** Its settings hold for the whole bucket: another prefix is no other store. */
function isNamed(bucket: string, { cloudWatch, s3 }: LoggingConfig): boolean {
  return s3?.bucket === bucket || cloudWatch?.largeData?.bucket === bucket;
}

function seenBuckets({ bucket }: BucketPlace, looks: readonly EarlierLook[]): readonly Memory<BucketStore>[] {
  return [...remembered(looks, "s3Store"), ...remembered(looks, "largeDataStore")]
    .filter(({ value }) => value.bucket === bucket)
    .toSorted((a, b) => b.time - a.time);
}
