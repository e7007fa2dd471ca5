import { type CoveredHour, type HourState } from "../domain/hour-coverage.ts";
import { type Facts, isUnreadable, type Unreadable, type Usage } from "./facts.ts";
import { offSpans } from "./history/past.ts";
import type { Span } from "./history/phases.ts";
import type { TargetSnapshot } from "./target-snapshot.ts";
import { expectedRecords } from "./usage-sums.ts";

const hourMs = 3_600_000;

/** What a check knows of a target's calls. Times are milliseconds since the epoch. */
export interface KnownCalls {
  /** null: not read. */
  readonly usage: Usage | null;
  /** Why not; null: they are read. */
  readonly unread: string | null;
  /** Spans in which nothing was logged: what is not known to be off is not among them. */
  readonly off: readonly Span[];
}

export interface StoredRecords {
  /** All records of this span are read; null: of none. */
  readonly read: Span | null;
  /** Distinct invocations by start of their hour; hours without any are left out. */
  readonly byHour: ReadonlyMap<number, number>;
}

/** Every hour of a range of whole hours: what must be stored, at least, and what is. */
export function coveredHours(
  range: Span,
  { off, usage }: KnownCalls,
  { byHour, read }: StoredRecords,
  tolerance: number,
): readonly CoveredHour[] {
  const called = new Map(usage?.hours.map((hour) => [hour.time, expectedRecords(hour)]));
  return Array.from({ length: Math.floor((range.to - range.from) / hourMs) }, (_, index) => {
    const from = range.from + index * hourMs;
    const hour = { from, to: from + hourMs };
    // Sums of CloudWatch are no whole numbers by nature.
    const expected = isWithin(hour, usage) ? Math.round(called.get(from) ?? 0) : null;
    const stored = isWithin(hour, read) ? (byHour.get(from) ?? 0) : null;
    // Of an hour that is still to be counted nobody knows whether it was called: it is no gap yet.
    const isOff = shared(hour, off) === hourMs && (usage === null || hour.to <= usage.to);
    return {
      at: new Date(from).toISOString(),
      state: stateOf(expected, stored, { isOff, tolerance }),
      expected,
      stored,
    };
  });
}

interface HourRules {
  readonly isOff: boolean;
  readonly tolerance: number;
}

/** A record proves that logging was on, whatever was told; what was off and not called has lost nothing. */
function stateOf(expected: number | null, stored: number | null, { isOff, tolerance }: HourRules): HourState {
  if (isOff && (stored ?? 0) === 0) return expected === 0 ? "no-traffic" : "off";
  if (expected === null || stored === null) return "unknown";
  if (expected === 0) return "no-traffic";
  if (stored === 0) return "hole";
  return stored < (1 - tolerance) * expected ? "short" : "covered";
}

function isWithin({ from, to }: Span, span: Span | null): boolean {
  return span !== null && from >= span.from && to <= span.to;
}

/** How much of the hour is in the spans, which do not overlap. */
function shared({ from, to }: Span, spans: readonly Span[]): number {
  return spans.reduce((sum, span) => sum + Math.max(0, Math.min(to, span.to) - Math.max(from, span.from)), 0);
}

/** What a run saw of the calls; null: no run looked. */
export function knownCalls(seen: TargetSnapshot | null): KnownCalls {
  if (seen?.kind !== "read")
    return { usage: null, unread: seen === null ? "no check has looked" : reasonOf(seen), off: [] };
  const { facts, target } = seen.snapshot;
  const { usage } = facts;
  return {
    usage: usage === undefined || isUnreadable(usage) ? null : usage,
    unread: usage === undefined ? "no check has counted them" : isUnreadable(usage) ? unreadWords(usage) : null,
    off: offIn(facts, target),
  };
}

function reasonOf(seen: Exclude<TargetSnapshot, { readonly kind: "read" }>): string {
  return (seen.kind === "shut" ? seen.code : seen.target.code) ?? "not looked at";
}

function unreadWords({ class: errorClass, errorCode }: Unreadable): string {
  return `${errorCode} (${errorClass})`;
}

/** Nothing is known to have been off where its changes were not read. */
function offIn(
  { configEvents, delivery = notAsked, earlierLooks = null, loggingConfig, usage = notAsked }: Partial<Facts>,
  window: Span & { readonly now: number },
): readonly Span[] {
  if (configEvents === undefined || isUnreadable(configEvents)) return [];
  if (loggingConfig === undefined || isUnreadable(loggingConfig)) return [];
  return offSpans({ configEvents, delivery, earlierLooks, loggingConfig, usage }, window);
}

const notAsked: Unreadable = {
  unreadable: "usage",
  class: "not-asked",
  errorCode: "not-asked",
  service: "",
  operation: "",
  action: "",
  attempts: 0,
  notApplicable: false,
};
