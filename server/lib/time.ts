import { DateTime } from "luxon";
import { UserError } from "./errors.ts";
import { firstInstant, timeZone, toLocal } from "./time-zone.ts";

/** Milliseconds since the epoch; half-open: `start` is in, `end` is not. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

const minute = 60_000;
const day = 86_400_000;
const units = { m: "minutes", h: "hours", d: "days", w: "weeks", M: "months" } as const;
const relative = /^now(?:-(\d{1,5})([mhdwM]))?(?:\/([dwM]))?$/;

export type CalendarUnit = "d" | "w" | "M";

export function isoTime(instant: number): string {
  return new Date(instant).toISOString();
}

/** UTC day of an instant, `YYYY-MM-DD`. */
export function utcDay(instant: number): string {
  return isoTime(instant).slice(0, 10);
}

/** The UTC day so many days after another one; at the ends of the years that four digits write, the day itself. */
export function shiftedDay(from: string, days: number): string {
  const iso = isoTime(Date.parse(`${from}T00:00:00Z`) + days * day);
  return iso.length === "YYYY-MM-DDTHH:mm:ss.sssZ".length ? iso.slice(0, 10) : from;
}

/**
 * The instant of an ISO text, or of `now`, `now-7d`, `now-1M/M`. `now` is rounded down to the minute; m and h are exact, d, w and M
 * are units of the zone's calendar; `/d` goes to the start of that local unit.
 */
export function resolveTime(text: string, now: number, zoneName: string): number {
  const parts = relative.exec(text);
  if (parts === null) return absoluteTime(text);
  const [, amount, unit, start] = parts;
  const at = minus(
    Math.floor(now / minute) * minute,
    Number(amount ?? 0),
    (unit ?? "m") as keyof typeof units,
    zoneName,
  );
  return start === undefined ? at : startOfUnit(at, start as CalendarUnit, zoneName);
}

function absoluteTime(text: string): number {
  const instant = Date.parse(text);
  if (Number.isNaN(instant) || !text.endsWith("Z")) {
    throw new UserError("A time of the range is no time.", "Write it as 2026-11-24T00:00:00Z, now or now-7d.");
  }
  return instant;
}

/** @throws {UserError} when the range is empty, ends before it starts, or is longer than ten years. */
export function resolveRange(
  range: { readonly from: string; readonly to: string },
  now: number,
  zoneName: string,
): Span {
  const span = { start: resolveTime(range.from, now, zoneName), end: resolveTime(range.to, now, zoneName) };
  if (span.start >= span.end) throw new UserError("The range ends before it starts.", "Choose an end after the start.");
  if (span.end - span.start > 3660 * day)
    throw new UserError("The range is longer than ten years.", "Choose a shorter one.");
  return span;
}

export function startOfUnit(instant: number, unit: CalendarUnit, zoneName: string): number {
  const zone = timeZone(zoneName);
  return firstInstant(zone, startOfLocalUnit(toLocal(zone, instant), unit));
}

/** Of wall-clock milliseconds; weeks start on Monday. */
export function startOfLocalUnit(local: number, unit: CalendarUnit): number {
  const start = Math.floor(local / day) * day;
  const date = new Date(start);
  if (unit === "w") return start - ((date.getUTCDay() + 6) % 7) * day;
  return unit === "M" ? Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1) : start;
}

/** The period before: shifted by the calendar length of the span, so that this month is held against last month. */
export function previousSpan({ start, end }: Span, zoneName: string): Span {
  const months = wholeMonths({ start, end }, zoneName);
  if (months > 0) return shift({ start, end }, months, "M", zoneName);
  const days = wholeDays({ start, end }, zoneName);
  return days > 0 ? shift({ start, end }, days, "d", zoneName) : { start: start - (end - start), end: start };
}

/** The same weekdays before: back by the fewest whole weeks that clear the span. */
export function weekdaySpan({ start, end }: Span, zoneName: string): Span {
  return shift({ start, end }, Math.ceil((end - start) / (7 * day)), "w", zoneName);
}

function shift({ start, end }: Span, amount: number, unit: CalendarUnit, zoneName: string): Span {
  const earlier = minus(start, amount, unit, zoneName);
  return { start: earlier, end: Math.max(earlier + minute, Math.min(start, minus(end, amount, unit, zoneName))) };
}

/** Months that the span fills or has begun, when it starts with a local month; else 0. */
function wholeMonths({ start, end }: Span, zoneName: string): number {
  if (startOfUnit(start, "M", zoneName) !== start) return 0;
  const zone = timeZone(zoneName);
  const first = new Date(toLocal(zone, start));
  const last = new Date(toLocal(zone, end) - 1);
  const months = (last.getUTCFullYear() - first.getUTCFullYear()) * 12 + last.getUTCMonth() - first.getUTCMonth() + 1;
  const endsWithMonth = startOfUnit(end, "M", zoneName) === end;
  return endsWithMonth || months === 1 ? months : 0;
}

/** Days between two equal wall-clock times; 0 when they are not equal. */
function wholeDays({ start, end }: Span, zoneName: string): number {
  const zone = timeZone(zoneName);
  const days = (toLocal(zone, end) - toLocal(zone, start)) / day;
  return Number.isInteger(days) ? days : 0;
}

function minus(instant: number, amount: number, unit: keyof typeof units, zoneName: string): number {
  if (amount === 0) return instant;
  if (unit === "m") return instant - amount * minute;
  if (unit === "h") return instant - amount * 60 * minute;
  return DateTime.fromMillis(instant, { zone: timeZone(zoneName).name })
    .minus({ [units[unit]]: amount })
    .toMillis();
}
