import type { SourceKind } from "../domain/coverage.ts";

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];

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
