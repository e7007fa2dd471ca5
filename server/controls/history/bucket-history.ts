import type { LifecycleRule } from "@aws-sdk/client-s3";
import type { Context } from "../control.ts";
import {
  type BucketPlace,
  type BucketStore,
  isUnreadable,
  type OwnBucket,
  type TrailChange,
  type Unreadable,
} from "../facts.ts";
import { bucketRetention, type KeptDays, lasts } from "../retention.ts";
import type { KnownChanges } from "./known-changes.ts";
import { deletionMarks, type Losses, lossesOf, noLosses } from "./losses.ts";
import { both, type Phase, phasesOf, type Side, type Span, type Step } from "./phases.ts";
import { lifecycleOf, namesOf, versioningOf } from "./trail-shapes.ts";

type Rules = readonly LifecycleRule[];
/** `never`: it was not switched on yet. */
type Versioning = "Enabled" | "Suspended" | "never";

/** Names of the calls that change how long a bucket keeps. */
export const bucketChanges = ["PutBucketLifecycle", "DeleteBucketLifecycle", "PutBucketVersioning"] as const;
/** Of those that show when a bucket was made and deleted. */
export const bucketLives = ["CreateBucket", "DeleteBucket"] as const;

/** A bucket that records went to. */
export interface PastBucket {
  readonly place: BucketPlace;
  readonly store: BucketStore | null | Unreadable;
  /** No longer configured: that records went there at all is a thing of the past. */
  readonly isFormer: boolean;
  /** As earlier runs saw it; newest first. */
  readonly seen: readonly { readonly time: number; readonly value: BucketStore }[];
}

/** What became of the records in a bucket, by all changes that are known of it. */
export function bucketLosses(
  { isFormer, place, seen, store }: PastBucket,
  { changes, later, since }: KnownChanges,
  span: Span,
  context: Context,
): Losses {
  const own = [...changes, ...later].filter(({ parameters }) =>
    [place.bucket, undefined].includes(namesOf(parameters).bucketName),
  );
  const of = (...names: readonly string[]): readonly TrailChange[] => own.filter(({ name }) => names.includes(name));
  const deletions = of("DeleteBucket");
  const isGone = !isUnreadable(store) && (store === null || store.owner !== "own");
  if (isGone) return goneLosses(isFormer, deletions, span);
  // In us-east-1 a bucket can be asked for again, and is the same as before.
  const gone = deletions.at(-1)?.time ?? -Infinity;
  const made = of("CreateBucket").find(({ time }) => time >= gone)?.time ?? null;
  const living = (change: TrailChange): boolean => change.time >= (made ?? since);
  const steps = of(...bucketChanges).filter(living);
  if (steps.length === 0 && deletions.length === 0 && !isFormer && made === null) return noLosses;
  const past = { place, store: isUnreadable(store) ? null : store, steps, isNew: made !== null };
  const looks = seen.filter(({ time }) => time >= Math.max(since, made ?? since));
  const phases = steps.length === 0 && !isFormer ? [] : keptPhases(past, looks, span, context);
  const { marks, unsureBefore } = lossesOf(phases, context.policy.minimumDays);
  return {
    since: deletions.length === 0 ? (made ?? -Infinity) : -Infinity,
    marks: [...deletionMarks(deletions), ...marks],
    unsureBefore,
    unread: [store, ...(past.store?.owner === "own" ? partsOf(past.store) : [])].filter(isUnreadable),
  };
}

/** Nothing is left of what a bucket held that is not ours any more. One that is configured still is judged as it is. */
function goneLosses(isFormer: boolean, deletions: readonly TrailChange[], { to }: Span): Losses {
  if (deletions.length > 0) return { ...noLosses, marks: deletionMarks(deletions) };
  return isFormer ? { ...noLosses, marks: [{ before: to, actor: null }] } : noLosses;
}

function partsOf({ lifecycle, lock, versioning }: OwnBucket): readonly unknown[] {
  return [lifecycle, lock, versioning];
}

interface Past {
  readonly place: BucketPlace;
  readonly store: BucketStore | null;
  readonly steps: readonly TrailChange[];
  /** It was made without rules and versions, and that is known. */
  readonly isNew: boolean;
}

function keptPhases(
  { isNew, place, steps, store }: Past,
  looks: PastBucket["seen"],
  span: Span,
  context: Context,
): readonly Phase<KeptDays>[] {
  const now = store?.owner === "own" ? store : null;
  // What is younger than the span has made the present, not the end of it.
  const isLate = (kind: Kind): boolean => steps.some(({ name, time }) => name.endsWith(kind) && time >= span.to);
  const lifecycle = phasesOf(steps.flatMap(lifecycleStep), span, {
    now: now === null || isLate("Lifecycle") ? null : read(now.lifecycle),
    before: isNew ? [] : beforeFirst(steps, "Lifecycle", looks, ({ lifecycle: rules }) => read(rules)),
  });
  const versioning = phasesOf(steps.flatMap(versioningStep), span, {
    now: now === null || isLate("Versioning") ? null : versioningNow(now),
    before: isNew ? "never" : beforeFirst(steps, "Versioning", looks, versioningNow),
  });
  return both<Rules, Versioning>(lifecycle, versioning).map((side) => ({
    from: side.from,
    to: side.to,
    actor: side.actor,
    state: keptDays(side, place, now, context),
  }));
}

const read = <T>(value: T | Unreadable): T | null => (isUnreadable(value) ? null : value);

function versioningNow({ versioning }: OwnBucket): Versioning | null {
  return isUnreadable(versioning) ? null : (versioning ?? "never");
}

type Kind = "Lifecycle" | "Versioning";

/** As the last run saw it that came before the first change of that kind. */
function beforeFirst<T>(
  steps: readonly TrailChange[],
  kind: Kind,
  looks: PastBucket["seen"],
  of: (bucket: OwnBucket) => T | null,
): T | null {
  const first = steps.find(({ name }) => name.endsWith(kind))?.time ?? Infinity;
  const values = looks.flatMap(({ time, value }) => (time < first && value.owner === "own" ? [of(value)] : []));
  return values.find((value) => value !== null) ?? null;
}

function lifecycleStep({ actor, name, parameters, time }: TrailChange): readonly Step<Rules>[] {
  if (name === "DeleteBucketLifecycle") return [{ time, actor, state: namesOf(parameters).bucketName ? [] : null }];
  return name === "PutBucketLifecycle" ? [{ time, actor, state: lifecycleOf(parameters) }] : [];
}

function versioningStep({ actor, name, parameters, time }: TrailChange): readonly Step<Versioning>[] {
  return name === "PutBucketVersioning" ? [{ time, actor, state: versioningOf(parameters) }] : [];
}

/** What is not known of a bucket can only make it keep longer: where the rules alone suffice, the rest is not needed. */
function keptDays(
  { first: rules, second: versioning, to }: Side<Rules, Versioning>,
  { prefix }: BucketPlace,
  now: OwnBucket | null,
  { account, policy, region }: Context,
): KeptDays | null {
  if (rules === null) return null;
  const where = { keyPrefix: prefix, account, region, now: to, minimumDays: policy.minimumDays, found: null };
  const lifecycle = rules.map((rule) => dueBy(rule, to));
  const least = bucketRetention({ lifecycle, versioning: null, lock: null }, where).kept;
  if (lasts(least, policy.minimumDays)) return least;
  const lock = now === null ? null : now.lock;
  if (versioning === null || now === null || isUnreadable(lock)) return null;
  return bucketRetention({ lifecycle, versioning: versioning === "never" ? null : versioning, lock }, where).kept;
}

/** A date that had not come yet by then has deleted nothing. */
function dueBy(rule: LifecycleRule, time: number): LifecycleRule {
  const { Expiration, ...rest } = rule;
  return Expiration?.Date !== undefined && Expiration.Date.getTime() > time ? rest : rule;
}
