import { type Facts, isUnreadable, type TrailChange } from "../facts.ts";
import type { Moment, MomentSpan } from "./moments.ts";
import type { Span } from "./phases.ts";

/** A span whose records are not there. */
export interface Gap extends Span {
  readonly kind: "off" | "content" | "erased";
  readonly actor: string | null;
  /** Calls in it, at most: those of a period that is cut count whole. null: that could not be read. */
  readonly invocations: number | null;
  /** Some of them were counted in a period that reaches beyond it: there may be fewer. */
  readonly isAtMost: boolean;
}

/** `counted`: since when calls were counted at all. */
type Counts = Pick<Facts, "callPeriods" | "usage"> & { readonly counted: Pick<Span, "from"> };

const hourSeconds = 3_600;
/** The hours end where counts are still growing: an hour ago, and at a whole one. */
const growingMs = 2 * 3_600_000;

/** One that began before calls were counted is told in two. */
export function gapsOf(moments: readonly MomentSpan[], counts: Counts): readonly Gap[] {
  return moments.flatMap(({ moment, ...span }) =>
    isGap(moment)
      ? cutAt(counts.counted.from, span).map((part) => ({
          ...part,
          kind: moment.kind,
          actor: moment.actor,
          ...countedIn(part, counts),
        }))
      : [],
  );
}

function cutAt(time: number, { from, to }: Span): readonly Span[] {
  return from < time && time < to
    ? [
        { from, to: time },
        { from: time, to },
      ]
    : [{ from, to }];
}

function isGap(moment: Moment): moment is Moment & { readonly kind: Gap["kind"] } {
  return moment.kind !== "well" && moment.kind !== "unknown";
}

function countedIn(span: Span, counts: Counts): Pick<Gap, "invocations" | "isAtMost"> {
  const periods = periodsIn(span, counts);
  const isCut = periods?.some((period) => period.invocations > 0 && !isWithin(period, span)) ?? false;
  return { invocations: periods === null ? null : sumOf(periods), isAtMost: isCut };
}

export function callsIn(span: Span, counts: Counts): number | null {
  const periods = periodsIn(span, counts);
  return periods === null ? null : sumOf(periods);
}

/** By the finest periods that were read, else by the hours of the window. null: they were not read for the whole span. */
function periodsIn(span: Span, { callPeriods, counted, usage }: Counts): readonly Period[] | null {
  if (span.from < counted.from) return null;
  if (callPeriods !== null && !isUnreadable(callPeriods)) return touching(span, callPeriods);
  if (isUnreadable(usage)) return null;
  // Where nothing changed, the hours are all that is asked for; else they stand in for what was not read.
  const growing = callPeriods === null ? growingMs : 0;
  if (span.from < usage.from || span.to > usage.to + growing) return null;
  return touching(
    span,
    usage.hours.map(({ invocations, time }) => ({ time, seconds: hourSeconds, invocations })),
  );
}

interface Period {
  readonly time: number;
  readonly seconds: number;
  readonly invocations: number;
}

function touching({ from, to }: Span, periods: readonly Period[]): readonly Period[] {
  return periods.filter(({ seconds, time }) => time < to && time + seconds * 1_000 > from);
}

function isWithin({ seconds, time }: Period, { from, to }: Span): boolean {
  return time >= from && time + seconds * 1_000 <= to;
}

function sumOf(periods: readonly Period[]): number {
  const sum = periods.reduce((sum, { invocations }) => sum + invocations, 0);
  // Sums of CloudWatch are no whole numbers by nature.
  return Math.round(sum);
}

/** Calls in the span that were refused, and so changed nothing. */
export function attemptsIn({ from, to }: Span, changes: readonly TrailChange[]): readonly TrailChange[] {
  return changes.filter(({ errorCode, time }) => errorCode !== null && time >= from && time < to);
}
