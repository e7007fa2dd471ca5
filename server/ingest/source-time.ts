import type { IngestDeps } from "./options.ts";
import type { Clock } from "../lib/clock.ts";
import { noteFinding } from "../store/catalog/source-findings.ts";
import { clockProblem, requirePlausibleClock } from "../store/plausible-clock.ts";

/** The store as one whose clock is right, as far as a source has told the time. */
export function inSourceTime(deps: IngestDeps): IngestDeps {
  const { sourceTime, store } = deps;
  const clock: Clock = () => sourceTime?.() ?? store.clock();
  return { ...deps, store: { ...store, clock } };
}

const skewMs = 5 * 60_000;

/**
 * Throws `UserError` for a clock that cannot be right while no source tells the time. A clock that the sources contradict is a finding:
 * theirs is taken.
 */
export async function requireClock({ sourceTime, store }: IngestDeps): Promise<void> {
  const [told, own] = [sourceTime?.() ?? null, store.clock()];
  if (told === null) return requirePlausibleClock(store);
  if (Math.abs(own - told) <= skewMs) return;
  const minutes = Math.round((own - told) / 60_000);
  const key = `the clock of this machine is ${Math.abs(minutes)} min ${minutes < 0 ? "behind" : "ahead"}`;
  await noteFinding(store.catalog, { kind: "clock-skew", sourceId: "", key, at: told });
}

/** A clock can go wrong while we run: nothing new is begun then. */
export async function hasClock(given: IngestDeps): Promise<boolean> {
  const { sourceTime, store } = given;
  const isTold = (sourceTime?.() ?? null) !== null;
  if (!isTold && (await clockProblem(store)) !== null) {
    store.log.warn({ event: "clock-not-plausible" });
    return false;
  }
  await requireClock(given);
  return true;
}
