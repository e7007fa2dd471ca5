import { type Facts, isUnreadable, type TrailChange } from "../facts.ts";
import type { Moment, MomentSpan } from "./moments.ts";
import type { Span } from "./phases.ts";

/** A span whose records are not there. */
export interface Gap extends Span {
  readonly kind: "off" | "content" | "erased";
  readonly actor: string | null;
  /** Calls in it, at most: those of a period that is cut count whole. null: that could not be read. */
  readonly invocations: number | null;
}

type Counts = Pick<Facts, "callPeriods" | "usage">;

const hourSeconds = 3_600;

export function gapsOf(moments: readonly MomentSpan[], counts: Counts): readonly Gap[] {
  return moments.flatMap(({ from, moment, to }) =>
    isGap(moment)
      ? [{ from, to, kind: moment.kind, actor: moment.actor, invocations: callsIn({ from, to }, counts) }]
      : [],
  );
}

function isGap(moment: Moment): moment is Moment & { readonly kind: Gap["kind"] } {
  return moment.kind !== "well" && moment.kind !== "unknown";
}

/** By the finest periods that were read, else by the hours of the window. */
export function callsIn(span: Span, { callPeriods, usage }: Counts): number | null {
  if (callPeriods !== null && !isUnreadable(callPeriods)) return sumIn(span, callPeriods);
  if (isUnreadable(usage)) return null;
  // Where nothing changed, the hours tell as much as is asked of them; else they must cover the whole span.
  const isCovered = span.from >= usage.from && span.to <= usage.to;
  if (callPeriods !== null && !isCovered) return null;
  return sumIn(
    span,
    usage.hours.map(({ invocations, time }) => ({ time, seconds: hourSeconds, invocations })),
  );
}

interface Period {
  readonly time: number;
  readonly seconds: number;
  readonly invocations: number;
}

function sumIn({ from, to }: Span, periods: readonly Period[]): number {
  const sum = periods.reduce(
    (sum, { invocations, seconds, time }) => (time < to && time + seconds * 1_000 > from ? sum + invocations : sum),
    0,
  );
  // Sums of CloudWatch are no whole numbers by nature.
  return Math.round(sum);
}

/** Calls in the span that were refused, and so changed nothing. */
export function attemptsIn({ from, to }: Span, changes: readonly TrailChange[]): readonly TrailChange[] {
  return changes.filter(({ errorCode, time }) => errorCode !== null && time >= from && time < to);
}
