import { ReportDocument, type Compared } from "../../server/domain/report.ts";

const compared = (calls: number, cost: number | null, before: number): Compared => ({
  values: { invocations: calls, totalTokens: calls * 1500, costUsd: cost, errors: 3 },
  previous: { invocations: before, totalTokens: before * 1500, costUsd: before / 100, errors: 0 },
});

/** A report written by hand; with `name` in each place that data can reach. */
export function handMade(name: string | null = null): ReportDocument {
  const say = (plain: string) => name ?? plain;
  const document = {
    schemaVersion: 1,
    report: {
      id: "weekly-security",
      title: say("Bedrock audit, weekly"),
      filters: [{ field: "account", op: "in", values: [say("111122223333").slice(0, 200)] }],
    },
    run: {
      id: "r_abcdefghijklmnopqrstuvwxyz",
      renderedAt: "2026-11-24T09:02:00.000Z",
      version: "0.1.0",
      snapshot: 12,
      asOf: "2026-11-24T09:01:00.000Z",
      priceBook: { version: "0123456789abcdef", date: "2026-11-20" },
    },
    window: { from: "2026-11-15T23:00:00.000Z", to: "2026-11-22T23:00:00.000Z", timeZone: "Europe/Berlin" },
    previous: { from: "2026-11-08T23:00:00.000Z", to: "2026-11-15T23:00:00.000Z" },
    marks: ["DEMO DATA", "PROVISIONAL"],
    provisional: [say("111122223333/us-east-1 is read through 2026-11-22T22:58:00.000Z")],
    verdict: {
      evaluated: true,
      text: "open findings: 1 high (1 new), 1 control FAIL, 1 UNKNOWN, 0 of 1 targets read to the end.",
    },
    evidence: {
      targets: [
        {
          accountId: "111122223333",
          region: "us-east-1",
          readThrough: "2026-11-22T22:58:00.000Z",
          readShare: 0.9998,
          previousReadShare: 1,
          hole: { from: "2026-11-22T22:58:00.000Z", reason: say("objects wait to be read") },
          exceptions: 0,
        },
      ],
      unread: [{ place: say("s3://quillmoor-logs/bedrock/"), state: "denied", reason: say("AccessDenied") }],
      counts: { read: 1290, stored: 1284, duplicates: 4, quarantined: 1, ignored: 1 },
      windowCounts: { read: 645, stored: 642, duplicates: 2, quarantined: 1, ignored: 0 },
      lawHolds: true,
      quarantine: [{ reason: "not-json", entries: 1 }],
    },
    findings: {
      judged: { ran: 16, at: "2026-11-23T00:05:00.000Z" },
      counts: [{ severity: "high", open: 1, fresh: 1, resolved: 2, withdrawn: 0 }],
      rows: [
        {
          id: "0123456789abcdef0123456789abcdef",
          detectionId: "model-sweep",
          title: "One caller tries many models",
          severity: "high",
          subject: say("111122223333/user/petra"),
          state: "new",
          isNew: true,
          firstSeen: "2026-11-17T03:12:00.000Z",
          lastSeen: "2026-11-17T03:19:00.000Z",
          records: 41,
          costUsd: 0.00004,
          summary: say("41 calls of 14 models in 7 minutes."),
        },
      ],
      more: 3,
    },
    controls: {
      checkedAt: "2026-11-23T06:00:00.000Z",
      complete: true,
      verdicts: { FAIL: 1, UNKNOWN: 1, PASS: 22, NOT_APPLICABLE: 4, WAIVED: 0 },
      targets: { total: 7, evaluated: 6 },
      rows: [
        {
          verdict: "FAIL",
          severity: "high",
          control: "invocation-logging-enabled",
          title: "Model invocation logging is enabled",
          account: "111122223333",
          region: "eu-west-1",
          resource: say("eu-west-1"),
          reason: say("Logging is off; 7 invocations are not recorded."),
        },
        {
          verdict: "UNKNOWN",
          severity: "high",
          control: "s3-log-retention",
          title: "Logs in S3 are kept long enough",
          account: "444455556666",
          region: "us-east-1",
          resource: say("quillmoor-logs"),
          reason: say("lifecycle could not be read: AccessDenied"),
        },
      ],
      more: 0,
    },
    usage: {
      comparable: true,
      totals: {
        values: {
          invocations: 642,
          principals: 9,
          newPrincipals: 1,
          models: 3,
          newModels: 0,
          errors: 3,
          errorRate: 3 / 642,
          interventions: 0,
          inputTokens: 642_000,
          outputTokens: 321_000,
          cacheReadTokens: 0,
          cacheWriteTokens: 0,
          totalTokens: 963_000,
          costUsd: 6.741,
          pricedShare: 0.99999,
          detected: 0,
          otherRegionShare: 0.25,
          notRecordedShare: null,
          regionalPremiumUsd: 0.00001,
        },
        previous: {
          invocations: 600,
          principals: 9,
          newPrincipals: 0,
          models: 3,
          newModels: 0,
          errors: 0,
          errorRate: 0,
          interventions: 0,
          inputTokens: 600_000,
          outputTokens: 300_000,
          cacheReadTokens: 0,
          cacheWriteTokens: 0,
          totalTokens: 900_000,
          costUsd: 6.3,
          pricedShare: 1,
          detected: 0,
          otherRegionShare: 0,
          notRecordedShare: null,
          regionalPremiumUsd: 0,
        },
      },
      breakdowns: [
        {
          dimension: "model",
          rows: [
            { key: say("anthropic.claude-sonnet-4-5-20250929-v1:0"), other: false, ...compared(500, 6, 450) },
            { key: null, other: false, ...compared(2, null, 0) },
            { key: null, other: true, ...compared(140, 0.741, 150) },
          ],
          otherGroups: 4,
        },
        {
          dimension: "endpointType",
          rows: [{ key: "global", other: false, ...compared(642, 6.741, 600) }],
          otherGroups: 0,
        },
        { dimension: "region", rows: [], otherGroups: 0 },
      ],
      movers: [
        { measure: "costUsd", dimension: "principal", key: say("111122223333/role/app"), now: 5, before: 2.5 },
        { measure: "invocations", dimension: "principal", key: null, now: 12, before: 0 },
      ],
    },
    method: ["The window is half-open: its start is in, its end is not."],
  };
  return ReportDocument.parse(document);
}
