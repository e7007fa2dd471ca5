import type { BodyFamily } from "./body-family.ts";
import { answerOf, inputTokens, promptOf } from "./prompt.ts";

const reason = (stop: string): string => (stop === "length" ? "LENGTH" : "FINISH");

export const titanText: BodyFamily = {
  id: "titan-text",
  input: (call) => ({
    inputText: promptOf(call),
    textGenerationConfig: {
      maxTokenCount: call.exchange.maxTokens,
      temperature: call.exchange.temperature ?? 0.2,
      topP: 0.9,
    },
  }),
  output: (call) => ({
    inputTextTokenCount: inputTokens(call),
    results: [
      {
        tokenCount: call.usage.output,
        outputText: `\n${answerOf(call)}`,
        completionReason: reason(call.exchange.stop),
      },
    ],
  }),
  // Titan streams a short answer as one event.
  events: (call) => [
    {
      outputText: ` ${answerOf(call)}`,
      index: 0,
      totalOutputTextTokenCount: call.usage.output,
      completionReason: reason(call.exchange.stop),
      inputTextTokenCount: inputTokens(call),
    },
  ],
};
