import { canonicalJson } from "../../lib/canonical-json.ts";

/** A change of one thing, and what it became by it; null: that cannot be told. */
export interface Step<S> {
  readonly time: number;
  readonly actor: string | null;
  readonly state: S | null;
}

/** How a thing was in `[from, to)`; null: nothing shows it. */
export interface Phase<S> {
  readonly from: number;
  readonly to: number;
  readonly state: S | null;
  /** Who brought it about; null where no change did. */
  readonly actor: string | null;
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** How a thing was at the span's end, and how it was before its first change; null: nothing shows it. */
export interface Ends<S> {
  readonly now: S | null;
  readonly before: S | null;
}

/**
 * The phases of a thing over a span, from all its changes since it was as `before`, in whatever order. Without any
 * change it was all the time as it was at one of its ends. Changes from the span's end on are left out.
 */
export function phasesOf<S>(steps: readonly Step<S>[], span: Span, ends: Ends<S>): readonly Phase<S>[] {
  const turns = turnsOf(
    steps.filter(({ time }) => time < span.to),
    ends.now,
  );
  const throughout = ends.now ?? ends.before;
  const first: Step<S> = { time: -Infinity, actor: null, state: turns.length === 0 ? throughout : ends.before };
  return [first, ...turns].flatMap(({ actor, state, time }, at, all) => {
    const from = Math.max(span.from, time);
    const to = Math.min(span.to, all[at + 1]?.time ?? span.to);
    return from < to ? [{ from, to, state, actor }] : [];
  });
}

/** One step a time, in order. */
function turnsOf<S>(steps: readonly Step<S>[], now: S | null): readonly Step<S>[] {
  const times = [...new Set(steps.map(({ time }) => time))].toSorted((a, b) => a - b);
  return times.map((time) => {
    const together = steps.filter((step) => step.time === time);
    return time === times.at(-1) ? lastOf(together, now) : oneOf(together);
  });
}

/** Which of several changes of the same second came last is not told: where they differ, nobody knows. */
function oneOf<S>(together: readonly Step<S>[]): Step<S> {
  const [first] = together;
  const same = together.every((step) => isSame(step.state, first?.state ?? null));
  const actors = new Set(together.map(({ actor }) => actor));
  const [actor = null] = actors.size === 1 ? actors : [];
  return { time: first?.time ?? 0, actor, state: same ? (first?.state ?? null) : null };
}

/** What came last has lasted: the present tells what the change itself does not. */
function lastOf<S>(together: readonly Step<S>[], now: S | null): Step<S> {
  const one = oneOf(together);
  if (one.state !== null || now === null) return one;
  const could = together.find(({ state }) => isSame(state, now)) ?? together.find(({ state }) => state === null);
  return { ...one, actor: could?.actor ?? one.actor, state: now };
}

export function isSame(a: unknown, b: unknown): boolean {
  return textOf(a) === textOf(b);
}

/** Times are written as text. */
function textOf(value: unknown): string {
  return canonicalJson(JSON.parse(JSON.stringify(value ?? null)));
}

/** The phases of two things side by side. */
export function both<A, B>(first: readonly Phase<A>[], second: readonly Phase<B>[]): readonly Side<A, B>[] {
  return first.flatMap((a) =>
    second.flatMap((b) => {
      const from = Math.max(a.from, b.from);
      const to = Math.min(a.to, b.to);
      const latest = a.from >= b.from ? a.actor : b.actor;
      return from < to ? [{ from, to, first: a.state, second: b.state, actor: latest ?? a.actor ?? b.actor }] : [];
    }),
  );
}

export interface Side<A, B> extends Span {
  readonly first: A | null;
  readonly second: B | null;
  readonly actor: string | null;
}
