import { type BodyFamily, given } from "./body-family.ts";
import { type Call, type JsonObject, textOf } from "../exchange.ts";
import { answerOf, inputTokens } from "./prompt.ts";

function messages(call: Call): JsonObject[] {
  const { system, turns } = call.exchange;
  return [
    ...(system === null ? [] : [{ role: "developer", content: system }]),
    ...turns.map((turn) => ({ role: turn.role, content: textOf(turn.parts) })),
  ];
}

/** Chat completions: gpt-oss, Jamba, and what people host on Marketplace endpoints. */
export const openai: BodyFamily = {
  id: "openai",
  input: (call) =>
    given({
      messages: messages(call),
      max_completion_tokens: call.exchange.maxTokens,
      temperature: call.exchange.temperature ?? undefined,
    }),
  output: (call) => ({
    id: `chatcmpl-${call.mark}`,
    object: "chat.completion",
    created: Math.floor(call.time / 1000),
    model: call.model.base,
    choices: [
      {
        index: 0,
        message: { role: "assistant", content: answerOf(call) },
        finish_reason: call.exchange.stop === "length" ? "length" : "stop",
      },
    ],
    usage: {
      prompt_tokens: inputTokens(call),
      completion_tokens: call.usage.output,
      total_tokens: inputTokens(call) + call.usage.output,
    },
  }),
  events: null,
};
