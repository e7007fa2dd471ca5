import type { TrailChange, TrailChanges } from "../facts.ts";
import { call, type Fields, type Reads, type Target } from "./collector.ts";

export const lookup = call("cloudtrail", "LookupEvents");

const dayMs = 24 * 3_600_000;
/** CloudTrail tells of so many days. */
const toldDays = 90;
/** What is younger may not be told yet. */
const lateMs = 15 * 60_000;

/** Calls of one name, in one region. */
export interface Question {
  readonly region: string;
  readonly name: string;
}

/** The changes that concern us, as far back as CloudTrail tells of them, and as new as it does. */
export async function trailChanges(
  { changes }: Pick<Reads, "changes">,
  questions: readonly Question[],
  { now }: Pick<Target, "now">,
  concerns: (change: TrailChange) => boolean,
): Promise<TrailChanges> {
  const range = { from: now - toldDays * dayMs, to: now - lateMs };
  const asked = { from: range.from, to: now };
  const answers = await Promise.all(questions.map(({ name, region }) => changes(region, name, asked)));
  const cuts = answers.map((answer) => (answer.complete ? range.from : youngerThanCut(answer.changes, range.to)));
  const found = answers.flatMap((answer) => answer.changes).filter(concerns);
  return {
    ...range,
    wholeSince: Math.max(range.from, ...cuts),
    changes: found.toSorted((a, b) => a.time - b.time || (a.id < b.id ? -1 : 1)),
  };
}

/** The oldest one that was read may have had company. */
function youngerThanCut(read: readonly TrailChange[], end: number): number {
  return read.length === 0 ? end : Math.min(...read.map(({ time }) => time)) + 1;
}

export function changeFields({ changes, from, to, wholeSince }: TrailChanges): Fields {
  return { used: { from, to, wholeSince, changes } };
}
