/** A span of time, ISO 8601, both ends in it. */
interface Span {
  readonly firstSeen: string;
  readonly lastSeen: string;
}

/** Milliseconds between two spans; 0 if they touch. */
export function gapMs(a: Span, b: Span): number {
  return Math.max(
    0,
    Date.parse(b.firstSeen) - Date.parse(a.lastSeen),
    Date.parse(a.firstSeen) - Date.parse(b.lastSeen),
  );
}
