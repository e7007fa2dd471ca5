import type { Finding } from "./domain/finding.ts";
import type { Detection } from "./detections/detection-rule.ts";
import { mappings } from "./detections/mappings.ts";
import type { JudgedHit } from "./detections/run-rule.ts";
import { findingId } from "./findings/identity.ts";
import { sha256Hex } from "./lib/hash.ts";

type Speaker = Pick<Detection, "id" | "version" | "settings" | "title" | "severity">;

/** What the rule has to say of a hit, before other findings are looked at. */
export function findingOf(rule: Speaker, { hit, support, evidence }: JudgedHit): Finding {
  return {
    id: findingId(rule.id, hit.subject, hit.bucket),
    detectionId: rule.id,
    ruleVersion: rule.version,
    configHash: sha256Hex(`${rule.id}@${String(rule.version)} ${rule.settings}`).slice(0, 16),
    title: rule.title,
    severity: hit.severity ?? rule.severity,
    subject: hit.subject,
    bucket: hit.bucket,
    firstSeen: hit.firstSeen,
    lastSeen: hit.lastSeen,
    records: support.records,
    costUsd: support.costUsd,
    outcomes: support.outcomes,
    scanned: { of: support.records, records: support.scanned },
    reach: support.reach,
    evidence: [...evidence],
    related: [],
    mappings: [...(mappings.get(rule.id) ?? [])],
    summary: hit.summary,
  };
}
