import type { Aws } from "../aws/aws.ts";
import type { Target } from "../domain/target.ts";
import type { Bucket } from "../sources/s3-bucket.ts";
import { type S3Place, s3PlaceOf } from "../sources/s3.ts";
import type { Source } from "../sources/source.ts";
import type { Catalog } from "../store/catalog/ledger.ts";
import { type KeptPlace, keptPlaces, notePlaces } from "../store/catalog/source-places.ts";
import { isCovered } from "../store/catalog/unopened-places.ts";
import { bucketOf, type Discovered, logGroupParts } from "./discovery.ts";
import {
  type FoundSource,
  onlyNamed,
  placesOf,
  sourceOf,
  type SourceParts,
  unnamedPlacesOf,
  withPlaces,
} from "./source-parts.ts";

/** Records come up to 14 days late. */
export const readOnMs = 14 * 86_400_000;

/** Whose keys read a place. */
type BucketFor = (name: string) => Promise<Bucket>;

/**
 * The sources that were found, with the places of each that a configuration named once: under a former prefix lie records that may not
 * be read yet, and to it come late ones for 14 days; what a record names lies where bodies were put when it was written.
 */
export async function withFormerPlaces(
  catalog: Catalog,
  aws: Aws,
  found: Discovered,
  now: number,
): Promise<readonly FoundSource[]> {
  const widened: FoundSource[] = [];
  for (const entry of found.sources) widened.push(await withFormer(catalog, aws, entry, { found, now }));
  return [...widened, ...(await underFormerPrefixes(catalog, aws, found, now))];
}

async function withFormer(
  catalog: Catalog,
  aws: Aws,
  entry: FoundSource,
  { found, now }: { readonly found: Discovered; readonly now: number },
): Promise<FoundSource> {
  const { parts, source } = entry;
  if (parts === undefined) return entry;
  const named = placesOf(parts);
  const unnamed = unnamedPlacesOf(parts);
  const known = [...(await keptPlaces(catalog, source.id)), ...named, ...unnamed].map(({ place }) => place);
  const whole = isWhole(found, parts.scope, [source.place, ...known]);
  const former = (await notePlaces(catalog, source.id, named, { at: now, unnamed, whole })).filter(
    (kept) => !named.some(({ place }) => place === kept.place),
  );
  if (former.length === 0) return entry;
  const all = withPlaces(onlyNamed(parts), await opened(former, bucketsOf(parts, aws)));
  return { ...entry, parts: all, source: sourceOf(all) };
}

/** Whether all was asked that could name a place of this source. */
function isWhole({ problems, targets }: Discovered, { accountId, region }: Target, places: readonly string[]): boolean {
  const isUnread = targets.some(
    (target) => target.accountId === accountId && target.region === region && target.logging === "unread",
  );
  const isClosed = problems.some(
    ({ covers, kind }) =>
      kind === "credentials" ||
      kind === "accounts" ||
      [...places, `${accountId}/${region}`].some((name) => isCovered(name, covers)),
  );
  return !isUnread && !isClosed;
}

/** A former place in a bucket of the source is read as it is now; any other lies in the target's own account. */
function bucketsOf(parts: SourceParts, aws: Aws): BucketFor {
  const { accountId, region } = parts.scope;
  const known = (parts.kind === "s3" ? parts.places : parts.bodies).map(({ bucket }) => bucket);
  return async (name) =>
    known.find(({ bucket }) => bucket === name) ??
    bucketOf(await aws.account(accountId), { bucket: name, owner: accountId, region });
}

async function opened(places: readonly KeptPlace[], bucketFor: BucketFor): Promise<readonly S3Place[]> {
  return Promise.all(
    places.map(async ({ leftAt, place }) => {
      const { bucket, prefix } = s3PlaceOf(place);
      const until = leftAt === null ? {} : { until: leftAt + readOnMs };
      return { bucket: await bucketFor(bucket), prefix, ...until };
    }),
  );
}

/** Targets of a configured bucket that lie under no prefix that is configured now. */
async function underFormerPrefixes(
  catalog: Catalog,
  aws: Aws,
  search: Discovered,
  now: number,
): Promise<readonly FoundSource[]> {
  const { buckets = [], sources } = search;
  if (buckets.length === 0) return [];
  const found = new Set(sources.map(({ source }) => source.id));
  const configured = await catalog
    .selectFrom("sources")
    .select(["id", "account_id", "region"])
    .where("kind", "=", "s3")
    .where("origin", "=", "configured")
    .execute();
  const former: FoundSource[] = [];
  for (const { account_id: accountId, id, region } of configured) {
    if (found.has(id) || accountId === null || region === null) continue;
    const bucket = await bucketThatHolds(catalog, id, buckets);
    if (bucket === undefined) continue;
    const known = (await keptPlaces(catalog, id)).map(({ place }) => place);
    const whole = isWhole(search, { accountId, region }, known);
    const kept = await notePlaces(catalog, id, [], { at: now, whole });
    const places = kept.map(({ place }) => ({ bucket, prefix: s3PlaceOf(place).prefix }));
    const parts = { kind: "s3", places, scope: { accountId, region }, now: () => aws.now() } as const;
    const cold = kept.every(({ leftAt }) => now - (leftAt ?? now) >= readOnMs);
    former.push({ parts, source: sourceOf(parts), origin: "configured", cold });
  }
  return former;
}

async function bucketThatHolds(
  catalog: Catalog,
  sourceId: string,
  buckets: readonly Bucket[],
): Promise<Bucket | undefined> {
  const [first] = await keptPlaces(catalog, sourceId);
  return first === undefined ? undefined : buckets.find(({ bucket }) => bucket === s3PlaceOf(first.place).bucket);
}

/** A source that discovery once found, to be read on though no configuration names it any more. */
export async function reopened(
  catalog: Catalog,
  aws: Aws,
  {
    accountId,
    id,
    kind,
    place,
    region,
  }: Target & { readonly id: string; readonly kind: string; readonly place: string },
): Promise<Source | null> {
  const account = await aws.account(accountId);
  const now = () => aws.now();
  const kept = await keptPlaces(catalog, id);
  const buckets = new Map<string, Bucket>();
  const places = await opened(kept, async (name) => {
    const bucket = buckets.get(name) ?? bucketOf(account, { bucket: name, owner: accountId, region });
    buckets.set(name, bucket);
    return bucket;
  });
  if (kind === "cloudwatch") return sourceOf(logGroupParts(account, place, { bodies: places, now }));
  if (kind !== "s3" || places.length === 0) return null;
  return sourceOf({ kind: "s3", places, scope: { accountId, region }, now });
}
