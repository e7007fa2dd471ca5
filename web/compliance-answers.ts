import { api } from "../server/domain/api.ts";
import type { CheckReport, ControlResult, TargetResult, Verdict } from "../server/domain/compliance.ts";
import { useAnswer } from "./queries.ts";

export function useControls() {
  return useAnswer(api.controls, {});
}

/** The worst first: what could not be seen may be the worst. */
export const worstFirst: readonly Verdict[] = ["FAIL", "UNKNOWN", "PASS", "NOT_APPLICABLE"];

/** What one control says of one target: of more than one resource the worst counts. */
export interface CellVerdict {
  readonly verdict: Verdict;
  readonly results: readonly ControlResult[];
  /** Why there is no result. */
  readonly reason: string | null;
}

export function cellVerdict({ results }: CheckReport, control: string, target: TargetResult): CellVerdict {
  const own = results.filter(
    (one) => one.control === control && one.account === target.account && one.region === target.region,
  );
  const verdict = worstFirst.find((candidate) => own.some((one) => one.verdict === candidate));
  if (verdict !== undefined) return { verdict, results: own, reason: null };
  if (target.state === "not-applicable") return { verdict: "NOT_APPLICABLE", results: [], reason: target.code };
  return { verdict: "UNKNOWN", results: [], reason: target.code ?? "there is no result of this control" };
}

export function targetName({ account, region }: { readonly account: string; readonly region: string }): string {
  return `${account}/${region}`;
}
