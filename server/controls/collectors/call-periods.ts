import { type CallPeriod, isUnreadable } from "../facts.ts";
import type { Collector, Reads, Target } from "./collector.ts";
import { isQuiet } from "./earlier-looks.ts";
import { hourCounts, hoursOf, listMetrics, modelsOf, readSums } from "./hour-counts.ts";

const invocations = { namespace: "AWS/Bedrock", name: "Invocations" };
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** What is younger is still being counted. */
const lateMs = 15 * 60_000;

/** How finely CloudWatch still counts, by the age in days; what is older it has forgotten. */
const finest = [
  { days: 15, seconds: 60 },
  { days: 63, seconds: 300 },
  { days: 455, seconds: 3_600 },
];

/** Calls in the window, as finely as they are still told: what fell into a gap is counted by them. */
export const callPeriods: Collector<"callPeriods"> = {
  fact: "callPeriods",
  calls: [readSums, listMetrics],
  restsOn: ["configEvents", "storeEvents"],
  async collect({ attempt, fact, reads, target }) {
    const [configEvents, storeEvents] = await Promise.all([fact("configEvents"), fact("storeEvents")]);
    if (isUnreadable(configEvents)) return configEvents;
    if (isUnreadable(storeEvents)) return storeEvents;
    if (isQuiet(configEvents, target) && storeEvents.changes.length === 0) return null;
    return attempt(
      "callPeriods",
      readSums,
      () => periodsOf(reads, target),
      (periods) => ({
        used: { invocations: periods.reduce((sum, period) => sum + period.invocations, 0), periods: periods.length },
      }),
    );
  },
};

async function periodsOf(reads: Reads, { from, now }: Target): Promise<readonly CallPeriod[]> {
  const metrics = [{ ...invocations, models: await modelsOf(reads, invocations) }];
  const parts = await Promise.all(
    spansOf(from, now).map(async ({ seconds, ...range }) => {
      const [counts = new Map<number, number>()] = await hourCounts(reads, metrics, {
        ...range,
        periodSeconds: seconds,
      });
      return hoursOf([counts]).map((time) => ({ time, seconds, invocations: counts.get(time) ?? 0 }));
    }),
  );
  return parts.flat().toSorted((a, b) => a.time - b.time);
}

/** On whole hours, and an hour short of what is promised: time goes on while AWS is asked. */
function spansOf(from: number, now: number): readonly { from: number; to: number; seconds: number }[] {
  let to = Math.floor((now - lateMs) / 60_000) * 60_000;
  const spans = finest.map(({ days, seconds }) => {
    const oldest = Math.ceil((now - days * dayMs) / hourMs) * hourMs + hourMs;
    const span = { from: Math.max(from, oldest), to, seconds };
    to = Math.min(to, oldest);
    return span;
  });
  return spans.filter((span) => span.from < span.to);
}
