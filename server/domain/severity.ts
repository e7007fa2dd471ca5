import { z } from "zod";

/** From least to most grave; the order is the rank. */
export const severities = ["informational", "low", "medium", "high", "critical"] as const;
export const Severity = z.enum(severities);
export type Severity = z.infer<typeof Severity>;

/** 0 for `informational` to 4 for `critical`: for sorting and thresholds. */
export function severityRank(severity: Severity): number {
  return severities.indexOf(severity);
}

export function atLeast(severity: Severity, threshold: Severity): boolean {
  return severityRank(severity) >= severityRank(threshold);
}
