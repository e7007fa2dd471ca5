import type { BodyFamily } from "./body-family.ts";
import { textOf } from "../exchange.ts";
import { answerOf, questionOf } from "./prompt.ts";

/** Cohere's chat: the turns before the last one are its history. */
export const cohere: BodyFamily = {
  id: "cohere",
  input: (call) => ({
    message: questionOf(call),
    chat_history: call.exchange.turns
      .slice(0, -1)
      .map((turn) => ({ role: turn.role === "user" ? "USER" : "CHATBOT", message: textOf(turn.parts) })),
    max_tokens: call.exchange.maxTokens,
    temperature: call.exchange.temperature ?? 0.3,
  }),
  output: (call) => ({
    response_id: call.mark,
    text: answerOf(call),
    generation_id: call.requestId,
    finish_reason: call.exchange.stop === "length" ? "MAX_TOKENS" : "COMPLETE",
  }),
  events: null,
};
