import type { SourceKind } from "../domain/coverage.ts";
import type { Window } from "../sources/source.ts";

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
export const hourMs = hour;

/** CloudWatch Logs may take an event for an hour up to 14 days after it: when an ended hour is read again. */
const eventPasses = [minute, 15 * minute, 3 * hour, day, 7 * day, 14 * day + 2 * hour];

/** When a window that was passed over at `at` wants its next pass. The hot windows are looked at anyway. */
export function nextPassAt(kind: SourceKind, windowEnd: number, at: number): number | null {
  if (kind === "folder") return null;
  const age = at - windowEnd;
  if (kind === "cloudwatch") {
    const next = eventPasses.find((pass) => pass > age);
    return next === undefined ? null : windowEnd + next;
  }
  if (age < 2 * day) return at + hour;
  return at + (age < 45 * day ? day : 7 * day);
}

/** The windows that are looked at every time: where new records come. A folder is looked at whole. */
export function hotRange(kind: SourceKind, now: number): { readonly from: number; readonly to: number } {
  if (kind === "folder") return { from: 0, to: now + day };
  if (kind === "cloudwatch") return { from: now - 15 * minute, to: now };
  return { from: now - 2 * hour, to: now + hour };
}

/** Whether a window touches a range of source time; the flat files of a folder are in every one. */
export function isHot({ end, start }: Window, { from, to }: { readonly from: number; readonly to: number }): boolean {
  return start === "flat" || (Date.parse(end) > from && Date.parse(start) < to);
}

const overlap = 15 * minute;

/**
 * What the next tail reads: from a quarter of an hour before the end of the last good one, at most back over the end of the last hour,
 * which has a pass of its own. Without a last one, all of the open hour.
 */
export function tailRange(lastEnd: number | null, now: number): readonly [from: number, to: number] {
  const openHour = Math.floor(now / hour) * hour;
  // A source whose time went back begins anew.
  const from = lastEnd === null || lastEnd > now ? openHour : lastEnd;
  return [Math.max(from, openHour) - overlap, now];
}

/** How much was unread at a time: of event time, in ms. */
export interface Backlog {
  readonly at: number;
  readonly unread: number;
}

/** Whether the backlog of the last looks, oldest first, has grown for an hour and never shrunk. */
export function growing(backlogs: readonly Backlog[]): boolean {
  const last = backlogs.at(-1);
  if (last === undefined) return false;
  let rising: Backlog = last;
  for (const backlog of backlogs.toReversed()) {
    if (backlog.unread > rising.unread) break;
    rising = backlog;
  }
  return last.at - rising.at >= hour && last.unread > rising.unread;
}

/** All that a source may hold since `since`. */
export function wholeRange(
  kind: SourceKind,
  since: number,
  now: number,
): { readonly from: number; readonly to: number } {
  return { from: kind === "folder" ? 0 : since, to: hotRange(kind, now).to };
}

/** `30d` before now, or a date. */
export function sinceMs(text: string, now: number): number {
  const days = /^(\d{1,4})d$/.exec(text)?.[1];
  return days === undefined ? Date.parse(text) : now - Number(days) * day;
}
