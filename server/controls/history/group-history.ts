import { isUnreadable, type LogGroupStore, type TrailChange, type Unreadable } from "../facts.ts";
import { groupRetention, type KeptDays } from "../retention.ts";
import { type GroupRetention, isAccountRetention, reaches, retentionSteps } from "./account-retention.ts";
import type { KnownChanges } from "./known-changes.ts";
import { deletionMarks, type Losses, lossesOf, noLosses } from "./losses.ts";
import { type Phase, phasesOf, type Span, type Step } from "./phases.ts";
import { namesOf } from "./trail-shapes.ts";

/** Names of the calls that change how long a group keeps. */
export const groupChanges = [
  "PutRetentionPolicy",
  "DeleteRetentionPolicy",
  "DeleteLogStream",
  "PutAccountPolicy",
  "DeleteAccountPolicy",
] as const;
/** Of the one that ends it; when it was made is told by the group. */
export const groupEnds = ["DeleteLogGroup"] as const;

const stream = "aws/bedrock/modelinvocations";

/** A log group that records went to. */
export interface PastGroup {
  readonly name: string;
  readonly store: LogGroupStore | null | Unreadable;
  /** No longer configured: that records went there at all is a thing of the past. */
  readonly isFormer: boolean;
  /** As earlier runs saw it; newest first. */
  readonly seen: readonly { readonly time: number; readonly value: LogGroupStore }[];
}

/** What became of the records in a log group, by all changes that are known of it. */
export function groupLosses(
  { isFormer, name, seen, store }: PastGroup,
  { changes, later, since }: KnownChanges,
  span: Span,
  minimumDays: number,
): Losses {
  const isOwn = ({ parameters }: TrailChange): boolean => [name, undefined].includes(namesOf(parameters).logGroupName);
  const own = changes.filter(isOwn);
  const young = later.filter(isOwn);
  const all = [...own, ...young];
  const deletions = all.filter((change) => change.name === "DeleteLogGroup");
  const emptied = all.filter(isEmptying);
  if (!isUnreadable(store) && (store === null || !store.exists))
    return goneLosses(isFormer, [...deletions, ...emptied], span);
  const now = isUnreadable(store) ? null : store;
  const made = now?.createdAt !== undefined && now.createdAt !== null && now.createdAt > since ? now.createdAt : null;
  const living = own.filter(({ time }) => time >= (made ?? since));
  const looks = seen.filter(({ time }) => time >= (made ?? since));
  const steps = stepsOf(name, now, living, made);
  // A policy of the account that is so young has no effect yet.
  const isLate = young.some(isOwnRetention);
  const before = made === null ? seenBefore(looks, steps[0]?.time ?? young[0]?.time ?? Infinity) : forever;
  const phases = phasesOf(steps, span, { now: now === null || isLate ? null : retentionNow(now), before });
  const isChanged = steps.length > 0 || isFormer || isLate;
  const { marks, unsureBefore } = lossesOf(isChanged ? phases.map((phase) => keptIn(phase, now)) : [], minimumDays);
  return {
    since: deletions.length === 0 ? (made ?? -Infinity) : -Infinity,
    marks: [...deletionMarks([...deletions, ...emptied]), ...marks],
    unsureBefore,
    unread: isUnreadable(store) ? [store] : [],
  };
}

/** Nothing is left of what a group held that is no more. One that is configured still is judged as it is. */
function goneLosses(isFormer: boolean, deletions: readonly TrailChange[], { to }: Span): Losses {
  if (deletions.length > 0) return { ...noLosses, marks: deletionMarks(deletions) };
  return isFormer ? { ...noLosses, marks: [{ before: to, actor: null }] } : noLosses;
}

/** The stream of Bedrock's records was deleted, and with it what it held; a stream that is not told may be it. */
function isEmptying({ name, parameters }: TrailChange): boolean {
  return name === "DeleteLogStream" && (namesOf(parameters).logStreamName ?? stream).startsWith(stream);
}

type ExistingGroup = LogGroupStore & { readonly exists: true };

const forever: GroupRetention = { days: "forever" };

function retentionNow({ retentionInDays }: Pick<ExistingGroup, "retentionInDays">): GroupRetention {
  return { days: retentionInDays ?? "forever" };
}

function seenBefore(looks: PastGroup["seen"], first: number): GroupRetention | null {
  const look = looks.find(({ time, value }) => time < first && value.exists);
  return look?.value.exists === true ? retentionNow(look.value) : null;
}

function isOwnRetention({ name }: TrailChange): boolean {
  return /^(Put|Delete)RetentionPolicy$/.test(name);
}

/** An account's policy goes over the group's own period, whatever that is. */
function stepsOf(
  group: string,
  now: ExistingGroup | null,
  changes: readonly TrailChange[],
  made: number | null,
): readonly Step<GroupRetention>[] {
  const policyNow = now?.retentionPolicy ?? null;
  const byAccount = changes.filter((change) => isAccountRetention(change) && reaches(change, group, made));
  if (byAccount.length === 0 && policyNow !== null) return [];
  const own = changes.filter(isOwnRetention);
  return retentionSteps({ own, byAccount, made, policyNow });
}

function keptIn({ state, ...phase }: Phase<GroupRetention>, now: ExistingGroup | null): Phase<KeptDays> {
  if (state === null) return { ...phase, state: null };
  const retentionInDays = state.days === "forever" ? null : state.days;
  return { ...phase, state: groupRetention({ retentionInDays, logGroupClass: now?.logGroupClass ?? null }).kept };
}
