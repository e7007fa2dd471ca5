import { asArray, fieldsOf } from "../json-values.ts";
import { firstOf, readAnswers } from "./answer-list.ts";
import type { FamilyReader } from "./family-reader.ts";
import { lastStop, readPrompt } from "./prompt-text.ts";

export const mistral: FamilyReader = {
  id: "mistral",
  knowsOutput: (part) => asArray(part["outputs"]).some((output) => fieldsOf(output)["text"] !== undefined),
  knowsInput: () => false,
  readInput: readPrompt("prompt"),
  readOutput(parts, segments) {
    readAnswers(parts, "outputs", (output) => output["text"], segments);
    return lastStop(parts, (part) => firstOf(part, "outputs")["stop_reason"]);
  },
};
