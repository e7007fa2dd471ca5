import type { CheckReport } from "../domain/compliance.ts";
import { canonicalJson } from "../lib/canonical-json.ts";
import { sha256Hex } from "../lib/hash.ts";
import { type Accepted, conclude } from "./conclude.ts";
import type { CheckPolicy } from "./policy.ts";
import type { Gate } from "./summary.ts";
import { type JudgedTarget, judgeTarget, type Judging, type TargetSnapshot } from "./target-snapshot.ts";

/** What a run saw, and all that it says of itself: enough to be judged again, without AWS. */
export interface RunSnapshot {
  readonly run: Omit<CheckReport["run"], "exitCode">;
  readonly window: CheckReport["window"];
  /** Same for the runs that are asked the same: accounts, regions and controls. */
  readonly scope: string;
  /** Ids of the controls that were not asked, beside those that the policy disables. */
  readonly without: readonly string[];
  /** By account and region. */
  readonly targets: readonly TargetSnapshot[];
}

export interface ReportOptions extends Gate, Judging {
  readonly policyName: string;
  readonly accepted: Accepted;
}

/** Judges a whole run. Pure: the same run and options give the same report, to the byte. */
export function judgeRun(run: RunSnapshot, options: ReportOptions): CheckReport {
  return reportOf(
    run,
    run.targets.map((target) => judgeTarget(target, options)),
    options,
  );
}

/** The report of targets that have been judged, in whatever order. */
export function reportOf(
  { run, window }: RunSnapshot,
  judged: readonly JudgedTarget[],
  options: ReportOptions,
): CheckReport {
  const targets = judged.map(({ target }) => target).toSorted(byPlace);
  const results = judged.flatMap((one) => one.results).toSorted(byPlace);
  return conclude(
    {
      schemaVersion: 1,
      run: { ...run, clock: new Date(options.now).toISOString() },
      policy: policyOf(options.policyName, options.policy),
      window,
      targets,
      results,
      previous: null,
      targetsGone: [],
      manifestSha256: null,
      published: null,
    },
    options,
  );
}

function policyOf(name: string, policy: CheckPolicy): CheckReport["policy"] {
  return { name, sha256: sha256Hex(canonicalJson(policy)), settings: { ...policy } };
}

interface Placed {
  readonly account: string;
  readonly region: string;
  readonly control?: string;
  readonly resource?: string;
}

/** By account, region, control, resource: the order of every list. */
export function byPlace(a: Placed, b: Placed): number {
  const keys = ["account", "region", "control", "resource"] as const;
  const differs = keys.find((key) => a[key] !== b[key]);
  return differs === undefined ? 0 : (a[differs] ?? "") < (b[differs] ?? "") ? -1 : 1;
}
