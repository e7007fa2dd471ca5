import { asArray, asText, fieldsOf, type JsonObject } from "../json-values.ts";
import type { FamilyReader } from "./family-reader.ts";
import { lastStop } from "./prompt-text.ts";

const removed = "[removed: media]";

export const media: FamilyReader = {
  id: "media",
  knowsOutput: (part) => Array.isArray(part["images"]) || Array.isArray(part["artifacts"]),
  knowsInput: (part) => typeof part["taskType"] === "string" || Array.isArray(part["text_prompts"]),
  readInput(parts, segments) {
    for (const { value, path } of parts) {
      for (const { text, at } of promptsOf(value)) {
        segments.add({ kind: "user", role: "user", path: path + at, text });
      }
    }
  },
  readOutput(parts, segments) {
    for (const { value, path } of parts) {
      for (const list of ["images", "artifacts"]) {
        asArray(value[list]).forEach((_, index) => {
          segments.add({ kind: "image", role: "assistant", path: `${path}/${list}/${index}` });
        });
      }
    }
    return lastStop(parts, (part) => part["finishReason"] ?? fieldsOf(asArray(part["artifacts"])[0])["finishReason"]);
  },
  strip(part) {
    if (Array.isArray(part["images"])) part["images"] = part["images"].map(() => removed);
    for (const artifact of asArray(part["artifacts"])) {
      if (typeof artifact === "object" && artifact !== null) Object.assign(artifact, { base64: removed });
    }
  },
};

/** `textToImageParams`, `textToVideoParams` …: one text each; `text_prompts`: a list of texts. */
function promptsOf(request: JsonObject): { readonly text: string; readonly at: string }[] {
  const params = Object.keys(request)
    .filter((key) => key.endsWith("Params"))
    .toSorted()
    .map((key) => ({ text: asText(fieldsOf(request[key])["text"]), at: `/${key}/text` }));
  const list = asArray(request["text_prompts"]).map((prompt, index) => ({
    text: asText(fieldsOf(prompt)["text"]),
    at: `/text_prompts/${index}/text`,
  }));
  return [...params, ...list].flatMap(({ text, at }) => (text === null ? [] : [{ text, at }]));
}
