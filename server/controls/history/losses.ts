import type { TrailChange, Unreadable } from "../facts.ts";
import { type KeptDays, lasts } from "../retention.ts";
import type { Phase } from "./phases.ts";

/** What became of the records that one store was given, by the time of their writing. */
export interface Losses {
  /** No record is older: when the store was made, where that is proven. */
  readonly since: number;
  /** Records that were written before are gone, by the first whose time fits. */
  readonly marks: readonly LossMark[];
  /** Records that were written before may be gone. */
  readonly unsureBefore: number;
  /** What could not be read, if that is why. */
  readonly unread: readonly Unreadable[];
}

interface LossMark {
  readonly before: number;
  readonly actor: string | null;
}

/** A store that nobody changed: how long it keeps is for others to judge. */
export const noLosses: Losses = { since: -Infinity, marks: [], unsureBefore: -Infinity, unread: [] };

const dayMs = 86_400_000;

/** What became of a record: `lost` by whom, or nobody knows. */
export type Fate =
  | { readonly kind: "kept" }
  | { readonly kind: "lost"; readonly actor: string | null }
  | { readonly kind: "unknown"; readonly unread: readonly Unreadable[] };

const kept: Fate = { kind: "kept" };

/** Of a record that was written at that time. */
export function fateAt({ marks, since, unread, unsureBefore }: Losses, time: number): Fate {
  const unknown: Fate = { kind: "unknown", unread };
  if (time < since) return unknown;
  const mark = marks.find(({ before }) => time < before);
  if (mark !== undefined) return { kind: "lost", actor: mark.actor };
  return time < unsureBefore ? unknown : kept;
}

/** A phase that keeps `d` days leaves nothing that is older than that at its end; null: that is not known. */
export function lossesOf(
  phases: readonly Phase<KeptDays>[],
  minimumDays: number,
): Pick<Losses, "marks" | "unsureBefore"> {
  const marks = phases.flatMap(({ actor, state, to }) =>
    state === null || state === "forever" || lasts(state, minimumDays) ? [] : [{ before: to - state * dayMs, actor }],
  );
  const unsure = phases.filter(({ state }) => state === null).map(({ to }) => to);
  return { marks, unsureBefore: Math.max(-Infinity, ...unsure) };
}

/** Whatever was written before a deletion is gone. */
export function deletionMarks(deletions: readonly TrailChange[]): readonly LossMark[] {
  return deletions.map(({ actor, time }) => ({ before: time, actor }));
}

/** Times at which what becomes of a record changes. */
export function turnsIn({ marks, since, unsureBefore }: Losses): readonly number[] {
  return [since, unsureBefore, ...marks.map(({ before }) => before)];
}
