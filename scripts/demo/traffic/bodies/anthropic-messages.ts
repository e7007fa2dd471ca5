import type { Call, Json, JsonObject, Part, Stop, Tool } from "../exchange.ts";
import { type BodyFamily, given, pieces } from "./body-family.ts";

const stops: Record<Stop, string> = {
  end: "end_turn",
  tool: "tool_use",
  length: "max_tokens",
  "stop-sequence": "stop_sequence",
  refusal: "refusal",
};

function block(part: Part): JsonObject {
  switch (part.kind) {
    case "text":
      return { type: "text", text: part.text };
    case "reasoning":
      return { type: "thinking", thinking: part.text, signature: "" };
    case "toolCall":
      return { type: "tool_use", id: `toolu_bdrk_${part.id}`, name: part.name, input: part.input };
    case "toolResult":
      return { type: "tool_result", tool_use_id: `toolu_bdrk_${part.id}`, is_error: part.isError, content: part.text };
    case "document":
      return { type: "text", text: `[${part.name}: ${part.pages} pages, sent as a file]` };
  }
}

const toolsOf = (tools: readonly Tool[]): Json =>
  tools.map(({ name, description, schema }) => ({ name, description, input_schema: schema }));

/** `claude-sonnet-4-5-20250929` of `anthropic.claude-sonnet-4-5-20250929-v1:0`. */
const nameOf = (base: string): string => base.replace(/^anthropic\./, "").replace(/-v\d+(:\d+)?$/, "");

function startOf(call: Call, output: number): JsonObject {
  return {
    input_tokens: call.usage.input,
    ...(call.model.caches
      ? { cache_creation_input_tokens: call.usage.cacheWrite, cache_read_input_tokens: call.usage.cacheRead }
      : {}),
    output_tokens: output,
  };
}

const systemOf = (call: Call): Json | undefined => {
  const { system, cache } = call.exchange;
  if (system === null) return undefined;
  return cache === null ? system : [{ type: "text", text: system, cache_control: { type: "ephemeral" } }];
};

function input(call: Call): JsonObject {
  const { exchange } = call;
  return given({
    anthropic_version: "bedrock-2023-05-31",
    anthropic_beta: exchange.betas.length === 0 ? undefined : exchange.betas,
    max_tokens: exchange.maxTokens,
    temperature: exchange.temperature ?? undefined,
    system: systemOf(call),
    tools: exchange.tools.length === 0 ? undefined : toolsOf(exchange.tools),
    messages: exchange.turns.map((turn) => ({ role: turn.role, content: contentOf(turn.parts) })),
  });
}

/** Many callers send a single text as a plain string. */
function contentOf(parts: readonly Part[]): Json {
  const only = parts.length === 1 ? parts[0] : undefined;
  return only?.kind === "text" && only.text.length % 2 === 0 ? only.text : parts.map(block);
}

function output(call: Call): JsonObject {
  const { exchange } = call;
  if (exchange.guardrail?.did === "blocked-input")
    return { type: "message", role: "assistant", content: exchange.answer.map(block) };
  return {
    id: `msg_bdrk_01${call.mark}`,
    type: "message",
    role: "assistant",
    model: nameOf(call.model.base),
    content: exchange.answer.map(block),
    stop_reason: stops[exchange.stop],
    stop_sequence: exchange.stop === "stop-sequence" ? "</plan>" : null,
    usage: startOf(call, call.usage.output),
  };
}

function deltas(part: Part, index: number): JsonObject[] {
  if (part.kind === "toolCall")
    return ["", ...pieces(JSON.stringify(part.input), 40)].map((partial_json) => ({
      type: "content_block_delta",
      index,
      delta: { type: "input_json_delta", partial_json },
    }));
  const thinking = part.kind === "reasoning";
  const text = part.kind === "text" || part.kind === "reasoning" ? part.text : "";
  return pieces(text, 60).map((piece) => ({
    type: "content_block_delta",
    index,
    delta: thinking ? { type: "thinking_delta", thinking: piece } : { type: "text_delta", text: piece },
  }));
}

function opened(part: Part): JsonObject {
  if (part.kind === "toolCall") return { ...block(part), input: {} };
  return part.kind === "reasoning" ? { type: "thinking", thinking: "", signature: "" } : { type: "text", text: "" };
}

function events(call: Call): JsonObject[] {
  const { exchange } = call;
  const message = {
    id: `msg_bdrk_01${call.mark}`,
    type: "message",
    role: "assistant",
    model: nameOf(call.model.base),
    content: [],
    stop_reason: null,
    stop_sequence: null,
    // Provisional: the final counts stand in message_delta.
    usage: startOf(call, Math.min(1, call.usage.output)),
  };
  return [
    { type: "message_start", message },
    ...exchange.answer.flatMap((part, index) => [
      { type: "content_block_start", index, content_block: opened(part) },
      ...deltas(part, index),
      { type: "content_block_stop", index },
    ]),
    {
      type: "message_delta",
      delta: { stop_reason: stops[exchange.stop], stop_sequence: exchange.stop === "stop-sequence" ? "</plan>" : null },
      usage: { output_tokens: call.usage.output },
    },
    { type: "message_stop" },
  ];
}

export const anthropicMessages: BodyFamily = { id: "anthropic-messages", input, output, events };
