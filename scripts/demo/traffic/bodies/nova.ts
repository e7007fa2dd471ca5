import type { Call, JsonObject } from "../exchange.ts";
import { type BodyFamily, given, pieces } from "./body-family.ts";
import { answerOf } from "./prompt.ts";

const textBlocks = (call: Call): JsonObject[] =>
  call.exchange.turns.map((turn) => ({
    role: turn.role,
    content: turn.parts.flatMap((part) => (part.kind === "text" ? [{ text: part.text }] : [])),
  }));

function usage(call: Call): JsonObject {
  const { input, cacheRead, cacheWrite, output } = call.usage;
  return {
    inputTokens: input,
    outputTokens: output,
    cacheReadInputTokenCount: cacheRead,
    cacheWriteInputTokenCount: cacheWrite,
  };
}

const stop = (call: Call): string => (call.exchange.stop === "length" ? "max_tokens" : "end_turn");

/** Amazon Nova over InvokeModel: near to Converse, with twins of the cache counts under other names. */
export const nova: BodyFamily = {
  id: "nova",
  input: (call) =>
    given({
      schemaVersion: "messages-v1",
      messages: textBlocks(call),
      system: call.exchange.system === null ? undefined : [{ text: call.exchange.system }],
      inferenceConfig: { maxTokens: call.exchange.maxTokens, temperature: call.exchange.temperature ?? 0.3, topP: 0.9 },
    }),
  output: (call) => ({
    output: { message: { content: [{ text: answerOf(call) }], role: "assistant" } },
    stopReason: stop(call),
    usage: {
      ...usage(call),
      totalTokens: call.usage.input + call.usage.cacheRead + call.usage.cacheWrite + call.usage.output,
    },
  }),
  events: (call) => [
    { messageStart: { role: "assistant" } },
    ...pieces(answerOf(call), 60).flatMap((text, contentBlockIndex) => [
      { contentBlockDelta: { delta: { text }, contentBlockIndex } },
      { contentBlockStop: { contentBlockIndex } },
    ]),
    { messageStop: { stopReason: stop(call) } },
    { metadata: { usage: usage(call), metrics: {}, trace: {} } },
  ],
};
