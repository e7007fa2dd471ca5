import { asArray, fieldsOf } from "../json-values.ts";
import { firstOf, readAnswers } from "./answer-list.ts";
import type { FamilyReader } from "./family-reader.ts";
import { lastStop, readCompletion, readPrompt } from "./prompt-text.ts";

export const titanText: FamilyReader = {
  id: "titan-text",
  knowsOutput: (part) =>
    typeof part["outputText"] === "string" ||
    asArray(part["results"]).some((result) => fieldsOf(result)["outputText"] !== undefined),
  knowsInput: (part) => part["textGenerationConfig"] !== undefined,
  readInput: readPrompt("inputText"),
  readOutput(parts, segments) {
    readAnswers(parts, "results", (result) => result["outputText"], segments);
    readCompletion(parts, "outputText", segments);
    return lastStop(parts, (part) => part["completionReason"] ?? firstOf(part, "results")["completionReason"]);
  },
};
