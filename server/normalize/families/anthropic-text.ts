import type { FamilyReader } from "./family-reader.ts";
import { lastStop, readCompletion, readPrompt } from "./prompt-text.ts";

export const anthropicText: FamilyReader = {
  id: "anthropic-text",
  knowsOutput: (part) => typeof part["completion"] === "string",
  knowsInput: (part) => part["max_tokens_to_sample"] !== undefined,
  readInput: readPrompt("prompt"),
  readOutput(parts, segments) {
    readCompletion(parts, "completion", segments);
    return lastStop(parts, (part) => part["stop_reason"]);
  },
};
