import type { Call, Json, JsonObject, Part, Stop, Tool } from "../exchange.ts";
import { converseTrace } from "./guardrail-trace.ts";
import { given } from "./body-family.ts";

const stops: Record<Stop, string> = {
  end: "end_turn",
  tool: "tool_use",
  length: "max_tokens",
  "stop-sequence": "stop_sequence",
  refusal: "refusal",
};

/** Bedrock lifts media out of the request and names where it put them. */
type MediaPath = (index: number, format: string) => string;

function block(part: Part, media: () => string): JsonObject {
  switch (part.kind) {
    case "text":
      return { text: part.text };
    case "reasoning":
      return { reasoningContent: { reasoningText: { text: part.text, signature: "" } } };
    case "toolCall":
      return { toolUse: { toolUseId: `tooluse_${part.id}`, name: part.name, input: part.input } };
    case "toolResult":
      return {
        toolResult: {
          toolUseId: `tooluse_${part.id}`,
          status: part.isError ? "error" : "success",
          content: [{ text: part.text }],
        },
      };
    case "document":
      return { document: { format: part.format, name: part.name, source: { s3Uri: media() } } };
  }
}

function messages(call: Call, path: MediaPath): Json {
  let index = 0;
  return call.exchange.turns.map((turn) => ({
    role: turn.role,
    content: turn.parts.map((part) => block(part, () => path(index++, part.kind === "document" ? part.format : "bin"))),
  }));
}

const toolConfig = (tools: readonly Tool[]): Json => ({
  tools: tools.map(({ name, description, schema }) => ({
    toolSpec: { name, description, inputSchema: { json: schema } },
  })),
});

/** The request of Converse and ConverseStream, the same for every model. */
export function converseInput(call: Call, path: MediaPath): JsonObject {
  const { exchange } = call;
  const { guardrail } = exchange;
  return given({
    messages: messages(call, path),
    system: exchange.system === null ? undefined : [{ text: exchange.system }],
    inferenceConfig: given({ maxTokens: exchange.maxTokens, temperature: exchange.temperature ?? undefined }),
    toolConfig: exchange.tools.length === 0 ? undefined : toolConfig(exchange.tools),
    guardrailConfig:
      guardrail === null
        ? undefined
        : { guardrailIdentifier: guardrail.id, guardrailVersion: "3", trace: guardrail.trace ? "enabled" : "disabled" },
    additionalModelRequestFields: exchange.betas.length === 0 ? undefined : { anthropic_beta: exchange.betas },
  });
}

function usageOf(call: Call): JsonObject {
  const { input, cacheRead, cacheWrite, output } = call.usage;
  const total = input + cacheRead + cacheWrite + output;
  if (!call.model.caches) return { inputTokens: input, outputTokens: output, totalTokens: total };
  const details = cacheWrite === 0 ? {} : { cacheDetails: [{ ttl: "5m", inputTokens: cacheWrite }] };
  return {
    inputTokens: input,
    cacheReadInputTokens: cacheRead,
    cacheWriteInputTokens: cacheWrite,
    ...details,
    outputTokens: output,
    totalTokens: total,
  };
}

/** The answer as it is logged for both: ConverseStream comes assembled. */
export function converseOutput(call: Call): JsonObject {
  const { guardrail } = call.exchange;
  const intervened = guardrail !== null && !["nothing", "detected"].includes(guardrail.did);
  const trace = guardrail?.trace ? { guardrail: converseTrace(guardrail, call.exchange) } : {};
  const router = call.model.modelId.includes("prompt-router")
    ? { promptRouter: { invokedModelId: `arn:aws:bedrock:${call.region}::foundation-model/${call.model.base}` } }
    : {};
  const traces = { ...trace, ...router };
  return given({
    output: {
      message: { role: "assistant", content: call.exchange.answer.map((part) => block(part, () => "")) },
    },
    stopReason: intervened ? "guardrail_intervened" : stops[call.exchange.stop],
    metrics: { latencyMs: call.latencyMs },
    usage: usageOf(call),
    trace: Object.keys(traces).length === 0 ? undefined : traces,
  });
}
