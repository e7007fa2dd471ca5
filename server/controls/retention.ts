import type { LifecycleRule, Transition } from "@aws-sdk/client-s3";
import type { ControlNote } from "../domain/compliance.ts";
import type { DecidingRule } from "./control.ts";
import type { BatchDays, ObjectLock } from "./facts.ts";
import {
  hasTagFilter,
  isArchive,
  logFolders,
  type ObjectClass,
  objectClasses,
  writtenFolders,
} from "./lifecycle-classes.ts";

/** Whole days after writing, or without end. */
export type KeptDays = number | "forever";

export interface Retention {
  /** Days for which a record can be recovered at all. */
  readonly kept: KeptDays;
  /** Days for which it can be read without a restore and without naming an old version. */
  readonly readable: KeptDays;
  /** What decides `kept`, in words. */
  readonly because: string;
  /** What decides `readable`. */
  readonly readableBecause: string;
  /** The rule or setting that decides `kept`; null: there is none. */
  readonly rule: DecidingRule | null;
  /** That decides `readable`. */
  readonly readableRule: DecidingRule | null;
  /** The part of the records that is kept shortest; null: all are kept alike. */
  readonly part: string | null;
  readonly notes: readonly ControlNote[];
}

export interface BucketFacts {
  readonly lifecycle: readonly LifecycleRule[];
  /** null: never switched on. */
  readonly versioning: "Enabled" | "Suspended" | null;
  readonly lock: ObjectLock | null;
}

export interface BucketContext {
  readonly keyPrefix: string;
  readonly account: string;
  readonly region: string;
  readonly now: number;
  readonly minimumDays: number;
  /** What lies in it; null: that is not known. */
  readonly found: BatchDays | null;
}

const dayMs = 86_400_000;
const number = (days: KeptDays): number => (days === "forever" ? Infinity : days);
const keptDays = (days: number): KeptDays => (days === Infinity ? "forever" : days);

export function shorter(a: KeptDays, b: KeptDays): KeptDays {
  return keptDays(Math.min(number(a), number(b)));
}

export function longer(a: KeptDays, b: KeptDays): KeptDays {
  return keptDays(Math.max(number(a), number(b)));
}

export function lasts(days: KeptDays, needed: number): boolean {
  return number(days) >= needed;
}

export function longerThan(days: KeptDays, most: number): boolean {
  return number(days) > most;
}

/** Expired events linger up to three days more: that does not count. */
export function groupRetention(group: {
  readonly retentionInDays: number | null;
  readonly logGroupClass: string | null;
}): Retention {
  const { logGroupClass, retentionInDays } = group;
  const isDelivery = logGroupClass === "DELIVERY";
  const days = isDelivery ? 1 : (retentionInDays ?? "forever");
  const because = isDelivery
    ? "its class DELIVERY keeps one day"
    : days === "forever"
      ? "it never expires"
      : `its retention is ${days} days`;
  const rule = days === "forever" ? null : { retentionInDays, logGroupClass };
  return {
    kept: days,
    readable: days,
    because,
    readableBecause: because,
    rule,
    readableRule: rule,
    part: null,
    notes: [],
  };
}

/** A rule that AWS can have sent: a status, at least one action, each with a due time that can be read. */
export function isSoundRule(rule: LifecycleRule): boolean {
  const { AbortIncompleteMultipartUpload, Expiration, NoncurrentVersionExpiration, Status } = rule;
  const actions = [Expiration, NoncurrentVersionExpiration, AbortIncompleteMultipartUpload];
  const moves = [...(rule.Transitions ?? []), ...(rule.NoncurrentVersionTransitions ?? [])];
  if (Status !== "Enabled" && Status !== "Disabled") return false;
  if (moves.length === 0 && actions.every((action) => action === undefined)) return false;
  if (Expiration !== undefined && !isDue(Expiration) && Expiration.ExpiredObjectDeleteMarker !== true) return false;
  if (NoncurrentVersionExpiration !== undefined && !isDays(NoncurrentVersionExpiration.NoncurrentDays)) return false;
  return (rule.Transitions ?? []).every((move) => isDue(move) && move.StorageClass !== undefined);
}

/** AWS counts in whole numbers of 32 bits. */
const mostDays = 2 ** 31 - 1;

function isDays(days: number | undefined): boolean {
  return days !== undefined && Number.isInteger(days) && days >= 0 && days <= mostDays;
}

function isDue({
  Date: date,
  Days,
}: {
  readonly Date?: Date | undefined;
  readonly Days?: number | undefined;
}): boolean {
  if (date !== undefined) return !Number.isNaN(date.getTime());
  return isDays(Days);
}

interface Due {
  readonly days: number;
  readonly rule: LifecycleRule | null;
}

const never: Due = { days: Infinity, rule: null };

function first(dues: readonly Due[]): Due {
  return dues.reduce((best, due) => (due.days < best.days ? due : best), never);
}

/** A date is a number of full days from now; one that is past goes on for ever. */
function dueDays(due: { readonly Date?: Date | undefined; readonly Days?: number | undefined }, now: number): number {
  if (due.Date !== undefined) return Math.max(0, Math.floor((due.Date.getTime() - now) / dayMs));
  return due.Days ?? Infinity;
}

function expiration(rules: readonly LifecycleRule[], now: number): Due {
  return first(rules.flatMap((rule) => (rule.Expiration ? [{ days: dueDays(rule.Expiration, now), rule }] : [])));
}

/** A log key is written once, so a rule that keeps newer versions never finds one too many. */
function noncurrentExpiration(rules: readonly LifecycleRule[]): Due {
  return first(
    rules.flatMap((rule) => {
      const { NewerNoncurrentVersions = 0, NoncurrentDays } = rule.NoncurrentVersionExpiration ?? {};
      return NoncurrentDays === undefined || NewerNoncurrentVersions > 0 ? [] : [{ days: NoncurrentDays, rule }];
    }),
  );
}

/**
 * When the class moves to where reading needs a restore. Small objects stay by default; whether the bucket moves them
 * too is not told by its rules, so they are taken to move.
 */
function archival(rules: readonly LifecycleRule[], now: number): Due {
  return moving(rules, now, isArchive);
}

/** Whether the bucket has switched on those of its tiers that need a restore is not told by its rules. */
function tiering(rules: readonly LifecycleRule[], now: number): Due {
  return moving(rules, now, ({ StorageClass }) => StorageClass === "INTELLIGENT_TIERING");
}

function moving(rules: readonly LifecycleRule[], now: number, isMeant: (move: Transition) => boolean): Due {
  return first(
    rules.flatMap((rule) =>
      (rule.Transitions ?? []).filter(isMeant).map((move) => ({ days: dueDays(move, now), rule })),
    ),
  );
}

interface ClassDays {
  readonly of: ObjectClass;
  readonly kept: Due;
  readonly readable: Due;
  readonly locked: boolean;
  readonly archived: boolean;
  readonly tiered: boolean;
}

function classDays(of: ObjectClass, { lock, versioning }: BucketFacts, now: number): ClassDays {
  const expires = expiration(of.rules, now);
  const archives = archival(of.rules, now);
  const noncurrent = noncurrentExpiration(of.rules);
  const unlocked = versioning === "Enabled" ? { ...expires, days: expires.days + noncurrent.days } : expires;
  const lockDays = versioning === "Enabled" ? (lock?.days ?? (lock?.years ?? 0) * 365) : 0;
  return {
    of,
    kept: lockDays > unlocked.days ? { days: lockDays, rule: null } : unlocked,
    readable: first([expires, archives]),
    locked: lockDays > unlocked.days,
    archived: archives.days < expires.days,
    tiered: tiering(of.rules, now).days < expires.days,
  };
}

function ruleName({ ID }: LifecycleRule): string {
  return ID === undefined ? "a rule without a name" : `rule "${ID}"`;
}

function because({ days, rule }: Due, locked: boolean): string {
  if (locked) return `its object lock holds ${days} days`;
  if (days === Infinity) return "no rule ends it";
  return rule === null ? "no rule ends it" : `${ruleName(rule)} ends it`;
}

function ruleFields({ days, rule }: Due): DecidingRule | null {
  return rule === null || days === Infinity ? null : (JSON.parse(JSON.stringify(rule)) as DecidingRule);
}

function partName({ bytes, prefix }: ObjectClass): string {
  const size = bytes === 1 ? "" : `of ${bytes} bytes and more`;
  return [prefix === "" ? "" : `under ${prefix}`, size].filter((text) => text !== "").join(", ") || "the small ones";
}

const note = (level: ControlNote["level"], code: string, text: string): ControlNote => ({ level, code, text });

/**
 * How long a bucket keeps the records under its prefix: its shortest-lived class. Rules may come in any order.
 * Where it is not known in which of two folders the records are, the worse one counts.
 */
export function bucketRetention(facts: BucketFacts, context: BucketContext): Retention {
  const { account, found, keyPrefix, now, region } = context;
  const folders = writtenFolders(logFolders(keyPrefix, account, region), found).map((folder) =>
    objectClasses(facts.lifecycle, folder, context).map((each) => classDays(each, facts, now)),
  );
  const days = folders.flat();
  const byKept = least(days, ({ kept }) => kept.days);
  const byReadable = least(days, ({ readable }) => readable.days);
  const beside = folders.find((folder) => folder.includes(byKept)) ?? days;
  const differ = beside.some(({ kept }) => kept.days !== byKept.kept.days);
  return {
    kept: keptDays(byKept.kept.days),
    readable: keptDays(Math.min(byReadable.readable.days, byKept.kept.days)),
    because: because(byKept.kept, byKept.locked),
    readableBecause: because(byReadable.readable, false),
    rule: byKept.locked ? { DefaultRetention: facts.lock } : ruleFields(byKept.kept),
    readableRule: ruleFields(byReadable.readable),
    part: differ ? partName(byKept.of) : null,
    notes: bucketNotes(facts, days, context),
  };
}

function least(days: readonly ClassDays[], of: (days: ClassDays) => number): ClassDays {
  return days.reduce((best, each) => (of(each) < of(best) ? each : best));
}

function bucketNotes(
  { lifecycle, lock, versioning }: BucketFacts,
  days: readonly ClassDays[],
  { minimumDays, now }: BucketContext,
): readonly ControlNote[] {
  const reaching = new Set(days.flatMap(({ of }) => of.rules));
  const notes: ControlNote[] = [];
  const tagged = lifecycle.filter((rule) => rule.Status === "Enabled" && hasTagFilter(rule) && endsData(rule));
  if (tagged.length > 0)
    notes.push(note("warn", "tag-rule", "A rule deletes what carries a tag: whoever may tag may delete."));
  if (days.some(({ archived }) => archived))
    notes.push(note("info", "archived", "Records move to an archive: reading them then needs a restore."));
  if (days.some(({ tiered }) => tiered))
    notes.push(
      note(
        "info",
        "intelligent-tiering",
        "Records move to Intelligent-Tiering: if the bucket opts into its archive tiers, reading them then needs a restore.",
      ),
    );
  if (
    versioning !== null &&
    [...reaching].some(({ NoncurrentVersionExpiration }) => NoncurrentVersionExpiration !== undefined) &&
    [...reaching].every(({ Expiration }) => Expiration?.Days === undefined && Expiration?.Date === undefined)
  )
    notes.push(note("info", "noncurrent-only", "Old versions are deleted, current ones are not."));
  if (lock?.mode === "GOVERNANCE" && days.some(({ locked }) => locked))
    notes.push(note("info", "lock-governance", "The object lock can be bypassed by people who have the permission."));
  notes.push(...[...reaching].flatMap((rule) => timeBomb(rule, minimumDays, now)));
  return notes;
}

function endsData({ Expiration, NoncurrentVersionExpiration }: LifecycleRule): boolean {
  return Expiration !== undefined || NoncurrentVersionExpiration !== undefined;
}

/** A date to come that is far enough today. */
function timeBomb({ Expiration }: LifecycleRule, minimumDays: number, now: number): readonly ControlNote[] {
  const date = Expiration?.Date;
  if (date === undefined || dueDays({ Date: date }, now) < minimumDays) return [];
  const from = new Date(date.getTime() - minimumDays * dayMs + 1).toISOString().slice(0, 10);
  return [
    note(
      "warn",
      "time-bomb",
      `A rule deletes everything on ${date.toISOString().slice(0, 10)}: from ${from} on this fails.`,
    ),
  ];
}
