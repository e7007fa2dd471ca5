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

/** What tells of the place where the model ran. */
export interface PlaceSigns {
  readonly region: string;
  readonly logged: Pick<Invocation, "inferenceRegion" | "errorCode">;
  readonly counts: Pick<Invocation, "inputTokens" | "outputTokens">;
  readonly guardrail: Pick<Invocation, "guardrailOutcome" | "guardrailStage">;
  readonly endpoint: Pick<Invocation, "endpointType" | "endpointTypeBehind">;
}

/** What the record itself says about the place. An absent inference region never reads as "stayed". */
export function readResidency({ region, logged, counts, guardrail, endpoint }: PlaceSigns): Residency {
  if (logged.inferenceRegion !== null) return logged.inferenceRegion === region ? "same-region" : "other-region";
  if (logged.errorCode !== null && counts.inputTokens === null && counts.outputTokens === null) return "did-not-run";
  if (guardrail.guardrailOutcome === "blocked" && guardrail.guardrailStage === "input") return "did-not-run";
  const stays = oneRegion.has(endpoint.endpointType) || oneRegion.has(endpoint.endpointTypeBehind);
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
