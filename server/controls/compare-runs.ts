import type { CheckReport } from "../domain/compliance.ts";
import type { RunSnapshot } from "./check-report.ts";
import { type Catalog, lastOfScope } from "./check-runs.ts";
import { withDrift } from "./drift.ts";
import { judgeTarget, type Judging } from "./target-snapshot.ts";

export interface ComparedRun {
  /** With what became of each result. */
  readonly report: CheckReport;
  /** null: no complete run of this scope is kept. */
  readonly previous: CheckReport | null;
}

/**
 * Compares a report with the last complete run of its scope. Where policy or program are not as they were, what that run saw is judged
 * again, at its own time.
 */
export async function compared(
  catalog: Catalog,
  { report, snapshot }: { readonly report: CheckReport; readonly snapshot: RunSnapshot },
  judging: Pick<Judging, "controls" | "policy">,
): Promise<ComparedRun> {
  // It was ended before anything was listed: nothing is gone.
  if (!report.run.complete && report.targets.length === 0) return { report, previous: null };
  const isOfOthers = (old: CheckReport) =>
    old.policy.sha256 !== report.policy.sha256 || old.run.tool !== report.run.tool;
  const last = await lastOfScope(catalog, snapshot.scope, isOfOthers);
  if (last === null) return { report, previous: null };
  const then = { ...judging, now: Date.parse(last.report.run.clock) };
  const rejudged = last.targets?.flatMap((target) => judgeTarget(target, then).results) ?? null;
  return { report: withDrift(report, { old: last.report, rejudged }), previous: last.report };
}
