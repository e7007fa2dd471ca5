import type { Clock } from "../lib/clock.ts";
import { dayMs, hourMs } from "./hours.ts";
import type { Window } from "./source.ts";

/** What was read of a day speaks for its hours for this long. */
const freshMs = 60_000;
/** Hours younger than this are asked for by themselves, as things still come into them. */
const hotMs = 4 * hourMs;

export interface SmallDays<T> {
  /** What lies in an hour, known from its day; null if the hour must be asked for by itself: it is young, or its day is large. */
  hour(window: Window, signal: AbortSignal): Promise<readonly T[] | null>;
}

export interface DayReader<T> {
  /** Source time. */
  readonly now: Clock;
  /** All of `[from, to)`; null if that takes more than one page. */
  readonly read: (range: readonly [from: number, to: number], signal: AbortSignal) => Promise<readonly T[] | null>;
  readonly isIn: (item: T, window: Window) => boolean;
}

/**
 * Reads small days with one call in place of one an hour: most days of a back-fill are small.
 * Holds one day at a time. Each hour is given out once: who asks again wants to know what is new.
 */
export function openSmallDays<T>({ now, read, isIn }: DayReader<T>): SmallDays<T> {
  const large = new Set<number>();
  let current: {
    readonly day: number;
    readonly at: number;
    readonly items: readonly T[];
    readonly left: Set<string>;
  } | null = null;

  async function readDay(day: number, signal: AbortSignal): Promise<boolean> {
    const at = now();
    const items = await read([day, day + dayMs], signal);
    if (items === null) return false;
    const hours = Array.from({ length: 24 }, (_, hour) => new Date(day + hour * hourMs).toISOString());
    current = { day, at, items, left: new Set(hours) };
    return true;
  }

  return {
    async hour(window, signal) {
      const start = Date.parse(window.start);
      const day = Math.floor(start / dayMs) * dayMs;
      const isHour = Date.parse(window.end) - start === hourMs && start % hourMs === 0;
      if (!isHour || start + hourMs > now() - hotMs || large.has(day)) return null;
      const usable = current?.day === day && now() - current.at < freshMs && current.left.has(window.start);
      if (!usable && !(await readDay(day, signal))) {
        large.add(day);
        return null;
      }
      current?.left.delete(window.start);
      return current?.items.filter((item) => isIn(item, window)) ?? null;
    },
  };
}
