import { openRandom } from "../random.ts";
import type { BodyFamily } from "./body-family.ts";
import { inputTokens, questionOf } from "./prompt.ts";

const dimensions = 256;

/** A vector that depends on the text alone. */
function vectorOf(text: string): number[] {
  const random = openRandom("vector", text);
  return Array.from({ length: dimensions }, () => Math.round((random.next() - 0.5) * 2400) / 10_000);
}

/** Titan takes one text, Cohere a list. */
export const embedding: BodyFamily = {
  id: "embedding",
  input: (call) =>
    call.model.base.startsWith("cohere.")
      ? { texts: questionOf(call).split("\n"), input_type: "search_document", embedding_types: ["float"] }
      : { inputText: questionOf(call), dimensions, normalize: true },
  output: (call) =>
    call.model.base.startsWith("cohere.")
      ? {
          id: call.mark,
          response_type: "embeddings_by_type",
          embeddings: { float: questionOf(call).split("\n").map(vectorOf) },
          texts: questionOf(call).split("\n"),
        }
      : { embedding: vectorOf(questionOf(call)), inputTextTokenCount: inputTokens(call) },
  events: null,
};
