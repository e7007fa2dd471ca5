import { type Judgement, notApplicable } from "./control.ts";
import type { LoggingConfig } from "./facts.ts";

/** Nothing to say of a store where none is named; null: at least one is. */
export function loggingOff({ cloudWatch, s3 }: LoggingConfig): Judgement | null {
  return s3 === null && cloudWatch === null ? notApplicable("logging-off", "Logging is off.") : null;
}
