import type { Finding } from "../domain/finding.ts";
import { severityRank, type Severity } from "../domain/severity.ts";
import { gapMs } from "../lib/spans.ts";

/** When a finding is graver beside another one: what the detection says of itself. */
export interface EscalationRule {
  readonly to: Severity;
  readonly anyOf: readonly string[];
  readonly withinHours: number;
}

const hourMs = 3_600_000;

/** Raises findings that stand beside others of the same subject, and names those as related. Order changes nothing. */
export function escalated(
  findings: readonly Finding[],
  rulesOf: (detectionId: string) => readonly EscalationRule[],
): readonly Finding[] {
  return findings.map((finding) => {
    const reached = rulesOf(finding.detectionId).map((rule) => ({
      rule,
      links: findings.filter((other) => isLink(rule, finding, other)),
    }));
    const raising = reached.filter(({ links }) => links.length > 0);
    if (raising.length === 0) return finding;
    const severity = raising.reduce((gravest, { rule }) => graver(gravest, rule.to), finding.severity);
    const related = [
      ...new Set([...finding.related, ...raising.flatMap(({ links }) => links.map(({ id }) => id))]),
    ].sort();
    return { ...finding, severity, related };
  });
}

function isLink({ anyOf, withinHours }: EscalationRule, finding: Finding, other: Finding): boolean {
  return (
    anyOf.includes(other.detectionId) &&
    other.subject === finding.subject &&
    gapMs(finding, other) <= withinHours * hourMs
  );
}

function graver(a: Severity, b: Severity): Severity {
  return severityRank(b) > severityRank(a) ? b : a;
}
