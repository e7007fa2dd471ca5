import { asArray, asText, fieldsOf, type JsonObject } from "../json-values.ts";
import type { Segments } from "../segments.ts";
import type { BodyPart } from "./family-reader.ts";

/** A list of answers in each part; in a stream the texts at one place of the list belong together. */
export function readAnswers(
  parts: readonly BodyPart[],
  list: string,
  textOf: (answer: JsonObject) => unknown,
  segments: Segments,
): void {
  const answers = new Map<number, { readonly path: string; text: string }>();
  for (const { value, path } of parts) {
    asArray(value[list]).forEach((answer, index) => {
      const text = asText(textOf(fieldsOf(answer)));
      const known = answers.get(index);
      if (known !== undefined) known.text += text ?? "";
      else if (text !== null) answers.set(index, { path: `${path}/${list}/${index}`, text });
    });
  }
  for (const { path, text } of answers.values()) segments.add({ kind: "assistant", role: "assistant", path, text });
}

/** Of the first answer in the list. */
export function firstOf(part: JsonObject, list: string): JsonObject {
  return fieldsOf(asArray(part[list])[0]);
}
