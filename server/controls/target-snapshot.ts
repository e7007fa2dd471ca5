import type { ControlResult, FactEvidence, TargetResult } from "../domain/compliance.ts";
import type { Snapshot } from "./collect.ts";
import type { AnyControl } from "./control.ts";
import { isUnreadable } from "./facts.ts";
import { judge, unreadTarget } from "./judge.ts";
import type { CheckPolicy } from "./policy.ts";
import { targetResult } from "./summary.ts";

/** What a run knows of one target, before anything is judged. */
export type TargetSnapshot =
  | { readonly kind: "read"; readonly snapshot: Snapshot }
  /** Nothing could be asked: each region of the account is unknown. */
  | {
      readonly kind: "shut";
      readonly account: string;
      readonly region: string;
      readonly code: string;
      readonly reason: string;
      /** Of the call that was refused, if one was made. */
      readonly evidence: readonly FactEvidence[];
    }
  /** Listed, not looked at. */
  | { readonly kind: "left"; readonly target: TargetResult };

export interface JudgedTarget {
  readonly target: TargetResult;
  readonly results: readonly ControlResult[];
}

export interface Judging {
  readonly controls: readonly AnyControl[];
  readonly policy: CheckPolicy;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export function placeOf(target: TargetSnapshot): { readonly account: string; readonly region: string } {
  const { account, region } =
    target.kind === "read" ? target.snapshot.target : target.kind === "shut" ? target : target.target;
  return { account, region };
}

/** Pure: the same snapshot, controls, policy and clock give the same results. */
export function judgeTarget(seen: TargetSnapshot, judging: Judging): JudgedTarget {
  if (seen.kind === "left") return { target: seen.target, results: [] };
  return seen.kind === "shut" ? judgeShut(seen, judging) : judgeRead(seen.snapshot, judging);
}

function judgeShut(
  { account, code, evidence, reason, region }: TargetSnapshot & { readonly kind: "shut" },
  { controls, policy }: Judging,
): JudgedTarget {
  const context = { account, region, policy };
  const results = controls.map((control) => unreadTarget(control, { code, reason, evidence }, context));
  return { target: targetResult({ account, region }, results), results };
}

function judgeRead(snapshot: Snapshot, { controls, now, policy }: Judging): JudgedTarget {
  const { account, region } = snapshot.target;
  const place = { account, region };
  const { loggingConfig } = snapshot.facts;
  const results = judge(controls, snapshot, { policy, now });
  const isAbsent = isUnreadable(loggingConfig) && loggingConfig.notApplicable;
  if (isAbsent && results.every(({ verdict }) => verdict !== "FAIL"))
    return {
      target: { ...place, state: "not-applicable", code: loggingConfig.class, verdict: "NOT_APPLICABLE" },
      results: [],
    };
  const target = targetResult(place, results);
  return { target, results: target.state === "not-applicable" ? [] : results };
}
