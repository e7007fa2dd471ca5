import type { CheckReport } from "../domain/compliance.ts";
import { safeJson } from "../lib/safe-json.ts";

/** The report itself, on one line. */
export function checkJson(report: CheckReport): string {
  return `${safeJson(report)}\n`;
}
