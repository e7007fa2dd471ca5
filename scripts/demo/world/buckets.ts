import type { SimulatedBucket, SimulatedObject } from "../aws/world.ts";
import { hourMs, regionFolder, type S3Place, startOfHour } from "../traffic/layout.ts";
import { type DeliveryTarget, targets } from "../traffic/targets.ts";
import type { Traffic } from "../traffic/traffic.ts";
import { bucketAccess } from "./access.ts";
import type { HourObject, Hours } from "./hours.ts";

const dayMs = 24 * hourMs;

/** How each bucket is kept. What is not said: no versioning, no lock, no lifecycle, nothing refused. */
type Keeping = Partial<Pick<SimulatedBucket, "versioning" | "lifecycle" | "objectLock" | "denies">> & {
  /** Days after which a lifecycle rule has removed an object. */
  readonly keptDays?: number;
};

const expire = (days: number, prefix: string) => ({
  ID: `expire-after-${days}`,
  Status: "Enabled" as const,
  Filter: { Prefix: prefix },
  Expiration: { Days: days },
});

const keeping: Readonly<Record<string, Keeping>> = {
  "quillmoor-model-logs-use1": {
    versioning: "Enabled",
    lifecycle: [
      {
        ...expire(400, ""),
        NoncurrentVersionExpiration: { NoncurrentDays: 30 },
        Transitions: [{ Days: 90, StorageClass: "STANDARD_IA" }],
      },
    ],
    objectLock: { mode: "GOVERNANCE", days: 90 },
  },
  "quillmoor-model-logs-usw2": { lifecycle: [expire(365, "ai/")] },
  "quillmoor-model-logs-euc1": { versioning: "Enabled" },
  // Copied from a bucket of access logs.
  "quillmoor-model-logs-apne1": { lifecycle: [expire(14, "")], keptDays: 14 },
  "quillmoor-desk-logs-use1": { lifecycle: [expire(180, "")] },
  "quillmoor-desk-logs-euc1": { versioning: "Suspended", lifecycle: [expire(180, "audit/")] },
  // Its owner's policy refuses to tell the rules.
  "quillmoor-lab-logs-use1": { denies: ["s3:GetLifecycleConfiguration"] },
  "quillmoor-lab-logs-usw2": { lifecycle: [expire(90, "")] },
};

/** Start of the hours that a key or prefix can lie in, from the digits behind the region's folder. */
function hoursOf(digits: string, start: number, until: number): { from: number; to: number } {
  const [year, month, day, hour] = /^(\d{4})\/(?:(\d\d)\/)?(?:(\d\d)\/)?(?:(\d\d)\/)?/.exec(digits)?.slice(1) ?? [];
  if (year === undefined) return { from: start, to: until };
  const from = Date.UTC(Number(year), Number(month ?? 1) - 1, Number(day ?? 1), Number(hour ?? 0));
  const to =
    month === undefined
      ? Date.UTC(Number(year) + 1, 0)
      : day === undefined
        ? Date.UTC(Number(year), Number(month))
        : hour === undefined
          ? from + dayMs
          : from + hourMs;
  return { from: Math.max(start, from), to: Math.min(until, to - 1) };
}

interface Span {
  readonly start: number;
  readonly until: number;
  readonly now: number;
}

function simulated(hours: Hours, target: DeliveryTarget, hour: number, object: HourObject): SimulatedObject {
  return { ...object, body: () => hours.body(target, hour, object.key) };
}

/** Objects of one target under a prefix; an hour's folder can hold a straggler of the hour before. */
function* targetObjects(
  hours: Hours,
  target: DeliveryTarget,
  place: S3Place,
  prefix: string,
  { start, until }: Span,
): Generator<SimulatedObject> {
  const folder = regionFolder(target.accountId, target.region, place);
  const { from, to } = prefix.startsWith(folder)
    ? hoursOf(prefix.slice(folder.length), start, until)
    : { from: start, to: until };
  const found: SimulatedObject[] = [];
  for (let hour = Math.max(start, startOfHour(from) - hourMs); hour <= to; hour += hourMs)
    for (const object of hours.summary(target, hour).objects)
      if (object.key.startsWith(prefix)) found.push(simulated(hours, target, hour, object));
  yield* found.sort((a, b) => (a.key < b.key ? -1 : 1));
}

function listIn(traffic: Traffic, hours: Hours, bucket: string, span: Span): SimulatedBucket["list"] {
  const here = targets.filter((target) => target.s3?.bucket === bucket);
  const kept = keeping[bucket]?.keptDays;
  // Rules act at the first midnight after their days are over.
  const oldest = kept === undefined ? 0 : Math.floor(span.now / dayMs) * dayMs - kept * dayMs;
  return function* (prefix) {
    for (const target of here) {
      if (target.s3 === null) continue;
      for (const object of targetObjects(hours, target, target.s3, prefix, span))
        if (object.lastModified >= oldest) yield object;
      for (const object of traffic.otherObjects(target.accountId, target.region))
        if (object.key.startsWith(prefix) && object.lastModified >= oldest)
          yield { ...object, size: object.body().length };
    }
  };
}

/** Every bucket that a target delivers to; digits sort before letters, so hours come before the permission check. */
export function demoBuckets(traffic: Traffic, hours: Hours, span: Span): SimulatedBucket[] {
  return targets.flatMap((target) => {
    const { accountId, region, s3 } = target;
    if (s3 === null) return [];
    const { versioning = null, lifecycle = null, objectLock = null, denies = [] } = keeping[s3.bucket] ?? {};
    return [
      {
        name: s3.bucket,
        region,
        owner: accountId,
        versioning,
        lifecycle,
        objectLock,
        denies,
        ...bucketAccess(s3.bucket, target),
        list: listIn(traffic, hours, s3.bucket, span),
      },
    ];
  });
}
