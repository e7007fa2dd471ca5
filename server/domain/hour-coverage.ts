import { z } from "zod";

/**
 * How much of an hour's calls is stored. `unknown`: the calls or the stored records were not read, or not up to the hour's end; `off`:
 * nothing was logged in all of it; `no-traffic`: no call that must have left a record; `hole`: such calls, and not one record; `short`:
 * fewer records than the policy tolerates.
 */
export const HourState = z.enum(["covered", "short", "hole", "no-traffic", "off", "unknown"]);
export type HourState = z.infer<typeof HourState>;

export const CoveredHour = z.object({
  /** Its start. */
  at: z.string(),
  state: HourState,
  /** Calls that must have left a record, at least; null: not read. */
  expected: z.number().int().nullable(),
  /** Distinct invocations that are stored, more than expected maybe; null: not all that there were are read. */
  stored: z.number().int().nullable(),
});
export type CoveredHour = Readonly<z.infer<typeof CoveredHour>>;

/** Over many hours. Those that are unknown count among the hours alone, and never as covered. */
export const CoverageSums = z.object({
  /** `stored` ÷ `expected`: 0 to 1; null: no call is known of. */
  share: z.number().min(0).max(1).nullable(),
  expected: z.number().int(),
  /** Of each hour at most what is expected in it: too much in one does not fill another. */
  stored: z.number().int(),
  hours: z.record(HourState, z.number().int()),
  /** Unknown hours ÷ all: 0 to 1; null: there is no hour. */
  unknownShare: z.number().min(0).max(1).nullable(),
});
export type CoverageSums = Readonly<z.infer<typeof CoverageSums>>;

export const TargetHours = z.object({
  account: z.string(),
  region: z.string(),
  /** Clock of the check that read the calls; null: none did. */
  checkedAt: z.string().nullable(),
  /** Why the calls are not known; null: they are. */
  callsUnread: z.string().nullable(),
  /** All records of the time between are read. Null: since time began. */
  readFrom: z.string().nullable(),
  /** Null: of no time. */
  readThrough: z.string().nullable(),
  sums: CoverageSums,
  /** Every hour of the range, in order. */
  hours: z.array(CoveredHour),
});
export type TargetHours = Readonly<z.infer<typeof TargetHours>>;

export const HourCoverage = z.object({
  from: z.string(),
  to: z.string(),
  /** A page, by account and region. */
  targets: z.array(TargetHours),
  /** Over the targets of the page. */
  sums: CoverageSums,
  /** Targets on all pages. */
  total: z.number().int(),
  /** `after` of the next page; null on the last one. */
  next: z.string().nullable(),
});
export type HourCoverage = Readonly<z.infer<typeof HourCoverage>>;

/** Of all targets, over the last seven days. */
export const WholeCoverage = CoverageSums.pick({ share: true, unknownShare: true }).extend({
  /** Spans of hours in which records are missing. */
  gaps: z.number().int(),
});
export type WholeCoverage = Readonly<z.infer<typeof WholeCoverage>>;

const missing: ReadonlySet<HourState> = new Set(["off", "hole", "short"]);

/** Spans of hours of one state in which records are missing: hours without traffic do not part them. */
export function gapsIn(hours: readonly Pick<CoveredHour, "state">[]): number {
  const called = hours.filter(({ state }) => state !== "no-traffic");
  return called.filter(({ state }, index) => missing.has(state) && called[index - 1]?.state !== state).length;
}

const none: CoverageSums["hours"] = { covered: 0, short: 0, hole: 0, "no-traffic": 0, off: 0, unknown: 0 };

export function sumHours(hours: readonly CoveredHour[]): CoverageSums {
  const counts = { ...none };
  let [expected, stored] = [0, 0];
  for (const hour of hours) {
    counts[hour.state] += 1;
    if (hour.state === "unknown" || hour.expected === null) continue;
    expected += hour.expected;
    stored += Math.min(hour.stored ?? 0, hour.expected);
  }
  return sumsOf(counts, expected, stored);
}

/** The sums of several spans or targets, in one. */
export function addSums(all: readonly CoverageSums[]): CoverageSums {
  const counts = { ...none };
  for (const { hours } of all) for (const state of HourState.options) counts[state] += hours[state];
  const total = (of: "expected" | "stored") => all.reduce((sum, sums) => sum + sums[of], 0);
  return sumsOf(counts, total("expected"), total("stored"));
}

function sumsOf(hours: CoverageSums["hours"], expected: number, stored: number): CoverageSums {
  const count = Object.values(hours).reduce((sum, some) => sum + some, 0);
  return {
    share: expected === 0 ? null : stored / expected,
    expected,
    stored,
    hours,
    unknownShare: count === 0 ? null : hours.unknown / count,
  };
}
