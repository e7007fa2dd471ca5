import type { FamilyReader } from "./family-reader.ts";
import { lastStop, readCompletion, readPrompt } from "./prompt-text.ts";

export const llama: FamilyReader = {
  id: "llama",
  knowsOutput: (part) => typeof part["generation"] === "string",
  knowsInput: (part) => part["max_gen_len"] !== undefined,
  readInput: readPrompt("prompt"),
  readOutput(parts, segments) {
    readCompletion(parts, "generation", segments);
    return lastStop(parts, (part) => part["stop_reason"]);
  },
};
