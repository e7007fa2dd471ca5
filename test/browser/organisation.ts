import type { Controls } from "../../server/domain/compliance-answers.ts";
import type {
  CheckRunHead,
  ComplianceHistory,
  ControlResult,
  TargetResult,
  Verdict,
} from "../../server/domain/compliance.ts";
import { type CoveredHour, type HourCoverage, type HourState, sumHours } from "../../server/domain/hour-coverage.ts";
import { aResult, checkReport, withResults } from "../reports/check-document.ts";

const ids = [
  "invocation-logging-enabled",
  "required-modalities-logged",
  "log-group-retention",
  "s3-log-retention",
  "log-destination-reachable",
  "delivery-alive",
  "logs-complete",
  "logging-unbroken",
  "endpoints-covered",
  "log-store-hardened",
] as const;

const regions = Array.from({ length: 17 }, (_, index) => `eu-north-${index + 1}`);
const accounts = Array.from({ length: 10 }, (_, index) => `${111122223333 + index * 1_000}`);

/** A check of ten accounts in seventeen regions under ten controls: each verdict occurs, most are PASS. */
export function organisation(): Controls {
  const targets = accounts.flatMap((account) =>
    regions.map((region): TargetResult => ({ account, region, state: "evaluated", code: null, verdict: "PASS" })),
  );
  const excluded = accounts.map((account): TargetResult => {
    return { account, region: "af-south-1", state: "excluded", code: "region-disabled", verdict: "NOT_APPLICABLE" };
  });
  const results = targets.flatMap(({ account, region }, row) =>
    ids.map((control, column): ControlResult => {
      const verdict = verdictAt(row * ids.length + column);
      const id = `${row}.${column}`.padStart(32, "0");
      return aResult({ id, control, title: control, account, region, verdict, reason: `${control} in ${region}.` });
    }),
  );
  const base = checkReport();
  return {
    controls: ids.map((id) => ({ id, title: id, severity: "high", why: `Why ${id}.` })),
    report: withResults({ ...base, targets: [...targets, ...excluded] }, results),
    newer: null,
    detectionWaivers: null,
  };
}

function verdictAt(place: number): Verdict {
  if (place % 37 === 5) return "FAIL";
  if (place % 53 === 7) return "UNKNOWN";
  return place % 11 === 3 ? "NOT_APPLICABLE" : "PASS";
}

/** A check in which every text that comes from outside is `name`: each kind of result, each state of a target. */
export function named(name: string): Controls {
  const report = checkReport(name);
  const titles = new Map(report.results.map(({ control, title, severity }) => [control, { title, severity }]));
  const told = { id: name, owner: name, reason: name, ticket: name, expires: "2026-12-31", detection: name, covers: 1 };
  const detectionWaivers = { used: [name], expiring: [], expired: [], unused: [], given: [told] };
  const controls = [...titles].map(([id, words]) => ({ id, why: "", ...words }));
  return { controls, report, newer: null, detectionWaivers };
}

/** Runs of each hour, the newest first: the oldest but one was cut short, one was asked something else; two changed a verdict. */
export function history(now: number): ComplianceHistory {
  const { report } = organisation();
  if (report === null) throw new Error("no report");
  const runs = Array.from({ length: 6 }, (_, hours): CheckRunHead => {
    const clock = new Date(now - hours * 3_600_000).toISOString();
    const run = { ...report.run, id: `run-${hours}`, clock, finishedAt: clock, complete: hours !== 4 };
    const verdicts = { ...report.summary.verdicts, FAIL: 10 + hours, UNKNOWN: 2 };
    return {
      run,
      policy: report.policy,
      summary: { ...report.summary, verdicts },
      scope: hours === 2 ? "another" : "all",
      part: hours === 2,
    };
  });
  const common = { scope: "all", account: "111122223333", region: "eu-north-1", resource: "bucket:logs" };
  const at = (hours: number) => ({ runId: `run-${hours}`, at: runs[hours]?.run.clock ?? "" });
  return {
    from: new Date(now - 30 * 86_400_000).toISOString(),
    to: new Date(now).toISOString(),
    runs,
    changes: [
      {
        ...common,
        ...at(0),
        id: "1",
        control: "s3-log-retention",
        change: "resolved",
        by: "aws",
        from: "FAIL",
        to: "PASS",
      },
      {
        ...common,
        ...at(1),
        id: "2",
        control: "logs-complete",
        change: "lost-sight",
        by: null,
        from: "PASS",
        to: "UNKNOWN",
      },
    ],
    truncated: { runs: false, changes: false },
  };
}

/** Seven days of hours of three targets: each state occurs; the first target is whole. */
export function coverage(now: number): HourCoverage {
  const hours = 168;
  const start = Math.floor(now / 3_600_000) * 3_600_000 - hours * 3_600_000;
  const stateAt = (target: number, hour: number): HourState => {
    if (target === 0) return "covered";
    if (hour >= 160) return target === 1 ? "off" : "unknown";
    if (hour >= 90 && hour < 93) return "hole";
    if (hour === 40) return "short";
    return hour < 20 ? "no-traffic" : "covered";
  };
  const targets = ["eu-north-1", "eu-north-2", "eu-north-3"].map((region, target) => {
    const own = Array.from({ length: hours }, (_, hour): CoveredHour => {
      const state = stateAt(target, hour);
      const expected = state === "unknown" || state === "off" ? null : state === "no-traffic" ? 0 : 10;
      const stored = state === "covered" ? 10 : state === "short" ? 4 : state === "unknown" ? null : 0;
      return { at: new Date(start + hour * 3_600_000).toISOString(), state, expected, stored };
    });
    return {
      account: "111122223333",
      region,
      checkedAt: new Date(now).toISOString(),
      callsUnread: null,
      readFrom: null,
      readThrough: new Date(start + 160 * 3_600_000).toISOString(),
      sums: sumHours(own),
      hours: own,
    };
  });
  return {
    from: new Date(start).toISOString(),
    to: new Date(start + hours * 3_600_000).toISOString(),
    targets,
    sums: sumHours(targets.flatMap((target) => target.hours)),
    total: targets.length,
    next: null,
  };
}
