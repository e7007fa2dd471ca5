/** Something at a time. */
export interface Timed {
  readonly time: string;
}

/** A stretch of time in which a rule's windows overlap, with everything in it. */
export interface Stretch<T> {
  /** UTC day of its first window's first record. */
  readonly day: string;
  readonly items: readonly T[];
}

/**
 * The windows `[t, t + length)` that start at an item and hold, united where they share items and begin on one UTC day.
 * `items` are sorted by time.
 */
export function stretches<T extends Timed>(
  items: readonly T[],
  lengthMs: number,
  holds: (window: readonly T[]) => boolean,
): readonly Stretch<T>[] {
  const at = items.map(({ time }) => Date.parse(time));
  const found: { day: string; from: number; to: number }[] = [];
  let end = 0;
  for (let start = 0; start < items.length; start += 1) {
    while (end < items.length && (at[end] ?? 0) < (at[start] ?? 0) + lengthMs) end += 1;
    if (!holds(items.slice(start, end))) continue;
    const day = items[start]?.time.slice(0, 10) ?? "";
    const last = found.at(-1);
    if (last?.day === day && last.to >= start) last.to = end;
    else found.push({ day, from: start, to: end });
  }
  return found.map(({ day, from, to }) => ({ day, items: items.slice(from, to) }));
}

/** Items by key, in the order in which the keys come. */
export function groupBy<T>(items: readonly T[], key: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}

/** First and last time of items sorted by time, which are not empty. */
export function spanOf(items: readonly Timed[]): { readonly firstSeen: string; readonly lastSeen: string } {
  return { firstSeen: items[0]?.time ?? "", lastSeen: items.at(-1)?.time ?? "" };
}

/** First and last time of groups of calls in any order, which are not empty. */
export function spanOfGroups(groups: readonly { readonly first_seen: string; readonly last_seen: string }[]): {
  readonly firstSeen: string;
  readonly lastSeen: string;
} {
  const first = groups.map(({ first_seen }) => first_seen).sort();
  const last = groups.map(({ last_seen }) => last_seen).sort();
  return { firstSeen: first[0] ?? "", lastSeen: last.at(-1) ?? "" };
}

export const minuteMs = 60_000;
export const hourMs = 3_600_000;
export const dayMs = 86_400_000;
