import type { Clock } from "./lib/clock.ts";
import { errorCode } from "./lib/errors.ts";
import type { Job } from "./schedule.ts";
import { noteUpkeep, reasonOf, type UpkeepReason, type UpkeepTask } from "./store/catalog/upkeep.ts";
import { clockProblem } from "./store/plausible-clock.ts";
import type { Store } from "./store/store.ts";

/** Time as AWS tells it, as far as it has told any; else that of this machine. */
export function toldClock({ clock }: Pick<Store, "clock">, told: () => number | null): Clock {
  return () => told() ?? clock();
}

/** A job of which the store tells while it fails. */
export interface ToldJob extends Omit<Job, "work"> {
  readonly name: UpkeepTask;
  /** False: there was nothing to do, or it is not the time for it. */
  readonly work: (signal: AbortSignal) => Promise<boolean>;
}

/**
 * The job, but not while the clock cannot be right and nobody has told another time: it would judge the wrong days. That it was refused, or
 * has failed, stands in the store until it succeeds.
 */
export function withPlausibleClock(
  store: Pick<Store, "catalog" | "clock" | "log">,
  told: () => number | null,
  job: ToldJob,
): Job {
  let silent = false;
  const tell = (reason: UpkeepReason | null) =>
    noteUpkeep(store, job.name, reason).catch((error: unknown) =>
      store.log.warn({ event: "upkeep-untold", task: job.name, code: errorCode(error) }),
    );

  async function refuse(why: string): Promise<void> {
    if (silent) return;
    silent = true;
    store.log.warn({ event: "clock-not-plausible", job: job.name });
    await tell({ why, remedy: "Set the clock of this machine." });
  }

  return {
    ...job,
    async work(signal) {
      const problem = told() === null ? await clockProblem(store) : null;
      if (problem !== null) return refuse(problem);
      silent = false;
      try {
        if (await job.work(signal)) await tell(null);
      } catch (error) {
        if (!signal.aborted) await tell(reasonOf(error));
        throw error;
      }
    },
  };
}
