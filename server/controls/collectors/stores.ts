import {
  type BucketPlace,
  type BucketStore,
  type Facts,
  isUnreadable,
  type LoggingConfig,
  type Unreadable,
} from "../facts.ts";
import { isSoundRule } from "../retention.ts";
import { type Ask, call, type Collector, ContradictoryFacts, UnsoundAnswer } from "./collector.ts";

const list = call("s3", "ListBuckets", "s3:ListAllMyBuckets");
const locate = call("s3", "GetBucketLocation");
const lifecycle = call("s3", "GetBucketLifecycleConfiguration", "s3:GetLifecycleConfiguration");
const versioning = call("s3", "GetBucketVersioning");
const lock = call("s3", "GetObjectLockConfiguration", "s3:GetBucketObjectLockConfiguration");
const calls = [list, locate, lifecycle, versioning, lock];

export const s3Store: Collector<"s3Store"> = {
  fact: "s3Store",
  calls,
  restsOn: ["loggingConfig"],
  collect: (ask) => storeOf(ask, "s3Store", ({ s3 }) => s3),
};

export const largeDataStore: Collector<"largeDataStore"> = {
  fact: "largeDataStore",
  calls,
  restsOn: ["loggingConfig"],
  collect: (ask) => storeOf(ask, "largeDataStore", ({ cloudWatch }) => cloudWatch?.largeData ?? null),
};

type StoreFact = "s3Store" | "largeDataStore" | "formerStores";

async function storeOf(
  ask: Ask,
  fact: StoreFact,
  placeOf: (config: LoggingConfig) => BucketPlace | null,
): Promise<Facts["s3Store"]> {
  const config = await ask.fact("loggingConfig");
  if (isUnreadable(config)) return config;
  const place = placeOf(config);
  return place === null ? null : bucketStore(ask, fact, place);
}

type Where = { readonly owner: "own"; readonly region: string | null } | { readonly owner: "missing" | "foreign" };

/** A bucket and its settings, as a fact or a part of one. */
export async function bucketStore(ask: Ask, fact: StoreFact, place: BucketPlace): Promise<BucketStore | Unreadable> {
  const { attempt, reads, target } = ask;
  const { bucket } = place;
  const where = await whereIs(ask, fact, bucket);
  if (isUnreadable(where)) return where;
  if (where.owner !== "own") return { ...place, owner: where.owner };
  const region =
    where.region ??
    (await attempt(
      `${fact}.region`,
      locate,
      () => reads.bucketLocation(bucket),
      (found) => ({ used: { bucket, region: found } }),
    ));
  const at = { bucket, region: isUnreadable(region) ? target.region : region };
  const [rules, versions, objectLock] = await Promise.all([
    attempt(
      `${fact}.lifecycle`,
      lifecycle,
      async () => sound(await reads.bucketLifecycle(at)),
      (Rules) => ({
        used: { bucket, Rules },
      }),
    ),
    attempt(
      `${fact}.versioning`,
      versioning,
      () => reads.bucketVersioning(at),
      (Status) => ({ used: { bucket, Status } }),
    ),
    attempt(
      `${fact}.lock`,
      lock,
      () => reads.bucketLock(at),
      (found) => ({ used: { bucket, lock: found } }),
    ),
  ]);
  return { ...place, owner: "own", region, lifecycle: rules, versioning: versions, lock: objectLock };
}

/** A refusal alone decides nothing: what the account owns does. */
async function whereIs(ask: Ask, fact: StoreFact, bucket: string): Promise<Where | Unreadable> {
  const { attempt, reads } = ask;
  const own = await attempt(`${fact}.owner`, list, reads.ownBuckets, (buckets) => ({
    used: { bucket, listed: buckets.has(bucket), region: buckets.get(bucket) ?? null },
  }));
  if (!isUnreadable(own) && own.has(bucket)) return { owner: "own", region: own.get(bucket) ?? null };
  const found = await attempt(
    `${fact}.location`,
    locate,
    async () => {
      const region = await reads.bucketLocation(bucket);
      if (!isUnreadable(own)) throw new ContradictoryFacts("a bucket is ours, and is not listed");
      return region;
    },
    (region) => ({ used: { bucket, region } }),
  );
  if (!isUnreadable(found)) return { owner: "own", region: found };
  if (found.errorCode === "NoSuchBucket") return { owner: "missing" };
  if (found.errorCode === "ContradictoryFacts" || found.class !== "permission") return found;
  return isUnreadable(own) ? own : { owner: "foreign" };
}

function sound(rules: Awaited<ReturnType<Ask["reads"]["bucketLifecycle"]>>) {
  if (!rules.every(isSoundRule)) throw new UnsoundAnswer("a lifecycle rule has an unknown shape");
  return rules;
}
