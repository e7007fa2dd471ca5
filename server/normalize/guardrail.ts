import type { GuardrailHit, GuardrailOutcome, Invocation } from "../domain/invocation.ts";
import { asArray, asCount, asText, fieldsOf, textSet, type JsonObject } from "./json-values.ts";
import type { Assessment, GuardrailTrace } from "./guardrail-trace.ts";

export type GuardrailColumns = Pick<
  Invocation,
  | "guardrailOutcome"
  | "guardrailStage"
  | "guardrailIds"
  | "guardrailOrigins"
  | "guardrailHits"
  | "guardedCharacters"
  | "totalCharacters"
>;

/** Nothing is known: the answer's body is not at hand. */
export const guardrailUnread: GuardrailColumns = {
  guardrailOutcome: null,
  guardrailStage: null,
  guardrailIds: null,
  guardrailOrigins: null,
  guardrailHits: null,
  guardedCharacters: null,
  totalCharacters: null,
};

export interface AnswerSigns {
  readonly stopReason: string | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
}

export function readGuardrail(trace: GuardrailTrace, signs: AnswerSigns): GuardrailColumns {
  const assessments = trace.assessments ?? [];
  const hits = assessments.flatMap(hitsOf);
  const { guardrailOutcome, guardrailStage } = judge(trace, hits, signs);
  return {
    guardrailOutcome,
    guardrailStage,
    guardrailIds: textSet(assessments.map(({ guardrailId }) => guardrailId)),
    guardrailOrigins: textSet(assessments.flatMap(originsOf)),
    guardrailHits: hits,
    guardedCharacters: covered(assessments, "guarded"),
    totalCharacters: covered(assessments, "total"),
  };
}

type Judgement = Pick<Invocation, "guardrailOutcome" | "guardrailStage">;

function judge(trace: GuardrailTrace, hits: readonly GuardrailHit[], signs: AnswerSigns): Judgement {
  const blocking = hits.filter(({ action }) => action === "BLOCKED");
  if (blocking.length > 0) return { guardrailOutcome: "blocked", guardrailStage: stageOf(blocking) };
  const masking = hits.filter(({ action }) => action === "ANONYMIZED");
  if (masking.length > 0) return { guardrailOutcome: "masked", guardrailStage: stageOf(masking) };
  const intervened = signs.stopReason === "guardrail_intervened" || trace.actions.includes("INTERVENED");
  if (intervened) return judgeIntervention(trace.actionReason, signs);
  if (hits.length > 0) return { guardrailOutcome: "detected", guardrailStage: stageOf(hits) };
  const seen = trace.actions.length > 0 || trace.assessments !== null;
  return { guardrailOutcome: seen ? "passed" : "no-evidence", guardrailStage: null };
}

/** Without a trace that says more, an answer without tokens was stopped before the model ran. */
function judgeIntervention(actionReason: string | null, signs: AnswerSigns): Judgement {
  const outcome = wordIn(actionReason);
  if (outcome !== null) return { guardrailOutcome: outcome, guardrailStage: null };
  const ran = (signs.inputTokens ?? 0) > 0 || (signs.outputTokens ?? 0) > 0;
  if (ran) return { guardrailOutcome: "intervened", guardrailStage: null };
  return { guardrailOutcome: "blocked", guardrailStage: "input" };
}

function wordIn(actionReason: string | null): GuardrailOutcome | null {
  const reason = actionReason?.toLowerCase() ?? "";
  if (reason.includes("blocked")) return "blocked";
  return reason.includes("masked") ? "masked" : null;
}

function stageOf(hits: readonly GuardrailHit[]): Invocation["guardrailStage"] {
  const stages = new Set(hits.map(({ stage }) => stage));
  return stages.size > 1 ? "both" : (hits[0]?.stage ?? null);
}

/** Where the entries of each policy lie, and which field names them. A matched text never does. */
const policies = [
  { policy: "topicPolicy", list: "topics", label: "name" },
  { policy: "contentPolicy", list: "filters", label: "type" },
  { policy: "wordPolicy", list: "customWords", label: null },
  { policy: "wordPolicy", list: "managedWordLists", label: "type" },
  { policy: "sensitiveInformationPolicy", list: "piiEntities", label: "type" },
  { policy: "sensitiveInformationPolicy", list: "regexes", label: "name" },
  { policy: "contextualGroundingPolicy", list: "filters", label: "type" },
] as const;

function hitsOf({ guardrailId, stage, policies: assessed }: Assessment): GuardrailHit[] {
  return policies.flatMap(({ policy, list, label }) =>
    asArray(fieldsOf(assessed[policy])[list]).flatMap((given) => {
      const entry = fieldsOf(given);
      if (!isHit(policy, entry)) return [];
      const name = label === null ? list : (asText(entry[label]) ?? list);
      return [{ guardrailId, stage, policy, label: name, action: String(entry["action"]) }];
    }),
  );
}

function isHit(policy: string, { action, detected, score, threshold }: JsonObject): boolean {
  if (action === "BLOCKED" || action === "ANONYMIZED") return true;
  if (action !== "NONE") return false;
  if (policy !== "contextualGroundingPolicy") return detected !== false;
  return typeof score === "number" && typeof threshold === "number" && score < threshold;
}

function originsOf({ policies: { appliedGuardrailDetails } }: Assessment): readonly unknown[] {
  const { guardrailOrigin } = fieldsOf(appliedGuardrailDetails);
  return Array.isArray(guardrailOrigin) ? guardrailOrigin : [guardrailOrigin];
}

/** Summed over the texts that went in; null if no assessment says. */
function covered(assessments: readonly Assessment[], what: "guarded" | "total"): number | null {
  let sum: number | null = null;
  for (const { stage, policies: assessed } of assessments) {
    const { guardrailCoverage } = fieldsOf(assessed["invocationMetrics"]);
    const count = stage === "input" ? asCount(fieldsOf(fieldsOf(guardrailCoverage)["textCharacters"])[what]) : null;
    if (count !== null) sum = (sum ?? 0) + count;
  }
  return sum;
}
