import { FixedOffsetZone, IANAZone } from "luxon";
import { UserError } from "./errors.ts";

const minute = 60_000;
const day = 86_400_000;

/** Minutes east of UTC at an instant; a clock that goes back gives some local times twice, one that goes forward leaves some out. */
export interface TimeZone {
  readonly name: string;
  offsetMs(instant: number): number;
}

const known = new Map<string, TimeZone>();

/** @throws {UserError} for a name that the time zone data does not have. */
export function timeZone(name: string): TimeZone {
  const cached = known.get(name);
  if (cached !== undefined) return cached;
  if (!IANAZone.isValidZone(name)) {
    throw new UserError("The time zone is not known.", "Name an IANA zone such as Europe/Berlin or UTC.");
  }
  // The most asked for, and the only one that needs no calendar.
  const rules = name === "UTC" ? FixedOffsetZone.utcInstance : IANAZone.create(name);
  const zone: TimeZone = { name, offsetMs: (instant) => rules.offset(instant) * minute };
  known.set(name, zone);
  return zone;
}

/** Local wall-clock time as milliseconds, as if it were UTC. */
export function toLocal(zone: TimeZone, instant: number): number {
  return instant + zone.offsetMs(instant);
}

/** The first instant whose wall clock shows `local` (as if it were UTC) or, where the clock jumps over it, the instant of the jump. */
export function firstInstant(zone: TimeZone, local: number): number {
  const before = zone.offsetMs(local - day);
  const after = zone.offsetMs(local + day);
  const candidates = [local - before, local - after].sort((a, b) => a - b);
  return candidates.find((instant) => toLocal(zone, instant) === local) ?? nextChange(zone, local - day, local + day);
}

/** The first instant after `from` with another offset than at `from`; `to` when the offset is the same throughout. */
export function nextChange(zone: TimeZone, from: number, to: number): number {
  const offset = zone.offsetMs(from);
  if (zone.offsetMs(to) === offset) return to;
  let same = from;
  let other = to;
  while (other - same > 1) {
    const middle = Math.floor((same + other) / 2);
    if (zone.offsetMs(middle) === offset) same = middle;
    else other = middle;
  }
  return other;
}
