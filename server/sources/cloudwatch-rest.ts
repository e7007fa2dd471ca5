import { dayMs, hourMs, hourWindow } from "./hours.ts";
import type { LogEvent } from "./page-shelf.ts";
import type { LeftHour, Rest } from "./source.ts";

type Range = readonly [from: number, to: number];
/** The pages of a range that hold any event, in no order. */
type Pages = (range: Range, signal: AbortSignal) => AsyncIterable<readonly LogEvent[]>;

/**
 * The days before the time since when a log group is read. To count their events would cost as much as to read them: it is asked whether
 * a day holds any, and the day is counted as one, in the hour of the first that is found.
 */
export function eventsRest(pages: Pages): Rest {
  /** Time of the first event of the page that comes first; null: there is none. */
  async function firstOf(range: Range, signal: AbortSignal): Promise<number | null> {
    for await (const events of pages(range, signal))
      return events.reduce((first, { timestamp }) => Math.min(first, timestamp), Infinity);
    return null;
  }

  /** Events come in no order: what was found first is asked about again, until nothing is older. */
  async function oldestDay(range: Range, signal: AbortSignal): Promise<number | null> {
    let oldest: number | null = null;
    for (let to = range[1]; to > range[0]; to = oldest) {
      const first = await firstOf([range[0], to], signal);
      if (first === null) break;
      oldest = dayOf(first);
    }
    return oldest;
  }

  return {
    async days({ from, to }, signal) {
      const oldest = await oldestDay([Math.max(0, dayOf(from)), to], signal);
      if (oldest === null) return { days: [], loose: [] };
      const days = Math.ceil((to - oldest) / dayMs);
      return { days: Array.from({ length: days }, (_, n) => oldest + n * dayMs).toReversed(), loose: [] };
    },
    async day(day, time, signal) {
      const first = day >= time ? null : await firstOf([day, Math.min(day + dayMs, time)], signal);
      return { hours: first === null ? [] : [leftDay(first)], loose: [] };
    },
  };
}

function dayOf(time: number): number {
  return Math.floor(time / dayMs) * dayMs;
}

function leftDay(first: number): LeftHour {
  const window = hourWindow(Math.floor(first / hourMs) * hourMs);
  return { key: `log events of ${window.start.slice(0, 10)}`, window, bytes: 0, ignoredBy: { "before-since": 1 } };
}
