import type { LifecycleRule, Transition } from "@aws-sdk/client-s3";
import { isArchive } from "./lifecycle-classes.ts";
import type { CheckPolicy } from "./policy.ts";

const dayMs = 86_400_000;
/** S3 moves nothing to a class of infrequent access sooner. */
const leastInfrequentDays = 30;

/** What a policy asks of a store, in days: a record that is readable is kept, too. */
export interface NeededDays {
  readonly kept: number;
  readonly readable: number;
}

export function neededDays({ basis, minimumDays, minimumReadableDays }: CheckPolicy): NeededDays {
  const readable = Math.max(minimumReadableDays, basis === "readable" ? minimumDays : 0);
  return { kept: Math.max(minimumDays, readable), readable };
}

/**
 * The rule under which no object ends, or moves to an archive, before it may. What has to change counts days from then
 * on: S3 takes no rule with dates beside days, and a date put off would only be due again.
 */
export function lengthened(rule: LifecycleRule, needed: NeededDays, now: number): LifecycleRule {
  const { Expiration, Status, Transitions: moves = [] } = rule;
  const ends = Expiration === undefined ? null : dueIn(Expiration, now);
  const archives = moves.filter(isArchive).map((move) => dueIn(move, now) ?? Infinity);
  const endsEarly = ends !== null && ends < needed.kept;
  if (Status !== "Enabled" || (!endsEarly && archives.every((days) => days >= needed.readable))) return rule;
  const expires = ends === null ? null : Math.max(1, needed.kept, ends);
  const moved = putOff(moves, needed, now).filter(({ Days }) => expires === null || (Days ?? 0) < expires);
  const { Transitions: _, ...rest } = rule;
  return {
    ...rest,
    ...(expires === null ? {} : { Expiration: { Days: expires } }),
    ...(moved.length === 0 ? {} : { Transitions: moved }),
  };
}

/** All by the same days, since S3 asks for a distance between them. */
function putOff(moves: readonly Transition[], { readable }: NeededDays, now: number): readonly Transition[] {
  const missing = moves.map((move) => leastDays(move, readable) - (dueIn(move, now) ?? 0));
  const more = Math.max(0, ...missing);
  return moves.map(({ Date: _, ...move }, index) => ({ ...move, Days: (dueIn(moves[index] ?? {}, now) ?? 0) + more }));
}

function leastDays(move: Transition, readable: number): number {
  if (isArchive(move)) return readable;
  return move.Date !== undefined && move.StorageClass?.endsWith("_IA") === true ? leastInfrequentDays : 0;
}

/** Whole days, below zero for a date that is past; null for none. */
function dueIn({ Date: date, Days }: Pick<Transition, "Date" | "Days">, now: number): number | null {
  return date === undefined ? (Days ?? null) : Math.floor((date.getTime() - now) / dayMs);
}
