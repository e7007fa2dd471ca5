import type { FindingPage } from "../domain/api.ts";
import type { TriagedFinding } from "../domain/finding.ts";
import type { ReportDocument, ReportedFinding } from "../domain/report.ts";
import { severities } from "../domain/severity.ts";

/** What a report tells of the open findings of its window: all but their evidence, which can quote content. */
export function findingsOf(page: FindingPage, from: string): ReportDocument["findings"] {
  return {
    judged: page.detections,
    counts: severities.toReversed().flatMap((severity) => {
      const states = page.counts[severity];
      if (states === undefined) return [];
      const of = (state: keyof typeof states) => states[state] ?? 0;
      return [
        {
          severity,
          open: of("new") + of("in_progress"),
          fresh: page.fresh[severity] ?? 0,
          resolved: of("resolved"),
          withdrawn: of("withdrawn"),
        },
      ];
    }),
    rows: page.items.map((finding) => reported(finding, from)),
    more: page.total.value - page.items.length,
  };
}

function reported(finding: TriagedFinding, from: string): ReportedFinding {
  const { id, detectionId, title, severity, subject, state, firstSeen, lastSeen, records, costUsd, summary } = finding;
  const isNew = Date.parse(firstSeen) >= Date.parse(from);
  return { id, detectionId, title, severity, subject, state, isNew, firstSeen, lastSeen, records, costUsd, summary };
}
