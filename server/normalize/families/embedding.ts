import { asArray } from "../json-values.ts";
import type { FamilyReader } from "./family-reader.ts";
import { readPrompt } from "./prompt-text.ts";

const vector = /^embedding/;

export const embedding: FamilyReader = {
  id: "embedding",
  knowsOutput: (part) => Object.keys(part).some((key) => vector.test(key)),
  knowsInput: (part) => typeof part["inputText"] === "string" || Array.isArray(part["texts"]),
  readInput(parts, segments) {
    readPrompt("inputText")(parts, segments);
    for (const { value, path } of parts) {
      asArray(value["texts"]).forEach((text, index) => {
        if (typeof text === "string")
          segments.add({ kind: "user", role: "user", path: `${path}/texts/${index}`, text });
      });
    }
  },
  readOutput(parts, segments) {
    for (const { value, path } of parts) {
      const keys = Object.keys(value).filter((key) => vector.test(key));
      if (keys.length > 0) segments.add({ kind: "embedding", role: null, path });
    }
    return null;
  },
  strip(part) {
    for (const key of Object.keys(part)) if (vector.test(key)) part[key] = "[removed: vector]";
  },
};
