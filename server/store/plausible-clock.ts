import { UserError } from "../lib/errors.ts";
import { isoTime } from "../lib/time.ts";
import type { Store } from "./store.ts";

const [hourMs, dayMs] = [3_600_000, 86_400_000];
/** No right clock shows a time before this program was written. */
const writtenAt = Date.UTC(2026, 0, 1);

/** Whether a clock that no one else's time confirms can be right, seen from the last commit (ms; null: there is none). */
export function isPlausible(now: number, lastCommitAt: number | null): boolean {
  if (now < writtenAt) return false;
  return lastCommitAt === null || (now >= lastCommitAt - hourMs && now <= lastCommitAt + 366 * dayMs);
}

/** Our words for a clock that cannot be right; null when it may be. */
export async function clockProblem({ catalog, clock }: Pick<Store, "catalog" | "clock">): Promise<string | null> {
  const now = clock();
  const { at } = await catalog
    .selectFrom("commits")
    .select(({ fn }) => fn.max<number | null>("at").as("at"))
    .executeTakeFirstOrThrow();
  return isPlausible(now, at) ? null : `clock not plausible: ${isoTime(now)}`;
}

/** Throws `UserError`, exit code 3: what a job would write or delete by such a clock would be wrong. Reading needs no clock. */
export async function requirePlausibleClock(store: Pick<Store, "catalog" | "clock">): Promise<void> {
  const problem = await clockProblem(store);
  if (problem !== null)
    throw new UserError(problem, "Set the clock of this machine; what is stored stays readable.", { exitCode: 3 });
}
