import type { BodyFamily } from "./body-family.ts";
import { answerOf, inputTokens, promptOf, questionOf } from "./prompt.ts";

const header = (role: string): string => `<|start_header_id|>${role}<|end_header_id|>`;

/** Llama takes one prompt; a system text goes in by the model's own chat template. */
export const llama: BodyFamily = {
  id: "llama",
  input: (call) => ({
    prompt:
      call.exchange.system === null
        ? promptOf(call)
        : `<|begin_of_text|>${header("system")}${call.exchange.system}<|eot_id|>${header("user")}${questionOf(call)}<|eot_id|>${header("assistant")}`,
    max_gen_len: call.exchange.maxTokens,
    temperature: call.exchange.temperature ?? 0.4,
    top_p: 0.9,
  }),
  output: (call) => ({
    generation: `\n\n${answerOf(call)}`,
    prompt_token_count: inputTokens(call),
    generation_token_count: call.usage.output,
    stop_reason: call.exchange.stop === "length" ? "length" : "stop",
  }),
  events: null,
};
