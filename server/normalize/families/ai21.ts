import { asArray, fieldsOf } from "../json-values.ts";
import { firstOf, readAnswers } from "./answer-list.ts";
import type { FamilyReader } from "./family-reader.ts";
import { lastStop, readPrompt } from "./prompt-text.ts";

export const ai21: FamilyReader = {
  id: "ai21",
  knowsOutput: (part) => asArray(part["completions"]).some((completion) => fieldsOf(completion)["data"] !== undefined),
  knowsInput: () => false,
  readInput: readPrompt("prompt"),
  readOutput(parts, segments) {
    readAnswers(parts, "completions", (completion) => fieldsOf(completion["data"])["text"], segments);
    return lastStop(parts, (part) => fieldsOf(firstOf(part, "completions")["finishReason"])["reason"]);
  },
};
