import { type BodyFamily, pieces } from "./body-family.ts";
import { answerOf, promptOf } from "./prompt.ts";

/** Text completions of the first Claude models; some fine-tuned ones still speak it. */
export const anthropicText: BodyFamily = {
  id: "anthropic-text",
  input: (call) => ({
    prompt: `\n\nHuman: ${promptOf(call)}\n\nAssistant:`,
    max_tokens_to_sample: call.exchange.maxTokens,
    temperature: call.exchange.temperature ?? 0.4,
    stop_sequences: ["\n\nHuman:"],
    anthropic_version: "bedrock-2023-05-31",
  }),
  output: (call) => ({
    type: "completion",
    completion: ` ${answerOf(call)}`,
    stop_reason: call.exchange.stop === "length" ? "max_tokens" : "stop_sequence",
    stop: call.exchange.stop === "length" ? null : "\n\nHuman:",
  }),
  events: (call) => [
    ...pieces(` ${answerOf(call)}`, 40).map((completion) => ({ completion, stop_reason: null, stop: null })),
    { completion: "", stop_reason: "stop_sequence", stop: "\n\nHuman:" },
  ],
};
