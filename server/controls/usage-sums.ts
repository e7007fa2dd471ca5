import type { Usage, UsageCounts, UsageHour } from "./facts.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** The hours and their sums; default: the window goes from the first of them to the last. */
export function usageOf(
  counted: readonly (Partial<UsageCounts> & { readonly time: number })[],
  window: Partial<Pick<Usage, "from" | "to">> = {},
): Usage {
  const hours = counted.map(wholeHour);
  const from = window.from ?? hours[0]?.time ?? 0;
  const to = window.to ?? (hours.at(-1)?.time ?? from) + hourMs;
  return { from, to, ...sumUsage(hours), hours };
}

function wholeHour({
  clientErrors,
  inferences,
  invocations,
  serverErrors,
  time,
}: Partial<UsageCounts> & { time: number }): UsageHour {
  return {
    invocations: invocations ?? 0,
    clientErrors: clientErrors ?? 0,
    serverErrors: serverErrors ?? 0,
    inferences: inferences ?? 0,
    time,
  };
}

export function sumUsage(hours: readonly UsageCounts[]): UsageCounts {
  const total = (of: keyof UsageCounts): number => hours.reduce((sum, hour) => sum + hour[of], 0);
  return {
    invocations: total("invocations"),
    clientErrors: total("clientErrors"),
    serverErrors: total("serverErrors"),
    inferences: total("inferences"),
  };
}

/** Records that there must be, at least: a call that failed may leave none. */
export function expectedRecords({ clientErrors, invocations, serverErrors }: UsageCounts): number {
  return Math.max(0, invocations - clientErrors - serverErrors);
}

/** A UTC day with calls, and the span in which their records must have come. */
export interface TrafficDay extends UsageCounts {
  /** `2026-09-14`. */
  readonly day: string;
  readonly from: number;
  /** Behind the day's end, or the window's, where all calls were in its last hour: their records may come in the next. */
  readonly to: number;
}

/** The days with invocations, in order. */
export function trafficDays({ hours }: Usage): readonly TrafficDay[] {
  const days = new Map<number, UsageHour[]>();
  for (const hour of hours) {
    if (hour.invocations <= 0) continue;
    const day = Math.floor(hour.time / dayMs) * dayMs;
    const inDay = days.get(day);
    if (inDay === undefined) days.set(day, [hour]);
    else inDay.push(hour);
  }
  return [...days].map(([from, inDay]) => ({ day: dayName(from), from, to: endOf(from, inDay), ...sumUsage(inDay) }));
}

export function dayName(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

function endOf(day: number, [first, ...rest]: readonly UsageHour[]): number {
  const end = day + dayMs;
  return first === undefined || rest.length > 0 ? end : Math.max(end, first.time + 2 * hourMs);
}
