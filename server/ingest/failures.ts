import type { UnitState } from "../domain/coverage.ts";
import { toldRefusal } from "../domain/refusal.ts";
import { errorCode } from "../lib/errors.ts";
import type { UnitDamage } from "./protocol.ts";
import { SourceError, type SourceErrorClass } from "../sources/source.ts";

/** What is written into the ledger about a unit that could not be read. */
export interface UnitFailure {
  readonly state: UnitState;
  readonly code: string;
  /** Our words, never those of a service or a parser. */
  readonly error: string;
  readonly nextAttemptAt: number | null;
  /** Transport errors count no attempt: they are tried without limit. */
  readonly counted: boolean;
  readonly bytes?: number;
}

const [second, minute, hour, day] = [1_000, 60_000, 3_600_000, 86_400_000];

/** Full jitter between 0 and 1 s, 2 s, 4 s … 5 min; `chance` is in [0, 1). */
export function backoffMs(failures: number, chance: number): number {
  return Math.ceil(chance * Math.min(5 * minute, second * 2 ** Math.min(failures, 20)));
}

const deniedAfter = [5 * minute, hour, 6 * hour];
const damagedAfter = [minute, 10 * minute, 2 * hour, day];

/** Attempts of a damaged unit before what is readable of it is taken. */
export const wholeAttempts = damagedAfter.length;

function step(delays: readonly number[], attempts: number): number {
  return delays[Math.min(attempts, delays.length - 1)] ?? day;
}

export interface FailureContext {
  readonly now: number;
  /** Attempts before this one. */
  readonly attempts: number;
  /** Transport failures in a row, with this one. */
  readonly failures: number;
  readonly chance: number;
}

/** The source did not give the unit. */
export function sourceFailure(error: unknown, { attempts, chance, failures, now }: FailureContext): UnitFailure {
  const errorClass = error instanceof SourceError ? error.class : "transport";
  const code = errorCode(error);
  switch (errorClass) {
    case "refused":
      return failure(
        "denied",
        code,
        `Reading it was refused: ${toldRefusal(code)}.`,
        now + step(deniedAfter, attempts),
        true,
      );
    case "archived":
      return failure("archived", code, "It is archived; nothing restores it by itself.", now + day, true);
    case "gone":
      return failure("vanished", code, "It was listed, then gone.", null, true);
    case "replaced":
      return failure("replaced", code, "It was overwritten before it was read.", null, true);
    default:
      return failure("listed", code, "It did not come whole.", now + backoffMs(failures, chance), false);
  }
}

/** The unit came, and it is damaged or over a limit. */
export function damageFailure({ at, code, state }: UnitDamage, { attempts, now }: FailureContext): UnitFailure {
  if (state === "oversize") return failure(state, code, `It is over the limit of ${code}.`, null, true);
  const next = now + step(damagedAfter, attempts);
  return { ...failure(state, code, `It is damaged from compressed byte ${at} on.`, next, true), bytes: at };
}

const bodyAfter = [minute, 10 * minute, hour, 6 * hour, day];
const bodyAwaitedMs = 14 * day;

/** A body that its record names did not come. It is waited for until the 14th day after it was first asked for. */
export function bodyFailure(
  outcome: "corrupt" | "oversize" | SourceErrorClass,
  code: string,
  { attempts, chance, now, seenAt }: Omit<FailureContext, "failures"> & { readonly seenAt: number },
): UnitFailure {
  switch (outcome) {
    case "gone": {
      const next = now + step(bodyAfter, attempts);
      if (next - seenAt <= bodyAwaitedMs) return failure("listed", code, "It is not there yet.", next, true);
      return failure("vanished", code, "It never came.", null, true);
    }
    case "oversize":
    case "too-large":
      return failure("oversize", code, "It is over the limit of a body.", null, true);
    case "corrupt":
      if (attempts >= wholeAttempts) return failure("partial", code, "It is damaged.", null, true);
      return failure("corrupt", code, "It is damaged.", now + step(damagedAfter, attempts), true);
    case "refused":
    case "archived":
    case "transport":
    case "throttle":
    case "replaced":
    case "wrong-region":
      return sourceFailure(new SourceError(retried(outcome), code, ""), { now, attempts, failures: 20, chance });
  }
}

function retried(outcome: SourceErrorClass): SourceErrorClass {
  return outcome === "refused" || outcome === "archived" ? outcome : "transport";
}

function failure(
  state: UnitState,
  code: string,
  error: string,
  nextAttemptAt: number | null,
  counted: boolean,
): UnitFailure {
  return { state, code, error, nextAttemptAt, counted };
}
