import {
  type CheckReport,
  type ControlResult,
  shownVerdict,
  type ShownVerdict,
  type TargetResult,
  type Verdict,
} from "../domain/compliance.ts";
import { atLeast, type Severity } from "../domain/severity.ts";

/** What makes a run fail. */
export interface Gate {
  /** null: a FAIL never does. */
  readonly failOn: Severity | null;
  /** Controls whose UNKNOWN is accepted. */
  readonly allowUnknown: readonly string[];
}

const deciding = "invocation-logging-enabled";
const byWeight = ["FAIL", "UNKNOWN", "PASS"] as const;

/** A target by its results: FAIL over UNKNOWN over PASS; what does not apply does not count. */
export function targetResult(
  place: { readonly account: string; readonly region: string },
  results: readonly ControlResult[],
): TargetResult {
  const decides = results.filter(({ control }) => control === deciding);
  const [first] = decides.length > 0 ? decides : results;
  const asked = decides.length > 0 ? decides : results;
  const unknown = asked.find(({ verdict }) => verdict === "UNKNOWN");
  // What is proven to be wrong stays in the report, though logging itself has nothing to say there.
  const hasFailed = unknown === undefined && results.some(({ verdict }) => verdict === "FAIL");
  const decided = hasFailed || asked.some(({ verdict }) => verdict === "PASS" || verdict === "FAIL");
  if (!decided && unknown === undefined && first !== undefined)
    return { ...place, state: "not-applicable", code: first.code, verdict: "NOT_APPLICABLE" };
  return {
    ...place,
    state: decided ? "evaluated" : "unknown",
    code: decided ? null : (unknown?.code ?? null),
    verdict: gravest(results),
  };
}

/** What does not apply does not count; where nothing is assessed, nothing is known. */
function gravest(parts: readonly { readonly verdict: Verdict }[]): Verdict {
  return byWeight.find((weight) => parts.some(({ verdict }) => verdict === weight)) ?? "UNKNOWN";
}

/** Each account by its targets, in their order. */
export function accountResults(targets: readonly TargetResult[]): CheckReport["accounts"] {
  const byAccount = new Map<string, TargetResult[]>();
  for (const target of targets) {
    const known = byAccount.get(target.account);
    if (known === undefined) byAccount.set(target.account, [target]);
    else known.push(target);
  }
  return [...byAccount].map(([account, its]) => ({ account, verdict: gravest(its) }));
}

/** The two numbers of the gate: UNKNOWN is graded by `high` where FAIL is silenced. What is accepted or was known does not gate. */
export function summarise(
  targets: readonly TargetResult[],
  results: readonly ControlResult[],
  { allowUnknown, failOn }: Gate,
): CheckReport["summary"] {
  const shown = results.map((result) => ({ ...result, shown: shownVerdict(result) }));
  const ofVerdict = (wanted: ShownVerdict): number => shown.filter((result) => result.shown === wanted).length;
  const inState = (wanted: TargetResult["state"]): number => targets.filter(({ state }) => state === wanted).length;
  return {
    verdict: gravest(targets),
    verdicts: {
      FAIL: ofVerdict("FAIL"),
      UNKNOWN: ofVerdict("UNKNOWN"),
      PASS: ofVerdict("PASS"),
      NOT_APPLICABLE: ofVerdict("NOT_APPLICABLE"),
      WAIVED: ofVerdict("WAIVED"),
    },
    failAtOrAbove:
      failOn === null
        ? 0
        : shown.filter((it) => it.shown === "FAIL" && it.baseline === null && atLeast(it.severity, failOn)).length,
    allowedUnknown: shown.filter((it) => it.shown === "UNKNOWN" && allowUnknown.includes(it.control)).length,
    targets: {
      total: targets.length,
      evaluated: inState("evaluated"),
      unknown: inState("unknown"),
      notApplicable: inState("not-applicable"),
      excluded: inState("excluded"),
    },
  };
}

/** 1 bad news, 3 nothing evaluated, 4 something could not be looked at, 0 otherwise: the first that applies. */
export function exitCodeOf(
  summary: CheckReport["summary"],
  targets: readonly TargetResult[],
  results: readonly ControlResult[],
  { allowUnknown, failOn }: Gate,
): number {
  if (summary.failAtOrAbove > 0) return 1;
  if (summary.targets.evaluated === 0) return 3;
  const unallowed = results.filter(
    (result) => shownVerdict(result) === "UNKNOWN" && !allowUnknown.includes(result.control),
  );
  if (unallowed.some(({ severity }) => atLeast(severity, failOn ?? "high"))) return 4;
  const unexcused = new Set(unallowed.map(placeOf));
  return targets.some((target) => target.state === "unknown" && unexcused.has(placeOf(target))) ? 4 : 0;
}

function placeOf({ account, region }: { readonly account: string; readonly region: string }): string {
  return `${account} ${region}`;
}
