import type { Window } from "./source.ts";

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

export function hourWindow(startMs: number): Window {
  return { start: new Date(startMs).toISOString(), end: new Date(startMs + hourMs).toISOString() };
}

/** The hours that touch `[from, to)`, newest first. */
export function* hoursBack(fromMs: number, toMs: number): Generator<Window> {
  const oldest = Math.floor(fromMs / hourMs) * hourMs;
  for (let start = Math.ceil(toMs / hourMs) * hourMs - hourMs; start >= oldest; start -= hourMs)
    yield hourWindow(start);
}

/** `2026/09/15/14` of a window that begins at that hour. */
export function hourPath(window: Window): string {
  return window.start.slice(0, 13).replaceAll("-", "/").replace("T", "/");
}

/** `2026/09/15` of a time in that day. */
export function dayPath(time: number): string {
  return new Date(time).toISOString().slice(0, 10).replaceAll("-", "/");
}

/** Start of the year, month or day that a path names, which ends in a slash: `2026/09/`; null unless it names one. */
export function startOfPath(path: string): number | null {
  const [, year, month = "01", day = "01"] = /^(\d{4})\/(?:(\d{2})\/(?:(\d{2})\/)?)?$/.exec(path) ?? [];
  const hour = year === undefined ? null : hourOfPath(year, month, day, "00");
  return hour === null ? null : Date.parse(hour);
}

/** Start of the hour that four parts of a path name; null unless they are one. */
export function hourOfPath(year: string, month: string, day: string, hour: string): string | null {
  const text = `${year}-${month}-${day}T${hour}:00:00.000Z`;
  const time = Date.parse(text);
  return Number.isNaN(time) || new Date(time).toISOString() !== text ? null : text;
}
