import { type DecidingRule, type Judgement, notApplicable } from "./control.ts";
import type { LoggingConfig } from "./facts.ts";

/** Nothing to say of a store where none is named; null: at least one is. */
export function loggingOff(config: LoggingConfig): Judgement | null {
  const isOff = config.s3 === null && config.cloudWatch === null;
  return isOff ? notApplicable("logging-off", "Logging is off.", { decidedBy: destinationsIn(config) }) : null;
}

/** What the configuration names, as the setting that decides. */
export function destinationsIn({ cloudWatch, s3, set }: LoggingConfig): DecidingRule {
  return { set, s3, cloudWatch };
}
