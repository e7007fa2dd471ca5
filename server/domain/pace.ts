/** How much of a work is known of, and how much of that is done. Both only grow. */
interface Work {
  readonly units: number;
  readonly unitsDone: number;
}

/** Since when a work goes on without a pause, and what was done by then. */
export interface Pace {
  readonly since: number;
  readonly doneBefore: number;
}

/** The pace after `work` was seen at `at`, in ms; null: nothing is left to do, so the next work begins anew. */
export function paceAfter(pace: Pace | null, at: number, { units, unitsDone }: Work): Pace | null {
  if (unitsDone >= units) return null;
  return pace ?? { since: at, doneBefore: unitsDone };
}

/** Units are committed in groups: a pace of fewer than these would be that of the first group. */
const leastShare = 0.05;

/** Seconds until all that is known of is done, at the pace since it began; null: too little was done to tell, or nothing is left. */
export function secondsLeft(pace: Pace | null, at: number, { units, unitsDone }: Work): number | null {
  if (pace === null) return null;
  const done = unitsDone - pace.doneBefore;
  if (done <= 0 || done < leastShare * (units - pace.doneBefore) || at <= pace.since) return null;
  return Math.ceil(((units - unitsDone) * (at - pace.since)) / done / 1_000);
}
