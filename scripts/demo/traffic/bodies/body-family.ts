import type { Call, FamilyId, Json, JsonObject } from "../exchange.ts";

/** How one model family writes a request and its answer: the native bodies of InvokeModel. */
export interface BodyFamily {
  readonly id: FamilyId;
  input(call: Call): JsonObject;
  output(call: Call): JsonObject;
  /** The events of a streamed answer, without the metrics of the last one; null: the family does not stream here. */
  events: ((call: Call) => readonly JsonObject[]) | null;
}

/** Pieces of about `size` characters that end at blanks, as a stream brings them. */
export function pieces(text: string, size: number): string[] {
  const found: string[] = [];
  for (let from = 0; from < text.length;) {
    const blank = text.indexOf(" ", from + size);
    const to = blank < 0 ? text.length : blank;
    found.push(text.slice(from, to));
    from = to;
  }
  return found.length === 0 ? [""] : found;
}

/** Drops the fields that a caller did not send. */
export function given(fields: Readonly<Record<string, Json | undefined>>): JsonObject {
  const kept: Record<string, Json> = {};
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) kept[name] = value;
  return kept;
}
