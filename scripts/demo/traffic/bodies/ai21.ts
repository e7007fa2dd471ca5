import type { BodyFamily } from "./body-family.ts";
import { answerOf, promptOf } from "./prompt.ts";

/** Jurassic: answers come with the tokens that they were made of; one stands for all. */
export const ai21: BodyFamily = {
  id: "ai21",
  input: (call) => ({
    prompt: promptOf(call),
    maxTokens: call.exchange.maxTokens,
    temperature: call.exchange.temperature ?? 0.4,
    topP: 0.8,
  }),
  output: (call) => {
    const text = `\n${answerOf(call)}`;
    const token = {
      generatedToken: { token: "<|newline|>", logprob: -0.02, raw_logprob: -0.31 },
      topTokens: null,
      textRange: { start: 0, end: 1 },
    };
    return {
      id: 4_000 + (text.length % 900),
      prompt: { text: promptOf(call), tokens: [] },
      completions: [
        {
          data: { text, tokens: [token] },
          finishReason: { reason: call.exchange.stop === "length" ? "length" : "endoftext" },
        },
      ],
    };
  },
  events: null,
};
