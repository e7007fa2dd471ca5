import { type Exchange, type Guardrail, type Json, type JsonObject, textOf } from "../exchange.ts";

/** The policies of an assessment, as far as they found something. */
function findings(guardrail: Guardrail, action: string): JsonObject {
  const { policy, label, match } = guardrail;
  switch (policy) {
    case "topic":
      return { topicPolicy: { topics: [{ name: label, type: "DENY", action }] } };
    case "content":
      return { contentPolicy: { filters: [{ type: label, confidence: "HIGH", filterStrength: "HIGH", action }] } };
    case "word":
      return { wordPolicy: { customWords: [{ match, action }] } };
    case "pii":
      return { sensitiveInformationPolicy: { piiEntities: [{ type: label, match, action }] } };
  }
}

function coverage(characters: number, guarded: number): JsonObject {
  const units = Math.max(1, Math.ceil(characters / 1000));
  return {
    invocationMetrics: {
      guardrailProcessingLatency: 190 + (characters % 140),
      usage: {
        topicPolicyUnits: units,
        contentPolicyUnits: units,
        wordPolicyUnits: units,
        sensitiveInformationPolicyUnits: units,
        sensitiveInformationPolicyFreeUnits: 0,
        contextualGroundingPolicyUnits: 0,
      },
      guardrailCoverage: { textCharacters: { guarded, total: characters } },
    },
  };
}

interface Assessed {
  readonly input: JsonObject;
  readonly output: JsonObject | null;
  readonly modelOutput: readonly string[];
  readonly reason: string;
}

const reasons: Record<Guardrail["did"], string> = {
  nothing: "No action.",
  "blocked-input": "Guardrail blocked.",
  "blocked-output": "Guardrail blocked.",
  masked: "Guardrail masked.",
  detected: "No action.",
};

function assess(guardrail: Guardrail, exchange: Exchange): Assessed {
  const asked = textOf(exchange.turns.at(-1)?.parts ?? []).length;
  const said = (guardrail.original ?? textOf(exchange.answer)).length;
  const { did } = guardrail;
  const found = {
    input: did === "blocked-input" ? findings(guardrail, "BLOCKED") : {},
    output:
      did === "blocked-output"
        ? findings(guardrail, "BLOCKED")
        : did === "masked"
          ? findings(guardrail, "ANONYMIZED")
          : did === "detected"
            ? findings(guardrail, "NONE")
            : {},
  };
  return {
    input: { [guardrail.id]: { ...found.input, ...coverage(asked + 1, asked) } },
    output: did === "blocked-input" ? null : { [guardrail.id]: { ...found.output, ...coverage(said, said) } },
    modelOutput:
      guardrail.original === null || did === "blocked-input"
        ? []
        : [JSON.stringify({ content: [{ type: "text", text: guardrail.original }], stop_reason: "end_turn" })],
    reason: reasons[did],
  };
}

/** `trace.guardrail` of a Converse answer: the output comes as a list of maps. */
export function converseTrace(guardrail: Guardrail, exchange: Exchange): JsonObject {
  const { input, output, modelOutput, reason } = assess(guardrail, exchange);
  return {
    ...(modelOutput.length === 0 ? {} : { modelOutput }),
    inputAssessment: input,
    ...(output === null ? {} : { outputAssessments: [output] }),
    actionReason: reason,
  };
}

/** What a guardrail adds to a native answer, or to the last event of a streamed one. */
export function invokeTrace(guardrail: Guardrail, exchange: Exchange): JsonObject {
  const { input, output, modelOutput, reason } = assess(guardrail, exchange);
  const trace: Record<string, Json> = { input, outputs: output === null ? [] : [output], actionReason: reason };
  if (modelOutput.length > 0) trace["modelOutput"] = modelOutput;
  return {
    ...(guardrail.trace ? { "amazon-bedrock-trace": { guardrail: trace } } : {}),
    "amazon-bedrock-guardrailAction": ["nothing", "detected"].includes(guardrail.did) ? "NONE" : "INTERVENED",
  };
}
