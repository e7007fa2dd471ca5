import { dayMs, hourMs, hourWindow } from "./hours.ts";
import type { LogEvent } from "./page-shelf.ts";
import type { LeftHour, Rest } from "./source.ts";

type Range = readonly [from: number, to: number];
/** The pages of a range that hold any event, in no order. */
type Pages = (range: Range, signal: AbortSignal) => AsyncIterable<readonly LogEvent[]>;

/**
 * The hours before the time since when a log group is read. To count their events would cost as much as to read them: it is asked whether
 * an hour holds any, and the hour is counted as one.
 */
export function eventsRest(pages: Pages): Rest {
  async function someOf(range: Range, signal: AbortSignal): Promise<readonly LogEvent[]> {
    for await (const events of pages(range, signal)) return events;
    return [];
  }

  /** Events come in no order: what was found first is asked about again, until nothing is older. */
  async function oldestDay(range: Range, signal: AbortSignal): Promise<number | null> {
    let oldest: number | null = null;
    for (let to = range[1]; to > range[0]; to = oldest) {
      const times = (await someOf([range[0], to], signal)).map(({ timestamp }) => timestamp);
      if (times.length === 0) break;
      oldest = dayOf(times.reduce((a, b) => Math.min(a, b)));
    }
    return oldest;
  }

  /** A day that is one page is known from it; of a larger one each hour of which nothing came yet is asked for. */
  async function hoursOf([from, to]: Range, signal: AbortSignal): Promise<readonly number[]> {
    const found = new Set<number>();
    let seen = 0;
    for await (const events of pages([from, to], signal)) {
      seen += 1;
      if (seen > 1) break;
      for (const { timestamp } of events) found.add(Math.floor(timestamp / hourMs) * hourMs);
    }
    for (let hour = from; seen > 1 && hour < to; hour += hourMs) {
      if (!found.has(hour) && (await someOf([hour, hour + hourMs], signal)).length > 0) found.add(hour);
    }
    return [...found].toSorted((a, b) => a - b);
  }

  return {
    async days({ from, to }, signal) {
      const oldest = await oldestDay([Math.max(0, dayOf(from)), to], signal);
      if (oldest === null) return { days: [], loose: [] };
      const days = Math.ceil((to - oldest) / dayMs);
      return { days: Array.from({ length: days }, (_, n) => oldest + n * dayMs).toReversed(), loose: [] };
    },
    async day(day, time, signal) {
      const hours = day >= time ? [] : await hoursOf([day, Math.min(day + dayMs, time)], signal);
      return { hours: hours.map(leftHour), loose: [] };
    },
  };
}

function dayOf(time: number): number {
  return Math.floor(time / dayMs) * dayMs;
}

function leftHour(start: number): LeftHour {
  const window = hourWindow(start);
  return { key: `log events from ${window.start} on`, window, bytes: 0, ignoredBy: { "before-since": 1 } };
}
