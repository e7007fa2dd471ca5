import { type DecidingRule, type Judgement, notApplicable } from "./control.ts";
import type { LoggingConfig } from "./facts.ts";

/** No destination is named: nothing is written. */
export function isLoggingOff({ cloudWatch, s3 }: LoggingConfig): boolean {
  return s3 === null && cloudWatch === null;
}

/** Nothing to say of a store where none is named; null: at least one is. */
export function loggingOff(config: LoggingConfig): Judgement | null {
  return isLoggingOff(config)
    ? notApplicable("logging-off", "Logging is off.", { decidedBy: destinationsIn(config) })
    : null;
}

/** What the configuration names, as the setting that decides. */
export function destinationsIn({ cloudWatch, s3, set }: LoggingConfig): DecidingRule {
  return { set, s3, cloudWatch };
}
