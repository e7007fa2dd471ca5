import type { CheckReport } from "../domain/compliance.ts";
import type { Waiver } from "../domain/waiver.ts";
import { applyBaseline, type Baseline } from "./baseline.ts";
import { accountResults, exitCodeOf, type Gate, summarise } from "./summary.ts";
import { applyWaivers } from "./waivers.ts";

/** What the organisation has accepted of what a check may find. */
export interface Accepted {
  readonly waivers: readonly Waiver[];
  readonly baseline: Baseline | null;
}

export const nothingAccepted: Accepted = { waivers: [], baseline: null };

/** A report whose results are judged and not yet weighed. */
export type Unweighed = Omit<CheckReport, "run" | "summary" | "accounts" | "waivers"> & {
  readonly run: Omit<CheckReport["run"], "exitCode">;
};

/** Weighs what was judged: what is accepted, the counts, the exit code. Pure; time is the report's clock. */
export function conclude(
  judged: Unweighed,
  { accepted, ...gate }: Gate & { readonly accepted: Accepted },
): CheckReport {
  const now = Date.parse(judged.run.clock);
  const { results: waived, waivers } = applyWaivers(judged.results, accepted.waivers, now);
  const results = applyBaseline(waived, accepted.baseline, now);
  const summary = summarise(judged.targets, results, gate);
  const exitCode = exitCodeOf(summary, judged.targets, results, gate);
  const accounts = accountResults(judged.targets);
  return { ...judged, run: { ...judged.run, exitCode }, summary, accounts, results: [...results], waivers };
}
