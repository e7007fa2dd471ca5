import {
  type BucketPlace,
  type BucketStore,
  isUnreadable,
  type LogGroupStore,
  type TrailChange,
  type Unreadable,
} from "../facts.ts";
import { bucketChanges, bucketLives } from "../history/bucket-history.ts";
import { groupChanges, groupEnds } from "../history/group-history.ts";
import { namesOf } from "../history/trail-shapes.ts";
import type { Ask, Collector, Target } from "./collector.ts";
import { changeFields, lookup, type Question, trailChanges } from "./trail-changes.ts";

/** Who changed how long the stores keep, those of the past too. A bucket's changes are told in its own region. */
export const storeEvents: Collector<"storeEvents"> = {
  fact: "storeEvents",
  calls: [lookup],
  restsOn: ["formerStores", "largeDataStore", "logGroup", "loggingConfig", "s3Store"],
  async collect(ask) {
    const [config, former] = await Promise.all([ask.fact("loggingConfig"), ask.fact("formerStores")]);
    if (isUnreadable(config)) return config;
    if (isUnreadable(former)) return former;
    const [s3, large, group] = await Promise.all([
      ask.fact("s3Store"),
      ask.fact("largeDataStore"),
      ask.fact("logGroup"),
    ]);
    const groups: readonly ConfiguredGroup[] = [
      ...(config.cloudWatch === null ? [] : [{ name: config.cloudWatch.logGroup, store: group }]),
      ...former.groups,
    ];
    const largeData = config.cloudWatch?.largeData ?? null;
    const buckets: readonly ConfiguredBucket[] = [
      ...(config.s3 === null ? [] : [{ place: config.s3, store: s3 }]),
      ...(largeData === null ? [] : [{ place: largeData, store: large }]),
      ...former.buckets,
    ];
    const named = {
      groups: new Set(groups.map(({ name }) => name)),
      buckets: new Set(buckets.map(({ place }) => place.bucket)),
    };
    return ask.attempt(
      "storeEvents",
      lookup,
      async () => {
        const questions = [...groupQuestions(groups, ask.target), ...(await bucketQuestions(buckets, ask))];
        return trailChanges(ask.reads, questions, ask.target, (change) => concerns(change, named));
      },
      changeFields,
    );
  },
};

interface ConfiguredGroup {
  readonly name: string;
  readonly store: LogGroupStore | null | Unreadable;
}

interface ConfiguredBucket {
  readonly place: BucketPlace;
  readonly store: BucketStore | null | Unreadable;
}

/** Deletions are looked for where there may have been one: the store is young, gone, or was not read. */
function groupQuestions(groups: readonly ConfiguredGroup[], { from, region }: Target): readonly Question[] {
  if (groups.length === 0) return [];
  const names = [...groupChanges, ...(groups.some(({ store }) => mayHaveEnded(store, from)) ? groupEnds : [])];
  return names.map((name) => ({ region, name }));
}

function mayHaveEnded(store: ConfiguredGroup["store"], from: number): boolean {
  return isUnreadable(store) || store?.exists !== true || (store.createdAt ?? Infinity) >= from;
}

async function bucketQuestions(
  buckets: readonly ConfiguredBucket[],
  { reads, target }: Ask,
): Promise<readonly Question[]> {
  const questions = await Promise.all(
    buckets.map(async ({ place, store }) => {
      const isOwn = !isUnreadable(store) && store?.owner === "own";
      const region = isOwn && !isUnreadable(store.region) ? store.region : target.region;
      const isOld = isOwn && ((await createdAt(reads, place.bucket)) ?? Infinity) < target.from;
      return [...bucketChanges, ...(isOld ? [] : bucketLives)].map((name) => ({ region, name }));
    }),
  );
  const once = new Map(questions.flat().map((question) => [JSON.stringify(question), question]));
  return [...once.values()];
}

/** Where the list of buckets cannot be read, a bucket may be young. */
async function createdAt(reads: Ask["reads"], bucket: string): Promise<number | null> {
  try {
    return await reads.bucketCreatedAt(bucket);
  } catch {
    return null;
  }
}

/** A change of one of our stores, or of one that is not told. */
function concerns(
  { errorCode, name, parameters }: TrailChange,
  { buckets, groups }: { readonly buckets: ReadonlySet<string>; readonly groups: ReadonlySet<string> },
): boolean {
  const { bucketName, logGroupName, policyType } = namesOf(parameters);
  if (name.endsWith("AccountPolicy")) return (policyType ?? "RETENTION_POLICY") === "RETENTION_POLICY";
  const own = name.includes("Bucket") ? bucketName : logGroupName;
  if (own === undefined) return errorCode === null;
  return name.includes("Bucket") ? buckets.has(own) : groups.has(own);
}
