import {
  type CheckReport,
  type ControlResult,
  shownVerdict,
  type ShownVerdict,
} from "../../server/domain/compliance.ts";
import { accountResults } from "../../server/controls/summary.ts";
import { atLeast } from "../../server/domain/severity.ts";
import type { CheckRenderOptions } from "../../server/reports/check-format.ts";

export const plainOptions: CheckRenderOptions = {
  color: false,
  quiet: false,
  verbose: false,
  newOnly: false,
  failOn: "high",
  policyPlace: null,
};

/** A result as a control gives it; the texts that come from AWS or a file are `name`. */
export function aResult(over: Partial<ControlResult>, name = "logs"): ControlResult {
  return {
    id: "0".repeat(32),
    control: "s3-log-retention",
    title: "Logs in S3 are kept",
    account: "111122223333",
    region: "us-east-1",
    resource: `bucket:${name}`,
    verdict: "PASS",
    severity: "high",
    code: "kept",
    reason: `Bucket ${name} keeps records for ever.`,
    keptDays: "forever",
    readableDays: "forever",
    notes: [],
    gaps: [],
    decidedBy: null,
    waiver: null,
    baseline: null,
    drift: null,
    frameworks: [],
    unread: [],
    remediation: null,
    evidence: [],
    ...over,
  };
}

const waiver = (name: string) => ({
  id: "W-2026-014",
  owner: "alice@example.com",
  reason: `Blocked by ${name}`,
  ticket: "SEC-881",
  expires: "2026-12-31",
});

/** One of each kind: every verdict, a waiver, a baseline, gaps, drift, frameworks, evidence. */
function results(name: string): readonly ControlResult[] {
  const frameworks = [
    { framework: "CIS v8", requirement: "8.10", summary: "Retain audit logs" },
    { framework: "EU AI Act", requirement: "19(1)", summary: "Keep logs" },
  ];
  return [
    aResult({
      id: "1".repeat(32),
      control: "invocation-logging-enabled",
      title: "Model invocation logging is enabled",
      resource: "model-invocation-logging",
      code: "on",
      reason: `Logging is on: ${name}.`,
      keptDays: null,
      readableDays: null,
      frameworks,
    }),
    aResult(
      {
        id: "2".repeat(32),
        verdict: "FAIL",
        code: "short",
        reason: `Bucket ${name} keeps records 7 days, needed 30: rule "tidy" ends it.`,
        keptDays: 7,
        readableDays: 7,
        notes: [{ level: "warn", code: "readable-short", text: `Rule ${name} hides them sooner.` }],
        frameworks,
        drift: {
          change: "regressed",
          by: "aws",
          facts: [
            { path: "s3Store.lifecycle.Rules.0.Expiration.Days", old: 90, new: 7 },
            { path: "s3Store.lifecycle.Rules.0.ID", old: null, new: name },
          ],
        },
        remediation: `aws s3api put-bucket-lifecycle-configuration --bucket ${name}`,
        evidence: [
          {
            fact: "s3Store.lifecycle",
            service: "s3",
            operation: "GetBucketLifecycleConfiguration",
            region: "us-east-1",
            account: "111122223333",
            caller: "arn:aws:iam::111122223333:user/auditor",
            requestId: "REQUEST1",
            httpStatus: 200,
            earlierRequestIds: [],
            at: "2026-09-15T12:00:01.000Z",
            errorCode: null,
            errorClass: null,
            fields: { rules: [name] },
            sha256: "a".repeat(64),
          },
        ],
      },
      name,
    ),
    aResult({
      id: "3".repeat(32),
      control: "log-store-hardened",
      title: "Log stores are hardened",
      resource: `log-group:/b/${name}`,
      verdict: "FAIL",
      severity: "critical",
      code: "public",
      reason: `Bucket ${name} is public.`,
      keptDays: null,
      readableDays: null,
      baseline: { since: "2026-08-01", expires: "2026-10-30" },
    }),
    aResult({
      id: "4".repeat(32),
      control: "logging-unbroken",
      title: "Logging was never off",
      resource: "model-invocation-logging",
      verdict: "FAIL",
      code: "gap",
      reason: "240 invocations unlogged.",
      keptDays: null,
      readableDays: null,
      gaps: [
        {
          from: "2026-09-03T12:00:00.000Z",
          to: "2026-09-03T15:00:00.000Z",
          kind: "off",
          invocations: 240,
          isAtMost: true,
          actor: `arn:aws:iam::111122223333:user/${name}`,
        },
        {
          from: "2026-09-05T12:00:00.000Z",
          to: "2026-09-05T13:00:00.000Z",
          kind: "content",
          invocations: 12,
          isAtMost: false,
          actor: null,
        },
      ],
      waiver: waiver(name),
    }),
    aResult({
      id: "5".repeat(32),
      account: "444455556666",
      region: "eu-west-1",
      verdict: "UNKNOWN",
      code: "permission",
      reason: "s3Store.lifecycle could not be read: AccessDenied (permission). Grant s3:GetLifecycleConfiguration.",
      keptDays: null,
      readableDays: null,
      unread: [{ fact: "s3Store", class: "permission" }],
    }),
    aResult({
      id: "6".repeat(32),
      account: "444455556666",
      region: "eu-west-1",
      control: "log-group-retention",
      title: "Logs in CloudWatch are kept",
      resource: "model-invocation-logging",
      verdict: "NOT_APPLICABLE",
      code: "no-cloudwatch",
      reason: "No CloudWatch destination.",
      keptDays: null,
      readableDays: null,
    }),
  ];
}

export function checkReport(name = "logs", over: readonly ControlResult[] = results(name)): CheckReport {
  const place = { verdict: "NOT_APPLICABLE", state: "excluded" } as const;
  return withResults(
    {
      schemaVersion: 1,
      run: {
        id: "01K55ZZZZZ0000000000000000",
        startedAt: "2026-09-15T12:00:00.000Z",
        finishedAt: "2026-09-15T12:00:08.000Z",
        clock: "2026-09-15T12:00:00.000Z",
        complete: true,
        exitCode: 1,
        caller: "arn:aws:iam::111122223333:user/auditor",
        tool: "bedrock-audit 0.1.0",
        catalogueDate: "2026-11-01",
      },
      policy: {
        name,
        sha256: "b".repeat(64),
        settings: {
          minimumDays: 30,
          controls: { "delivery-alive": { enabled: false }, "logs-complete": { severity: "low" } },
        },
      },
      window: { from: "2026-08-16T11:00:00.000Z", to: "2026-09-15T11:00:00.000Z" },
      targets: [
        { account: "111122223333", region: "us-east-1", state: "evaluated", code: null, verdict: "FAIL" },
        { ...place, account: "111122223333", region: "af-south-1", code: "region-disabled" },
        { account: "444455556666", region: "eu-west-1", state: "unknown", code: "permission", verdict: "UNKNOWN" },
        { ...place, account: "444455556666", region: "me-south-1", state: "not-applicable", code: "no-endpoint" },
      ],
      results: [],
      waivers: {
        used: ["W-2026-014"],
        expiring: [],
        expired: [name],
        unused: ["W-2026-002"],
        given: [
          { ...waiver(name), control: "logging-unbroken" },
          { ...waiver(name), id: name, control: "s3-log-retention", expires: "2026-09-01" },
          { ...waiver(name), id: "W-2026-002", control: "delivery-alive", reason: `Moved from ${name}` },
        ],
      },
      previous: { id: "01K52000000000000000000000", clock: "2026-09-14T12:00:00.000Z" },
      targetsGone: [{ account: "444455556666", region: "ap-south-1", reason: "region-disabled", verdict: "PASS" }],
      manifestSha256: null,
      published: null,
    },
    over,
  );
}

/** The report with these results, its counts made anew. */
export function withResults(
  report: Omit<CheckReport, "summary" | "accounts">,
  over: readonly ControlResult[],
): CheckReport {
  const count = (verdict: ShownVerdict) => over.filter((result) => shownVerdict(result) === verdict).length;
  const state = (wanted: string) => report.targets.filter((target) => target.state === wanted).length;
  return {
    ...report,
    results: [...over],
    summary: {
      verdict: "FAIL",
      verdicts: {
        FAIL: count("FAIL"),
        UNKNOWN: count("UNKNOWN"),
        PASS: count("PASS"),
        NOT_APPLICABLE: count("NOT_APPLICABLE"),
        WAIVED: count("WAIVED"),
      },
      failAtOrAbove: over.filter(
        (it) => shownVerdict(it) === "FAIL" && it.baseline === null && atLeast(it.severity, "high"),
      ).length,
      allowedUnknown: 0,
      targets: {
        total: report.targets.length,
        evaluated: state("evaluated"),
        unknown: state("unknown"),
        notApplicable: state("not-applicable"),
        excluded: state("excluded"),
      },
    },
    accounts: accountResults(report.targets),
  };
}
