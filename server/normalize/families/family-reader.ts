import type { Family } from "../../domain/invocation.ts";
import type { JsonObject } from "../json-values.ts";
import type { Segments } from "../segments.ts";

/** A body, or one event of a streamed body, with the JSON pointer to it. */
export interface BodyPart {
  readonly value: JsonObject;
  readonly path: string;
}

/** How one family of models writes its requests and answers. Pure; reads fields in a fixed order, never in that of the keys. */
export interface FamilyReader {
  readonly id: Family;
  readonly knowsOutput: (part: JsonObject) => boolean;
  readonly knowsInput: (part: JsonObject) => boolean;
  readonly readInput: (parts: readonly BodyPart[], segments: Segments) => void;
  /** A plain answer is one part, a streamed one several. Answers with the stop reason; null: none was given. */
  readonly readOutput: (parts: readonly BodyPart[], segments: Segments) => string | null;
  /** Removes from an answer, in place, what is never stored: vectors, pictures. */
  readonly strip?: (part: Record<string, unknown>) => void;
}
