import type { CoverageSums, CoveredHour, HourState, TargetHours } from "../../server/domain/hour-coverage.ts";
import { counted, format } from "../format.ts";

/** Hours of one state that follow each other. */
export interface HourSpan {
  readonly state: HourState;
  /** Place of the first hour in the range. */
  readonly from: number;
  readonly hours: number;
}

export function spansOf(hours: readonly Pick<CoveredHour, "state">[]): readonly HourSpan[] {
  const spans: HourSpan[] = [];
  hours.forEach(({ state }, index) => {
    const last = spans.at(-1);
    if (last?.state === state) spans[spans.length - 1] = { ...last, hours: last.hours + 1 };
    else spans.push({ state, from: index, hours: 1 });
  });
  return spans;
}

const words: Readonly<Record<HourState, string>> = {
  covered: "covered",
  short: "short",
  hole: "hole",
  "no-traffic": "no traffic",
  off: "logging off",
  unknown: "unknown",
};

export function hourWord(state: HourState): string {
  return words[state];
}

/** "41 h covered, 3 h unknown, 124 h covered": the strip in words; of a long one only the sums. */
export function stripWords(spans: readonly HourSpan[], { hours }: Pick<CoverageSums, "hours">): string {
  if (spans.length <= 12) return spans.map(({ state, hours: count }) => `${count} h ${words[state]}`).join(", ");
  const sums = hourStates.filter((state) => hours[state] > 0).map((state) => `${hours[state]} h ${words[state]}`);
  return `${counted(spans.length, "span")}: ${sums.join(", ")}`;
}

/** The worst first: what is said beside a strip that is not whole. */
export const hourStates: readonly HourState[] = ["off", "hole", "short", "unknown", "no-traffic", "covered"];

/** "3 h hole": the worst that is not covered; empty where all is. */
export function worstHours({ hours }: Pick<CoverageSums, "hours">): string {
  const worst = hourStates.find((state) => state !== "covered" && hours[state] > 0);
  return worst === undefined ? "" : `${format.count(hours[worst])} h ${words[worst]}`;
}

/** A span of hours in which calls are without their records, or nobody knows. */
export interface TroubledSpan {
  readonly target: TargetHours;
  readonly state: HourState;
  readonly from: string;
  readonly to: string;
  readonly hours: number;
  /** Null: not known of each of its hours. */
  readonly expected: number | null;
  readonly stored: number | null;
}

const hourMs = 3_600_000;
const troubles: ReadonlySet<HourState> = new Set(["off", "hole", "short", "unknown"]);

/** The worst first, then the newest. */
export function troubledSpans(targets: readonly TargetHours[]): readonly TroubledSpan[] {
  const spans = targets.flatMap((target) =>
    spansOf(target.hours)
      .filter(({ state }) => troubles.has(state))
      .map((span) => troubleOf(target, span)),
  );
  const rank = ({ state }: TroubledSpan) => hourStates.indexOf(state);
  return spans.toSorted((a, b) => rank(a) - rank(b) || b.to.localeCompare(a.to));
}

function troubleOf(target: TargetHours, { from, hours, state }: HourSpan): TroubledSpan {
  const within = target.hours.slice(from, from + hours);
  const [first, last] = [within[0]?.at ?? "", within.at(-1)?.at ?? ""];
  const to = new Date(Date.parse(last) + hourMs).toISOString();
  return {
    target,
    state,
    from: first,
    to,
    hours,
    expected: sumOf(within, "expected"),
    stored: sumOf(within, "stored"),
  };
}

function sumOf(hours: readonly CoveredHour[], of: "expected" | "stored"): number | null {
  return hours.reduce<number | null>((sum, hour) => {
    const value = hour[of];
    return sum === null || value === null ? null : sum + value;
  }, 0);
}
