import { asText, type JsonObject } from "../json-values.ts";
import type { Segments } from "../segments.ts";
import type { BodyPart } from "./family-reader.ts";

/** A whole prompt as one text, templates and turns unsplit. */
export function readPrompt(field: string): (parts: readonly BodyPart[], segments: Segments) => void {
  return (parts, segments) => {
    for (const { value, path } of parts) {
      const text = asText(value[field]);
      if (text !== null) segments.add({ kind: "user", role: "user", path: `${path}/${field}`, text });
    }
  };
}

/** One text a part, joined: a plain answer is one part, a streamed one several. */
export function readCompletion(parts: readonly BodyPart[], field: string, segments: Segments): void {
  const said = parts.filter(({ value }) => typeof value[field] === "string");
  const [first] = said;
  if (first === undefined) return;
  const text = said.map(({ value }) => asText(value[field])).join("");
  segments.add({ kind: "assistant", role: "assistant", path: `${first.path}/${field}`, text });
}

/** The last stop reason that any part gives. */
export function lastStop(parts: readonly BodyPart[], stopOf: (part: JsonObject) => unknown): string | null {
  return parts.reduce<string | null>((last, { value }) => asText(stopOf(value)) ?? last, null);
}
