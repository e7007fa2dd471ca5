import type { Context } from "../control.ts";
import { notCounted } from "../counted.ts";
import {
  type EarlierLook,
  type Facts,
  isUnreadable,
  type LoggingConfig,
  type TrailChanges,
  type Unreadable,
} from "../facts.ts";
import { windowDays } from "../policy.ts";
import { shownBy } from "./earlier-state.ts";
import { type KnownChanges, knownChanges, remembered } from "./known-changes.ts";
import { isOff, loggingPhases, type PastLogging, pastOf as loggingOf } from "./logging-history.ts";
import { type MomentSpan, momentsOf } from "./moments.ts";
import type { Phase, Span } from "./phases.ts";
import { storeLosses } from "./store-losses.ts";

/** What shows whether logging was on. */
interface LoggingFacts extends Pick<Facts, "delivery" | "earlierLooks" | "usage"> {
  readonly loggingConfig: LoggingConfig;
  readonly configEvents: TrailChanges;
}

export interface PastFacts
  extends LoggingFacts, Pick<Facts, "formerStores" | "largeDataStore" | "logGroup" | "s3Store"> {
  readonly storeEvents: TrailChanges;
}

/** What is known of the window. */
export interface Past {
  readonly window: Span;
  /** Its end, or when it was looked at, if that was before: what changed since is not known. */
  readonly until: number;
  /** In order, without a hole, to there; they begin later than the window where no more is known. */
  readonly moments: readonly MomentSpan[];
  /** There were more changes than are read. */
  readonly isCut: boolean;
  /** Why it is not known whether logging was on before the first change. */
  readonly earlierUnread: readonly Unreadable[];
}

const dayMs = 24 * 3_600_000;
/** What is younger may not be told yet. */
const lateMs = 15 * 60_000;

export function windowOf({ now, policy }: Context): Span {
  return { from: now - windowDays(policy) * dayMs, to: now - lateMs };
}

/** What became of the calls in the window, rebuilt from the present by what changed. */
export function pastOf(facts: PastFacts, context: Context): Past {
  const { configEvents, loggingConfig, storeEvents } = facts;
  const looks = looksOf(facts);
  const window = windowOf(context);
  const until = Math.min(window.to, configEvents.to, storeEvents.to);
  const config = knownOf({ ...configEvents, to: until }, looks, "configEvents");
  const stores = knownOf({ ...storeEvents, to: until }, looks, "storeEvents");
  const span = { from: Math.max(window.from, config.since, stores.since), to: until };
  const phases = span.from < span.to ? loggingPhases(loggingConfig, config, looks, span) : [];
  const { earlierUnread, resolved } = withEarlier(phases, config, { ...facts, counted: context.counted });
  const losses = storeLosses({ ...facts, config: loggingConfig, known: stores, looks }, span, context);
  return {
    window,
    until,
    moments: momentsOf(resolved, { present: loggingConfig, losses, policy: context.policy }),
    isCut: config.since > configEvents.from || stores.since > storeEvents.from,
    earlierUnread,
  };
}

/** When nothing was logged between `from` and `now`, as far as that is known: in order, and cut by a change that left it off. */
export function offSpans(facts: LoggingFacts, { from, now }: { readonly from: number; readonly now: number }): Span[] {
  const looks = looksOf(facts);
  const config = knownOf(facts.configEvents, looks, "configEvents");
  const span = { from: Math.max(from, config.since), to: Math.min(now - lateMs, facts.configEvents.to) };
  const phases = span.from < span.to ? loggingPhases(facts.loggingConfig, config, looks, span) : [];
  const { resolved } = withEarlier(phases, config, { ...facts, counted: { from } });
  return resolved.flatMap(({ from, state, to }) => (state !== null && isOff(state) ? [{ from, to }] : []));
}

function looksOf({ earlierLooks }: Pick<Facts, "earlierLooks">): readonly EarlierLook[] {
  return earlierLooks === null || isUnreadable(earlierLooks) ? [] : earlierLooks;
}

function knownOf(now: TrailChanges, looks: readonly EarlierLook[], fact: "configEvents" | "storeEvents"): KnownChanges {
  return knownChanges(
    now,
    remembered(looks, fact).map(({ value }) => value),
  );
}

interface Resolved {
  readonly resolved: readonly Phase<PastLogging>[];
  readonly earlierUnread: readonly Unreadable[];
}

const nothing = { text: null, image: null, embedding: null, video: null, audio: null };
const off: PastLogging = { s3: null, cloudWatch: null, delivered: nothing };

/**
 * Before its first known change the configuration stood still, whatever it was: the counts show whether logging was on.
 * Its stores are then taken to be the next ones.
 */
function withEarlier(
  phases: readonly Phase<PastLogging>[],
  { changes, later }: KnownChanges,
  facts: LoggingFacts & { readonly counted: Pick<Span, "from"> },
): Resolved {
  const [first, ...rest] = phases;
  const isEarlier = first !== undefined && (changes[0]?.time ?? Infinity) >= first.to;
  const isOpen = isEarlier && (first.state === null || (changes.length === 0 && isOff(first.state)));
  if (!isOpen) return { resolved: phases, earlierUnread: [] };
  // A change behind the span has made it what it is now.
  const present = later.length === 0 ? null : loggingOf(facts.loggingConfig);
  const following = [...rest.map(({ state }) => state), present];
  const next = following.find((state) => state !== null && !isOff(state)) ?? null;
  const as = (state: PastLogging | null): Resolved => ({
    resolved: state === null ? rest : [{ ...first, state }, ...rest],
    earlierUnread: [],
  });
  const shown = shownBy(facts.usage, facts.delivery, first);
  // On, but to which stores nothing tells.
  if (shown.kind === "on" && next === null)
    return { resolved: [{ ...first, state: null }, ...rest], earlierUnread: [] };
  if (shown.kind === "on") return as(next);
  if (first.state !== null) return as(first.state);
  if (shown.kind === "off") return as(off);
  if (shown.kind === "quiet" && first.from < facts.counted.from) return { ...as(next), earlierUnread: [notCounted] };
  if (shown.kind === "quiet") return as(next ?? present ?? off);
  return { ...as(next), earlierUnread: shown.kind === "unread" ? shown.unread : [] };
}
