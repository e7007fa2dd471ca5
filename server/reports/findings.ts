import type { FindingPage } from "../domain/finding-answers.ts";
import type { DetectionWaivers, TriagedFinding } from "../domain/finding.ts";
import type { ReportDocument, ReportedFinding } from "../domain/report.ts";
import { severities } from "../domain/severity.ts";

/** What a report tells of the open findings of its window: all but their evidence, which can quote content. */
export function findingsOf(
  page: FindingPage,
  from: string,
  waivers: DetectionWaivers | null,
): ReportDocument["findings"] {
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
          waived: of("waived"),
        },
      ];
    }),
    rows: page.items.map((finding) => reported(finding, from)),
    more: page.total.value - page.items.length,
    waivers: waivers === null ? [] : waiverRows(waivers),
  };
}

const waiverStates = ["expired", "expiring", "unused", "used"] as const;

/** Each once, what needs a person first: one that expires soon is in force too. */
function waiverRows(waivers: DetectionWaivers): ReportDocument["findings"]["waivers"] {
  const given = new Map(waivers.given.map((waiver) => [waiver.id, waiver]));
  const stateOf = new Map<string, (typeof waiverStates)[number]>();
  for (const state of waiverStates) for (const id of waivers[state]) if (!stateOf.has(id)) stateOf.set(id, state);
  return [...stateOf].flatMap(([id, state]) => {
    const told = given.get(id);
    if (told === undefined) return [];
    const { covers, expires, owner, reason, ticket } = told;
    return [{ id, state, covers, owner, reason, ticket, expires }];
  });
}

function reported(finding: TriagedFinding, from: string): ReportedFinding {
  const { id, detectionId, title, severity, subject, state, firstSeen, lastSeen, records, costUsd, summary } = finding;
  const isNew = Date.parse(firstSeen) >= Date.parse(from);
  return { id, detectionId, title, severity, subject, state, isNew, firstSeen, lastSeen, records, costUsd, summary };
}
