import { asArray, asText, fieldsOf } from "../json-values.ts";
import type { Segments } from "../segments.ts";
import { firstOf, readAnswers } from "./answer-list.ts";
import type { BodyPart, FamilyReader } from "./family-reader.ts";
import { lastStop, readCompletion, readPrompt } from "./prompt-text.ts";

export const cohere: FamilyReader = {
  id: "cohere",
  knowsOutput: (part) =>
    Array.isArray(part["generations"]) ||
    Array.isArray(part["chat_history"]) ||
    typeof part["is_finished"] === "boolean",
  knowsInput: (part) => Array.isArray(part["chat_history"]) || typeof part["message"] === "string",
  readInput(parts, segments) {
    const preamble = parts.flatMap(({ value, path }) => ({
      text: asText(value["preamble"]),
      path: `${path}/preamble`,
    }));
    for (const { text, path } of preamble)
      if (text !== null) segments.add({ kind: "system", role: "system", path, text });
    for (const part of parts) readHistory(part, segments);
    readPrompt("prompt")(parts, segments);
    readPrompt("message")(parts, segments);
  },
  readOutput(parts, segments) {
    readAnswers(parts, "generations", (generation) => generation["text"], segments);
    readCompletion(parts, "text", segments);
    return lastStop(parts, (part) => part["finish_reason"] ?? firstOf(part, "generations")["finish_reason"]);
  },
};

function readHistory({ value, path }: BodyPart, segments: Segments): void {
  asArray(value["chat_history"]).forEach((entry, turn) => {
    const { role, message, text } = fieldsOf(entry);
    const said = asText(message) ?? asText(text);
    const speaker = role === "CHATBOT" ? "assistant" : role === "SYSTEM" ? "system" : "user";
    const at = `${path}/chat_history/${turn}`;
    if (said !== null) segments.add({ kind: speaker, role: speaker, turn, path: at, text: said });
    else segments.addLeaves(entry, at, turn);
  });
}
