import type { ControlNote } from "../domain/compliance.ts";
import { type Context, control, fail, type Judgement, notApplicable, pass, unknown } from "./control.ts";
import { overWindow } from "./counted.ts";
import {
  type BatchDays,
  type Batches,
  type BucketPlace,
  type BucketStore,
  type Delivery,
  type Facts,
  isUnreadable,
  type LoggingConfig,
  type OwnBucket,
  type Unreadable,
  type Usage,
  textAlone,
} from "./facts.ts";
import { mendDelivery } from "./remediation.ts";
import { bucketRetention, type KeptDays } from "./retention.ts";
import { loggingOff } from "./stores-named.ts";
import { expectedRecords, type TrafficDay, trafficDays, usageOf } from "./usage-sums.ts";

const dayMs = 86_400_000;

/** What is said of one destination, and whether it alone holds all that is logged. */
interface Side {
  readonly name: string;
  readonly complete: boolean;
  readonly says: Judgement;
}

/** Days on which records must have come. */
function expectingDays(usage: Usage): readonly TrafficDay[] {
  return trafficDays(usage).filter((day) => expectedRecords(day) > 0);
}

function named(days: readonly { readonly day: string }[]): string {
  const shown = days.slice(0, 10).map(({ day }) => day);
  const more = days.length - shown.length;
  return more === 0 ? shown.join(", ") : `${shown.join(", ")} and ${more} more`;
}

function ofGroup(group: string, usage: Usage, delivery: Delivery | Unreadable, context: Context): Judgement {
  if (isUnreadable(delivery)) return unknown([delivery]);
  const events = delivery.logEvents ?? [];
  const between = (from: number, to: number): number =>
    events.reduce((sum, hour) => (hour.time >= from && hour.time < to ? sum + hour.events : sum), 0);
  const stored = between(usage.from, usage.to);
  const expected = expectedRecords(usage);
  const notes = stored > usage.invocations ? [sharedGroup(stored, usage.invocations)] : [];
  const decidedBy = { logGroup: group, expected, stored };
  const said = { notes, decidedBy, remediation: mendDelivery(`log group ${group}`, context.region) };
  const holes = expectingDays(usage).filter(({ from, to }) => between(from, to) === 0);
  const hole = `No log on ${named(holes)}.`;
  if (stored < (1 - context.policy.completenessTolerance) * expected) {
    const short = `${stored} of at least ${expected} records stored.`;
    return fail("incomplete", holes.length === 0 ? short : `${short} ${hole}`, said);
  }
  if (holes.length > 0)
    return fail("hole", hole, { ...said, decidedBy: { ...decidedBy, holes: holes.map(({ day }) => day) } });
  return pass("complete", `${stored} records for ${expected} invocations.`, { notes, decidedBy });
}

function sharedGroup(stored: number, invocations: number): ControlNote {
  const text = `The group took in ${stored} events, more than the ${invocations} invocations: others write to it too, so that missing records may not show.`;
  return { level: "info", code: "shared-group", text };
}

function ofBucket(
  place: BucketPlace,
  usage: Usage,
  { batches, s3Store }: Pick<Facts, "batches" | "s3Store">,
  context: Context,
): Judgement {
  if (!isUnreadable(s3Store) && s3Store?.owner === "foreign") {
    const reason = `Bucket ${place.bucket} belongs to another account: its keys are not ours to list.`;
    return unknown([], "not-listable", { reason });
  }
  if (isUnreadable(batches)) return unknown([batches]);
  if (isUnreadable(batches.s3)) return unknown([batches.s3]);
  return ofDays(place, expectingDays(usage), batches.s3, s3Store, context);
}

function ofDays(
  { bucket, prefix }: BucketPlace,
  days: readonly TrafficDay[],
  found: BatchDays | null,
  store: BucketStore | null | Unreadable,
  context: Context,
): Judgement {
  const kept = listableDays(prefix, store, found, context);
  const listed = typeof kept === "object" ? "forever" : kept;
  const judged = days.filter(({ from }) => listed === "forever" || ageInDays(from, context.now) < listed);
  if (judged.length === 0) {
    const reason = `Keys in bucket ${bucket} expire after ${listed} days: no day with calls can be listed any more.`;
    return unknown([], "not-listable", { reason });
  }
  const held = new Set(found?.folders.flatMap((folder) => folder.days));
  const holes = judged.filter(({ day }) => !held.has(day));
  const left = days.length - judged.length;
  const expired: ControlNote = {
    level: "info",
    code: "days-expired",
    text: `${left} days with calls are older than what the bucket keeps: they were not judged.`,
  };
  const notes = left > 0 ? [expired] : [];
  const decidedBy = { bucket, judged: judged.map(({ day }) => day), holes: holes.map(({ day }) => day) };
  if (holes.length === 0)
    return pass("complete", `Logs on all ${judged.length} days with calls.`, { notes, decidedBy });
  if (typeof kept === "object") return unknown(kept, null, { notes });
  const remediation = mendDelivery(`bucket ${bucket}`, context.region);
  return fail("hole", `No log on ${named(holes)}.`, { notes, remediation, decidedBy });
}

/** Days for which a key is listed: it may be archived by then. Else what could not be read. */
function listableDays(
  keyPrefix: string,
  store: BucketStore | null | Unreadable,
  found: BatchDays | null,
  { account, now, policy, region }: Context,
): KeptDays | readonly Unreadable[] {
  if (isUnreadable(store)) return [store];
  if (store === null || store.owner !== "own") return "forever";
  const { lifecycle, lock, versioning } = store;
  if (isUnreadable(lifecycle) || isUnreadable(versioning) || isUnreadable(lock))
    return [lifecycle, versioning, lock].filter(isUnreadable);
  const expiring = lifecycle.map(({ Transitions: _, ...rule }) => rule);
  const where = { keyPrefix, account, region, now, minimumDays: policy.minimumDays, found };
  return bucketRetention({ lifecycle: expiring, lock, versioning }, where).readable;
}

/** Whole days since the day began, by the UTC calendar. */
function ageInDays(day: number, now: number): number {
  return Math.floor(now / dayMs) - Math.floor(day / dayMs);
}

const weight = { FAIL: 3, UNKNOWN: 2, PASS: 1, NOT_APPLICABLE: 0 };

function gravest(sides: readonly Side[]): Judgement | null {
  const [first = null] = sides.map(({ says }) => says).toSorted((a, b) => weight[b.verdict] - weight[a.verdict]);
  return first;
}

/** One destination that holds everything is enough, if the policy says so; one that was not read may be it. */
function together(sides: readonly Side[], { destinations }: Context["policy"]): Judgement | null {
  const complete = sides.filter((side) => side.complete);
  const whole = complete.find(({ says }) => says.verdict === "PASS");
  if (destinations === "all" || complete.length === 0) return gravest(sides);
  if (whole !== undefined) return { ...whole.says, notes: [...(whole.says.notes ?? []), ...othersThan(whole, sides)] };
  return complete.find(({ says }) => says.verdict === "UNKNOWN")?.says ?? gravest(sides);
}

/** What the other destinations lack, where it does not decide. */
function othersThan(whole: Side, sides: readonly Side[]): readonly ControlNote[] {
  return sides.flatMap(({ name, says }): readonly ControlNote[] => {
    if (says === whole.says || says.verdict === "PASS") return [];
    if (says.verdict === "UNKNOWN")
      return [{ level: "info", code: "destination-unread", text: `Whether ${name} is complete could not be read.` }];
    return [{ level: "warn", code: "destination-incomplete", text: `In ${name} logs are missing. ${says.reason}` }];
  });
}

function sidesOf({ cloudWatch, s3 }: LoggingConfig, usage: Usage, facts: SideFacts, context: Context): readonly Side[] {
  const bucket =
    s3 === null ? [] : [{ name: `bucket ${s3.bucket}`, complete: true, says: ofBucket(s3, usage, facts, context) }];
  if (cloudWatch === null) return bucket;
  const { largeData, logGroup } = cloudWatch;
  const says = ofGroup(logGroup, usage, facts.delivery, context);
  return [...bucket, { name: `log group ${logGroup}`, complete: largeData !== null, says }];
}

type SideFacts = Pick<Facts, "batches" | "delivery" | "s3Store">;

const bucket: OwnBucket = {
  bucket: "logs",
  prefix: "",
  owner: "own",
  region: "us-east-1",
  lifecycle: [],
  versioning: null,
  lock: null,
};
const toS3 = { set: true, s3: { bucket: "logs", prefix: "" }, cloudWatch: null, delivered: textAlone };
const group = { logGroup: "/b/log", roleArn: null, largeData: { bucket: "logs", prefix: "large" } };
const toGroup = { set: true, s3: null, cloudWatch: group, delivered: textAlone };
const noon = Date.parse("2026-09-14T12:00:00Z");
const usage = usageOf([{ time: noon, invocations: 1000, clientErrors: 50, serverErrors: 10 }]);
const batchOn = (...days: readonly string[]): Batches => ({
  s3: { asked: ["2026-09-14"], folders: [{ folder: "", days }] },
  lastIngestion: null,
});
const stored = (events: number): Delivery => ({
  cloudWatch: [],
  s3: [],
  largeData: [],
  logEvents: [{ time: noon, events }],
});

export const logsComplete = control({
  id: "logs-complete",
  title: "Every call has left its log",
  severity: "high",
  why: "A log with holes looks like a quiet day: only what was called can tell what is missing.",
  requires: ["loggingConfig"],
  mayUse: ["usage", "delivery", "batches", "s3Store"],
  whereOn: ["delivery"],
  evaluate({ loggingConfig, usage, ...facts }, context) {
    const off = loggingOff(loggingConfig);
    if (off !== null) return [off];
    if (isUnreadable(usage)) return [unknown([usage])];
    const { clientErrors, invocations, serverErrors } = usage;
    const nothing = notApplicable("no-traffic", "No call that must have left a log.", {
      decidedBy: { invocations, clientErrors, serverErrors },
    });
    if (expectedRecords(usage) === 0) return [overWindow(nothing, context)];
    const sides = sidesOf(loggingConfig, usage, facts, context);
    return [overWindow(together(sides, context.policy) ?? nothing, context)];
  },
  examples: [
    {
      facts: { loggingConfig: toS3, usage, s3Store: bucket, batches: batchOn("2026-09-14") },
      gives: ["PASS", "complete"],
    },
    { facts: { loggingConfig: toGroup, usage, delivery: stored(940) }, gives: ["PASS", "complete"] },
    { facts: { loggingConfig: toGroup, usage, delivery: stored(893) }, gives: ["PASS", "complete"] },
    { facts: { loggingConfig: toGroup, usage, delivery: stored(892) }, gives: ["FAIL", "incomplete"] },
    { facts: { loggingConfig: toS3, usage, s3Store: bucket, batches: batchOn() }, gives: ["FAIL", "hole"] },
    {
      facts: {
        loggingConfig: toS3,
        usage,
        s3Store: { bucket: "logs", prefix: "", owner: "missing" },
        batches: { s3: null, lastIngestion: null },
      },
      gives: ["FAIL", "hole"],
    },
    {
      facts: { loggingConfig: { ...toS3, cloudWatch: group }, usage, s3Store: bucket, batches: batchOn("2026-09-14") },
      gives: ["PASS", "complete"],
    },
    {
      facts: { loggingConfig: { ...toS3, cloudWatch: group }, usage, s3Store: bucket, batches: batchOn() },
      gives: ["UNKNOWN", "permission"],
    },
    { facts: { loggingConfig: toS3, usage, batches: batchOn() }, gives: ["UNKNOWN", "permission"] },
    { facts: { loggingConfig: toS3, usage, batches: batchOn("2026-09-14") }, gives: ["PASS", "complete"] },
    {
      facts: {
        loggingConfig: toS3,
        usage,
        s3Store: { ...bucket, lifecycle: [{ Status: "Enabled", Filter: {}, Expiration: { Days: 1 } }] },
        batches: batchOn(),
      },
      gives: ["UNKNOWN", "not-listable"],
    },
    { facts: { loggingConfig: toS3, usage: usageOf([]) }, gives: ["NOT_APPLICABLE", "no-traffic"] },
    {
      facts: { loggingConfig: { set: false, s3: null, cloudWatch: null, delivered: textAlone } },
      gives: ["NOT_APPLICABLE", "logging-off"],
    },
  ],
});
