import type { Finding } from "../../server/domain/finding.ts";
import { findingId } from "../../server/findings/identity.ts";

/** Noon of the tests. */
export const now = Date.UTC(2026, 10, 20, 12);

/** A finding whose id is that of its detection, subject and bucket. */
export function aFinding(over: Partial<Finding> = {}): Finding {
  const { bucket = "2026-11-03", detectionId = "model-sweep", subject = "111122223333/role/scanner" } = over;
  return {
    id: findingId(detectionId, subject, bucket),
    detectionId,
    ruleVersion: 1,
    configHash: "c",
    title: "t",
    severity: "high",
    subject,
    bucket,
    firstSeen: "2026-11-03T10:00:00.000Z",
    lastSeen: "2026-11-03T11:00:00.000Z",
    records: 3,
    costUsd: null,
    outcomes: {},
    scanned: { of: 3, records: 3 },
    reach: null,
    evidence: [],
    related: [],
    mappings: [],
    summary: "s",
    ...over,
  };
}
