import { api } from "../../server/domain/api.ts";
import {
  shownVerdict,
  type CheckReport,
  type ControlResult,
  type ShownVerdict,
  type TargetResult,
} from "../../server/domain/compliance.ts";
import { useAnswer } from "../queries.ts";

export function useControls() {
  return useAnswer(api.controls, {});
}

/** The worst first: what could not be seen may be the worst. */
export const worstFirst: readonly ShownVerdict[] = ["FAIL", "UNKNOWN", "WAIVED", "PASS", "NOT_APPLICABLE"];

/** What one control says of one target: of more than one resource the worst counts. */
export interface CellVerdict {
  readonly verdict: ShownVerdict;
  readonly results: readonly ControlResult[];
  /** Why there is no result. */
  readonly reason: string | null;
}

export type CellOf = (control: string, target: TargetResult) => CellVerdict;

/** Every cell of the grid, sorted by control and target once. */
export function cellsOf(report: CheckReport): CellOf {
  const byPlace = new Map<string, ControlResult[]>();
  for (const result of report.results) {
    const key = place(result.control, result.account, result.region);
    byPlace.set(key, [...(byPlace.get(key) ?? []), result]);
  }
  return (control, target) => {
    const results = byPlace.get(place(control, target.account, target.region)) ?? [];
    const shown = new Set(results.map(shownVerdict));
    const verdict = worstFirst.find((candidate) => shown.has(candidate));
    if (verdict !== undefined) return { verdict, results, reason: null };
    return { results, ...withoutResult(report, control, target) };
  };
}

function place(control: string, account: string, region: string): string {
  return JSON.stringify([control, account, region]);
}

function withoutResult(
  report: CheckReport,
  control: string,
  target: TargetResult,
): Pick<CellVerdict, "verdict" | "reason"> {
  if (target.state === "not-applicable") return { verdict: "NOT_APPLICABLE", reason: target.code };
  if (isSwitchedOff(report, control))
    return { verdict: "NOT_APPLICABLE", reason: "the policy switches this control off" };
  return { verdict: "UNKNOWN", reason: target.code ?? "the run has no result of this control" };
}

function isSwitchedOff({ policy }: CheckReport, control: string): boolean {
  const controls = policy.settings["controls"] as
    Readonly<Record<string, { enabled?: boolean } | undefined>> | undefined;
  return controls?.[control]?.enabled === false;
}

export function targetName({ account, region }: { readonly account: string; readonly region: string }): string {
  return `${account}/${region}`;
}
