import { UserError } from "../lib/errors.ts";
import { startOfUnit, type CalendarUnit, type Span } from "../lib/time.ts";
import { timeZone, toLocal } from "../lib/time-zone.ts";

const named: ReadonlyMap<string, CalendarUnit> = new Map([
  ["last-day", "d"],
  ["last-week", "w"],
  ["last-month", "M"],
]);

/**
 * The whole local days, week (from Monday) or month that ended last before `now`: `last-day`, `last-week`, `last-month`, `last-<n>d`.
 * @throws {UserError} for another word.
 */
export function windowBefore(name: string, now: number, zoneName: string): Span {
  const unit = named.get(name);
  if (unit !== undefined) return unitsBefore(now, unit, 1, zoneName);
  const days = /^last-([1-9]\d{0,2})d$/.exec(name)?.[1];
  if (days !== undefined) return unitsBefore(now, "d", Number(days), zoneName);
  throw new UserError(
    `window ${JSON.stringify(name)} is none`,
    "Write last-day, last-week, last-month or last-<n>d, such as last-30d.",
  );
}

/** Steps back from edge to edge: units of any length, and days that a zone leaves out, are what they are. */
function unitsBefore(now: number, unit: CalendarUnit, count: number, zoneName: string): Span {
  const end = startOfUnit(now, unit, zoneName);
  let start = end;
  for (let step = 0; step < count; step++) start = startOfUnit(start - 1, unit, zoneName);
  return { start, end };
}

/**
 * The instant of a date, its first one in the zone, or of an ISO time with an offset.
 * @throws {UserError} naming the flag, for anything else.
 */
export function windowEdge(flag: string, text: string, zoneName: string): number {
  const utc = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (!Number.isNaN(utc) && new Date(utc).toISOString().startsWith(text)) return firstOfDay(text, utc, zoneName);
  const instant = /T.+(Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(instant)) return instant;
  throw new UserError(
    `${flag} ${JSON.stringify(text)} is no time`,
    "Write a day such as 2026-11-01, or a time with its offset such as 2026-11-01T12:00:00Z.",
  );
}

/** No zone is more than 14 hours from UTC, so the local day lies around the UTC day's noon, or begins at its end. */
function firstOfDay(date: string, utc: number, zoneName: string): number {
  const hour = 3_600_000;
  const found = [12, -2, 26]
    .map((hours) => startOfUnit(utc + hours * hour, "d", zoneName))
    .find((start) => localText(start, zoneName).startsWith(date));
  if (found !== undefined) return found;
  throw new UserError(`${date} is no day in ${zoneName}`, "Name another day.");
}

/** Wall-clock time with its offset: `2026-11-16 00:00 +01:00`. */
export function localText(instant: number, zoneName: string): string {
  const zone = timeZone(zoneName);
  const wall = new Date(toLocal(zone, instant)).toISOString().slice(0, 16).replace("T", " ");
  const minutes = Math.round(zone.offsetMs(instant) / 60_000);
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  return `${wall} ${minutes < 0 ? "-" : "+"}${two(Math.abs(minutes) / 60)}:${two(Math.abs(minutes) % 60)}`;
}
