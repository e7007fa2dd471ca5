import type { Context } from "../control.ts";
import type { Unreadable } from "../facts.ts";
import { type Fate, fateAt, turnsIn } from "./losses.ts";
import type { PastLogging } from "./logging-history.ts";
import type { StoreLosses } from "./store-losses.ts";

interface DestinationFate {
  readonly fate: Fate;
  /** Whether it is given all of a record. */
  readonly complete: boolean;
}

const kept: Fate = { kind: "kept" };

/** What became of what was written at a time, by where it went then. */
export function fateOf(
  logging: PastLogging,
  time: number,
  losses: StoreLosses,
  { destinations }: Context["policy"],
): Fate {
  const fates = destinationFates(logging, time, losses);
  if (destinations === "all") return worst(fates.map(({ fate }) => fate));
  const complete = fates.filter((destination) => destination.complete).map(({ fate }) => fate);
  if (complete.some(({ kind }) => kind === "kept")) return kept;
  return complete.find(({ kind }) => kind === "unknown") ?? worst(fates.map(({ fate }) => fate));
}

function destinationFates(
  { cloudWatch, s3 }: PastLogging,
  time: number,
  { ofBucket, ofGroup }: StoreLosses,
): readonly DestinationFate[] {
  const bucket = s3 === null ? [] : [{ fate: fateAt(ofBucket(s3), time), complete: true }];
  if (cloudWatch === null) return bucket;
  const { largeData, logGroup } = cloudWatch;
  const parts = [ofGroup(logGroup), ...(largeData === null ? [] : [ofBucket(largeData)])];
  return [...bucket, { fate: worst(parts.map((part) => fateAt(part, time))), complete: largeData !== null }];
}

/** What has lost a part has lost it, whatever became of the rest. */
function worst(fates: readonly Fate[]): Fate {
  const lost = fates.find(({ kind }) => kind === "lost");
  if (lost !== undefined) return lost;
  const unread = fates.flatMap((fate): readonly Unreadable[] => (fate.kind === "unknown" ? fate.unread : []));
  return fates.some(({ kind }) => kind === "unknown") ? { kind: "unknown", unread } : kept;
}

/** Times at which what becomes of the records changes. */
export function fateTurns({ cloudWatch, s3 }: PastLogging, { ofBucket, ofGroup }: StoreLosses): readonly number[] {
  const places = [s3, cloudWatch?.largeData ?? null].filter((place) => place !== null);
  const groups = cloudWatch === null ? [] : [cloudWatch.logGroup];
  return [...places.map(ofBucket), ...groups.map(ofGroup)].flatMap(turnsIn);
}
