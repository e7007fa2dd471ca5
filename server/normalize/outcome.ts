import type { EndpointType, GuardrailOutcome, Invocation, Residency, StopClass } from "../domain/invocation.ts";

const statusOfError: readonly (readonly [RegExp, Invocation["status"]])[] = [
  [/^(Throttling|ServiceQuota)/, "throttled"],
  [/^(Validation|AccessDenied|ResourceNotFound|Conflict|Unrecognized)/, "client-error"],
  [/^(Internal|ServiceUnavailable|Model)/, "server-error"],
];

export function readStatus(
  errorCode: string | null,
  guardrailOutcome: GuardrailOutcome | null,
  hasOutput: boolean,
): Invocation["status"] {
  if (errorCode !== null) return statusOfError.find(([form]) => form.test(errorCode))?.[1] ?? "other-error";
  if (guardrailOutcome === "blocked") return "blocked";
  return hasOutput ? "success" : "unknown";
}

const oneRegion: ReadonlySet<EndpointType | null> = new Set([
  "in-region",
  "provisioned",
  "custom",
  "imported",
  "marketplace",
] as const);

/** What the record itself says about the place. An absent inference region never reads as "stayed". */
export function readResidency(
  row: Pick<
    Invocation,
    | "region"
    | "inferenceRegion"
    | "errorCode"
    | "inputTokens"
    | "outputTokens"
    | "guardrailOutcome"
    | "guardrailStage"
    | "endpointType"
    | "endpointTypeBehind"
  >,
): Residency {
  if (row.inferenceRegion !== null) return row.inferenceRegion === row.region ? "same-region" : "other-region";
  if (row.errorCode !== null && row.inputTokens === null && row.outputTokens === null) return "did-not-run";
  if (row.guardrailOutcome === "blocked" && row.guardrailStage === "input") return "did-not-run";
  const stays = oneRegion.has(row.endpointType) || oneRegion.has(row.endpointTypeBehind);
  return stays ? "in-region-endpoint" : "not-recorded";
}

const stopWords: Readonly<Record<Exclude<StopClass, "other">, string>> = {
  end: "end_turn stop finish finished complete completed endoftext eos",
  "stop-sequence": "stop_sequence stop_criteria_met",
  tool: "tool_use tool_calls function_call",
  length: "max_tokens length incomplete",
  context: "model_context_window_exceeded",
  refusal: "refusal",
  filtered: "content_filtered content_filter error_toxic",
  guardrail: "guardrail_intervened",
  malformed: "malformed_model_output malformed_tool_use",
  paused: "pause_turn compaction",
};
const stopClasses: ReadonlyMap<string, StopClass> = new Map(
  Object.entries(stopWords).flatMap(([stopClass, words]) =>
    words.split(" ").map((word) => [word, stopClass as StopClass] as const),
  ),
);

export function readStopClass(stopReason: string | null): StopClass | null {
  return stopReason === null ? null : (stopClasses.get(stopReason.toLowerCase()) ?? "other");
}
