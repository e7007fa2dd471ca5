import { asArray, asObject, type JsonObject } from "../json-values.ts";
import type { FamilyReader } from "./family-reader.ts";
import { readPrompt } from "./prompt-text.ts";

const removed = "[removed: vector]";
const vectorKey = /^embedding/;

export const embedding: FamilyReader = {
  id: "embedding",
  knowsOutput: (part) => hasVectorKey(part) || entriesOf(part["data"]).some(hasVectorKey),
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
      if (hasVectorKey(value)) segments.add({ kind: "embedding", role: null, path });
      const at = Array.isArray(value["data"]) ? (index: number) => `${path}/data/${index}` : () => `${path}/data`;
      entriesOf(value["data"]).forEach((entry, index) => {
        if (hasVectorKey(entry)) segments.add({ kind: "embedding", role: null, path: at(index) });
      });
    }
    return null;
  },
  strip: removeVectors,
};

/** The items of a list, or the one that stands there without one. */
function entriesOf(data: unknown): readonly JsonObject[] {
  return (Array.isArray(data) ? data : [data]).map((entry) => asObject(entry) ?? {});
}

function hasVectorKey(fields: JsonObject): boolean {
  return Object.keys(fields).some((key) => vectorKey.test(key));
}

/** At any depth: what the keys of vectors hold, and any other list of numbers. */
function removeVectors(fields: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(fields)) {
    if (vectorKey.test(key) ? !isLabel(key, value) : isNumbers(value)) fields[key] = removed;
    else if (typeof value === "object" && value !== null) removeVectors(value as Record<string, unknown>);
  }
}

/** What is said of a vector (`embeddingOption`, `embeddingType`) is none; one can be written in base64. */
function isLabel(key: string, value: unknown): boolean {
  if (typeof value === "string") return key !== "embedding" && key !== "embeddings" && value.length <= 32;
  return typeof value !== "object" || value === null;
}

/** NaN is written as null. */
function isNumbers(value: unknown): boolean {
  if (!Array.isArray(value) || value.length === 0) return false;
  return value.every((item) => typeof item === "number" || item === null) && value.some((item) => item !== null);
}

/** An answer that is a list of vectors and nothing else, or what was left of one. */
export function isBareVectors(answer: unknown): answer is unknown[] {
  if (isNumbers(answer)) return true;
  const items = asArray(answer);
  return items.length > 0 && items.every((item) => isNumbers(item) || (Array.isArray(item) && item[0] === removed));
}

/** In place, and so that it is still known for what it was. */
export function removeBareVectors(answer: unknown[]): void {
  const count = isNumbers(answer) ? 1 : answer.length;
  answer.splice(0, Infinity, ...Array.from({ length: count }, () => [removed]));
}
