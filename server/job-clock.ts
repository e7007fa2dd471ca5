import type { Clock } from "./lib/clock.ts";
import type { Job } from "./schedule.ts";
import { clockProblem } from "./store/plausible-clock.ts";
import type { Store } from "./store/store.ts";

/** Time as AWS tells it, as far as it has told any; else that of this machine. */
export function toldClock({ clock }: Pick<Store, "clock">, told: () => number | null): Clock {
  return () => told() ?? clock();
}

/** The job, but not while the clock cannot be right and nobody has told another time: it would judge the wrong days. */
export function withPlausibleClock(
  store: Pick<Store, "catalog" | "clock" | "log">,
  told: () => number | null,
  job: Job,
): Job {
  let silent = false;
  return {
    ...job,
    async work(signal) {
      const problem = told() === null ? await clockProblem(store) : null;
      if (problem === null) {
        silent = false;
        return job.work(signal);
      }
      if (!silent) store.log.warn({ event: "clock-not-plausible", job: job.name });
      silent = true;
    },
  };
}
