import type { ReportDocument } from "../domain/report.ts";
import type { NewReportRun } from "../store/catalog/report-runs.ts";

/** What the catalog keeps of a report that was made. */
export function runOf({ evidence, report, run, window }: ReportDocument): NewReportRun {
  return {
    id: run.id,
    reportId: report.id,
    title: report.title,
    from: Date.parse(window.from),
    to: Date.parse(window.to),
    renderedAt: Date.parse(run.renderedAt),
    snapshot: run.snapshot,
    targets: evidence.targets,
  };
}
