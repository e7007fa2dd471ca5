import type { BodyFamily } from "./body-family.ts";
import { answerOf, promptOf } from "./prompt.ts";

export const mistral: BodyFamily = {
  id: "mistral",
  input: (call) => ({
    prompt: promptOf(call),
    max_tokens: call.exchange.maxTokens,
    temperature: call.exchange.temperature ?? 0.3,
  }),
  output: (call) => ({
    outputs: [{ text: ` ${answerOf(call)}`, stop_reason: call.exchange.stop === "length" ? "length" : "stop" }],
  }),
  events: null,
};
