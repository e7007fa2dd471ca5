import type { DeliveryHour, Usage } from "./facts.ts";

/** What was called and what was delivered from an hour on, to the window's end. */
export interface DeliverySpan {
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly invocations: number;
  readonly successes: number;
  readonly failures: number;
  /** Deliveries in the hour behind the window, where all calls were in its last hour: theirs may come late. */
  readonly late: number;
}

const hourMs = 3_600_000;
/** Hours with invocations that show how things stand now, whatever the window shows. */
const recentHours = 24;

/** The whole window, and the end of it that has its last 24 hours with invocations. */
export function deliverySpans(
  usage: Usage,
  delivered: readonly DeliveryHour[],
): readonly [whole: DeliverySpan, recent: DeliverySpan] {
  const busy = usage.hours.filter(({ invocations }) => invocations > 0);
  const [first] = busy;
  // Where fewer hours had calls, it begins with the first: what came before it shows nothing of them.
  const recent = (busy.at(-recentHours) ?? first)?.time ?? usage.from;
  return [spanSince(usage.from, usage, delivered), spanSince(recent, usage, delivered)];
}

function spanSince(since: number, { hours, to }: Usage, delivered: readonly DeliveryHour[]): DeliverySpan {
  const within = delivered.filter(({ time }) => time >= since && time < to);
  const invocations = sum(hours.map(({ invocations, time }) => (time >= since ? invocations : 0)));
  const last = sum(hours.map(({ invocations, time }) => (time >= to - hourMs ? invocations : 0)));
  const behind = sum(delivered.map(({ successes, time }) => (time >= to && time < to + hourMs ? successes : 0)));
  return {
    since,
    invocations,
    successes: sum(within.map(({ successes }) => successes)),
    failures: sum(within.map(({ failures }) => failures)),
    late: invocations === last ? behind : 0,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
