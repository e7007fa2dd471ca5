import type { CheckReport, Verdict } from "../domain/compliance.ts";
import type { ReportDocument } from "../domain/report.ts";
import { severityRank } from "../domain/severity.ts";
import { maxRows } from "./measures.ts";

const told: readonly Verdict[] = ["FAIL", "UNKNOWN"];

/** FAIL before UNKNOWN, then the gravest; what the check said stays in its own order. */
export function controlsOf(check: CheckReport): NonNullable<ReportDocument["controls"]> {
  const bad = check.results
    .filter(({ verdict }) => told.includes(verdict))
    .toSorted(
      (a, b) =>
        told.indexOf(a.verdict) - told.indexOf(b.verdict) || severityRank(b.severity) - severityRank(a.severity),
    );
  const { total, evaluated } = check.summary.targets;
  return {
    checkedAt: check.run.finishedAt,
    complete: check.run.complete,
    verdicts: check.summary.verdicts,
    targets: { total, evaluated },
    rows: bad.slice(0, maxRows).map(({ verdict, severity, control, title, account, region, resource, reason }) => ({
      verdict,
      severity,
      control,
      title,
      account,
      region,
      resource,
      reason,
    })),
    more: Math.max(0, bad.length - maxRows),
  };
}
