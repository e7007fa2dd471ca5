import type { ControlNote, LoggingGap } from "../domain/compliance.ts";
import { type Context, control, fail, type Judgement, notApplicable, pass, unknown } from "./control.ts";
import { notCounted } from "./counted.ts";
import {
  type Facts,
  isUnreadable,
  type LoggingConfig,
  textAlone,
  type TrailChange,
  type TrailChanges,
  type Unreadable,
} from "./facts.ts";
import { attemptsIn, callsIn, type Gap, gapsOf } from "./history/gaps.ts";
import type { MomentSpan } from "./history/moments.ts";
import { type Past, pastOf } from "./history/past.ts";
import type { Span } from "./history/phases.ts";
import { mendUnbroken } from "./remediation.ts";
import { usageOf } from "./usage-sums.ts";

type Counts = Pick<Facts, "callPeriods" | "usage"> & Pick<Context, "counted">;

/** So many are told one by one. */
const named = 3;
const namedAttempts = 10;
const namedChanges = 20;

/** `2026-09-14T10:00Z`. */
const minute = (time: number): string => `${new Date(time).toISOString().slice(0, 16)}Z`;

function verdictOf(past: Past, gaps: readonly Gap[], counts: Counts, said: Said): Judgement {
  const lossy = gaps.filter(({ invocations }) => invocations !== null && invocations > 0);
  if (lossy.length > 0) return fail("gap", gapsText(lossy), said);
  return unknownOf(past, gaps, counts, said) ?? wellOf(past, gaps, counts, said);
}

type Said = Parameters<typeof pass>[2] & object;

function gapsText(gaps: readonly Gap[]): string {
  const sentences = gaps.slice(0, named).map(({ actor, from, invocations, isAtMost, to }) => {
    const by = actor === null ? "" : `, by ${actor}`;
    return `${isAtMost ? "up to " : ""}${invocations} invocations unlogged ${minute(from)}–${minute(to)}${by}.`;
  });
  const more = gaps.length - sentences.length;
  return [...sentences, ...(more === 0 ? [] : [`And ${more} more gaps.`])].join(" ");
}

/** null: enough is known. */
function unknownOf(
  { earlierUnread, isCut, moments, until, window }: Past,
  gaps: readonly Gap[],
  { callPeriods, counted, usage }: Counts,
  said: Said,
): Judgement | null {
  if (isCut)
    return unknown([], "too-many-events", {
      ...said,
      reason: "There were more changes than are read: not all are known.",
    });
  const unmeasured = gaps.filter(({ invocations }) => invocations === null);
  if (unmeasured.length > 0 || (earlierUnread.length > 0 && gaps.length > 0)) {
    const uncounted = unmeasured.some(({ from }) => from < counted.from) ? [notCounted] : [];
    const unread = [usage, callPeriods, ...earlierUnread, ...uncounted].filter(isUnreadable);
    return unknown(unread, "gap-not-measured", said);
  }
  if (earlierUnread.length > 0) return unknown(earlierUnread, "earlier-state-unknown", said);
  const blind = moments.filter(({ moment }) => moment.kind === "unknown");
  if (blind.length > 0) return blindJudgement(blind, said);
  if (until < window.to) {
    const reason = `What changed after ${minute(until)} is not known: it was not looked at since.`;
    return unknown([], "history-too-short", { ...said, reason });
  }
  const since = moments[0]?.from ?? window.to;
  if (since <= window.from) return null;
  const reason = `What changed before ${minute(since)} is not known: no earlier run of this program saw it.`;
  return unknown([], "history-too-short", { ...said, reason });
}

function blindJudgement(blind: readonly MomentSpan[], said: Said): Judgement {
  const unread = blind.flatMap(({ moment }): readonly Unreadable[] => (moment.kind === "unknown" ? moment.unread : []));
  const spans = blind.slice(0, named).map(({ from, to }) => `${minute(from)}–${minute(to)}`);
  const reason = `Nothing shows how records were logged and kept ${spans.join(", ")}.`;
  return unknown(unread, "earlier-state-unknown", unread.length > 0 ? said : { ...said, reason });
}

function wellOf({ moments, window }: Past, gaps: readonly Gap[], counts: Counts, said: Said): Judgement {
  const isOff = moments.every(({ moment }) => moment.kind === "off");
  if (isOff && callsIn(window, counts) === 0)
    return notApplicable("no-traffic", "Logging was off, and nothing was called.", said);
  if (gaps.length === 0) return pass("unbroken", `On without a break since ${minute(window.from)}.`, said);
  const text = `Nothing was called while records were not there: ${gaps
    .map((gap) => spanText(gap))
    .slice(0, named)
    .join(", ")}.`;
  const note: ControlNote = { level: "warn", code: "gap-without-traffic", text };
  const reason = `No call is without its record since ${minute(window.from)}.`;
  return pass("unbroken", reason, { ...said, notes: [...(said.notes ?? []), note] });
}

function spanText({ from, to }: Span): string {
  return `${minute(from)}–${minute(to)}`;
}

/** Who tried to change it, and was refused. */
function attemptNotes(window: Span, changes: readonly TrailChange[]): readonly ControlNote[] {
  const attempts = attemptsIn(window, changes).toSorted((a, b) => b.time - a.time);
  return attempts.slice(0, namedAttempts).map(({ actor, errorCode, name, time }) => ({
    level: "warn",
    code: "attempt",
    text: `${name} failed at ${minute(time)} (${errorCode})${actor === null ? "" : `, by ${actor}`}.`,
  }));
}

function shownGap({ from, to, ...gap }: Gap): LoggingGap {
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString(), ...gap };
}

const now = Date.parse("2026-09-15T12:00:00Z");
const dayMs = 24 * 3_600_000;
const ago = (days: number): number => now - days * dayMs;
const bucketAt = (bucket: string) => ({ bucket, prefix: "bedrock" });
const loggingConfig: LoggingConfig = { set: true, s3: bucketAt("logs"), cloudWatch: null, delivered: textAlone };
const off: LoggingConfig = { ...loggingConfig, set: false, s3: null };
const changed = (...changes: readonly Partial<TrailChange>[]): TrailChanges => ({
  from: ago(90),
  to: now - 15 * 60_000,
  wholeSince: ago(90),
  changes: changes.map((change, at) => ({
    id: `${at}`,
    name: "",
    time: 0,
    actor: "arn:aws:iam::111122223333:user/admin",
    errorCode: null,
    parameters: null,
    ...change,
  })),
});
const quiet = changed();
const put = (days: number, bucket = "logs") => ({
  name: "PutModelInvocationLoggingConfiguration",
  time: ago(days),
  parameters: {
    loggingConfig: {
      s3Config: { bucketName: bucket, keyPrefix: "bedrock" },
      textDataDeliveryEnabled: true,
      imageDataDeliveryEnabled: false,
      embeddingDataDeliveryEnabled: false,
      videoDataDeliveryEnabled: false,
      audioDataDeliveryEnabled: false,
    },
  },
});
const deleted = (days: number) => ({ name: "DeleteModelInvocationLoggingConfiguration", time: ago(days) });
const broken = changed(put(80), deleted(12), put(11.875));
const daily = (invocations: number) =>
  Array.from({ length: 30 * 24 }, (_, hour) => ({ time: ago(30) + hour * 3_600_000, seconds: 3_600, invocations }));
const usage = usageOf(daily(80), { from: ago(30), to: ago(0) });
const bucket = {
  ...bucketAt("logs"),
  owner: "own" as const,
  region: "us-east-1",
  lifecycle: [],
  versioning: null,
  lock: null,
};
const expiring = (days: number) => [{ Status: "Enabled" as const, Filter: { Prefix: "" }, Expiration: { Days: days } }];
const ruled = (days: number, kept: number) => ({
  name: "PutBucketLifecycle",
  time: ago(days),
  parameters: {
    bucketName: "logs",
    LifecycleConfiguration: { Rule: { Status: "Enabled", Filter: { Prefix: "" }, Expiration: { Days: kept } } },
  },
});
const lengthened = changed(ruled(40, 3), ruled(5, 365));
const unchanged = { loggingConfig, configEvents: quiet, storeEvents: quiet };
const counted = { callPeriods: daily(80), usage };

export const loggingUnbroken = control({
  id: "logging-unbroken",
  title: "Logging was never interrupted",
  severity: "high",
  why: "Whoever misuses a model and may change its logging can switch it off for that hour, or erase what it left.",
  requires: ["loggingConfig", "configEvents", "storeEvents"],
  mayUse: ["usage", "delivery", "callPeriods", "logGroup", "s3Store", "largeDataStore", "formerStores", "earlierLooks"],
  evaluate(facts, context: Context) {
    const past = pastOf(facts, context);
    const counts = { ...facts, counted: context.counted };
    const gaps = gapsOf(past.moments, counts);
    const changes = [...facts.configEvents.changes, ...facts.storeEvents.changes];
    const said = {
      decidedBy: {
        from: minute(past.window.from),
        to: minute(past.window.to),
        changes: changes
          .filter(({ errorCode }) => errorCode === null)
          .map(({ actor, name, time }) => ({ at: minute(time), name, actor }))
          .slice(-namedChanges),
        gaps: gaps.length,
      },
      gaps: gaps.map(shownGap),
      notes: attemptNotes(past.window, changes),
      remediation: mendUnbroken(facts.loggingConfig),
    };
    return [verdictOf(past, gaps, counts, said)];
  },
  examples: [
    { facts: unchanged, gives: ["PASS", "unbroken"] },
    {
      facts: { ...unchanged, configEvents: changed({ ...deleted(12), errorCode: "AccessDenied" }) },
      gives: ["PASS", "unbroken"],
    },
    { facts: { ...unchanged, configEvents: broken, callPeriods: [], s3Store: bucket }, gives: ["PASS", "unbroken"] },
    { facts: { ...unchanged, configEvents: broken, ...counted, s3Store: bucket }, gives: ["FAIL", "gap"] },
    { facts: { ...unchanged, configEvents: broken, s3Store: bucket }, gives: ["UNKNOWN", "gap-not-measured"] },
    {
      facts: {
        ...unchanged,
        storeEvents: lengthened,
        ...counted,
        s3Store: { ...bucket, lifecycle: expiring(365) },
      },
      gives: ["FAIL", "gap"],
    },
    {
      facts: { ...unchanged, storeEvents: changed(ruled(5, 365)), ...counted, s3Store: bucket },
      gives: ["UNKNOWN", "earlier-state-unknown"],
    },
    {
      facts: {
        ...unchanged,
        configEvents: changed(put(80, "old"), put(5)),
        ...counted,
        s3Store: bucket,
        formerStores: {
          groups: [],
          buckets: [{ place: bucketAt("old"), store: { ...bucket, bucket: "old", lifecycle: expiring(3) } }],
        },
      },
      gives: ["FAIL", "gap"],
    },
    {
      facts: { ...unchanged, configEvents: { ...quiet, wholeSince: ago(2) } },
      gives: ["UNKNOWN", "too-many-events"],
    },
    { facts: unchanged, policy: { windowDays: 120 }, gives: ["UNKNOWN", "history-too-short"] },
    {
      facts: { ...unchanged, loggingConfig: off, callPeriods: null, usage: usageOf([], { from: ago(30), to: ago(0) }) },
      gives: ["NOT_APPLICABLE", "no-traffic"],
    },
    { facts: { ...unchanged, loggingConfig: off, callPeriods: null, usage }, gives: ["FAIL", "gap"] },
    { facts: { loggingConfig, storeEvents: quiet }, gives: ["UNKNOWN", "permission"] },
  ],
});
