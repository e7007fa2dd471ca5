import { setTimeout as sleepFor } from "node:timers/promises";
import { errorCode, stackFrames, UserError } from "./lib/errors.ts";
import type { Log } from "./lib/log.ts";

export interface Job {
  /** Fixed word, named in the log when it fails. */
  readonly name: string;
  readonly everyMs: number;
  readonly work: (signal: AbortSignal) => Promise<void>;
}

/** Does the job now and again after each pause, until the signal. A failure is logged and does not end it. */
export async function repeat(job: Job, log: Log, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await job.work(signal);
    } catch (error) {
      if (!signal.aborted) tell(job, log, error);
    }
    await sleepFor(job.everyMs, undefined, { signal }).catch(() => undefined);
  }
}

function tell({ name }: Job, log: Log, error: unknown): void {
  const frames = error instanceof UserError ? {} : { frames: stackFrames(error) };
  log.warn({ event: "job-failed", job: name, code: errorCode(error), ...frames });
}
