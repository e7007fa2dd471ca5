import type { Segment } from "../domain/invocation.ts";
import { readBody, type Body, type FetchedBodies } from "./bodies.ts";
import { decode } from "./decode.ts";
import { embedding, isBareVectors, removeBareVectors } from "./families/embedding.ts";
import { chooseFamily } from "./families/list.ts";
import type { FamilyReader } from "./families/family-reader.ts";
import { mayHoldTrace, redactTextEvents, redactTraces } from "./guardrail-trace.ts";
import { asText, fieldsOf, type JsonObject } from "./json-values.ts";
import { Segments } from "./segments.ts";

/** Both bodies of a record after redaction, and the family that reads them; null: none knows them. */
export interface Bodies {
  readonly input: Body;
  readonly output: Body;
  readonly family: FamilyReader | null;
  readonly atHand: boolean;
}

/**
 * Redacts the record in place, its bodies too: everything after this sees only what may be stored. `text` is that of the record;
 * `fetched` are bodies that lay beside it.
 */
export function takeBodies(record: JsonObject, text: string, fetched: FetchedBodies = {}): Bodies {
  const [asked, answered] = [fetched.input, fetched.output].map((body) => (body === undefined ? null : decode(body)));
  const input = readBody(record, "input", asked);
  const output = readBody(record, "output", answered);
  if ([text, asked?.text ?? "", answered?.text ?? ""].some(mayHoldTrace)) {
    redactTraces(record, "record");
    if (!isInside(record, "input", input)) redactTraces(input.value, "body");
    if (!isInside(record, "output", output)) redactTraces(output.value, "body");
    redactTextEvents(output.value);
  }
  const chosen = chooseFamily(asText(record["operation"]), input.parts, output.parts);
  for (const { value } of output.parts) chosen?.strip?.(value);
  const family = takeBareVectors(output) ? embedding : chosen;
  putBack(record, "input", input);
  putBack(record, "output", output);
  return { input, output, family, atHand: input.value !== undefined || output.value !== undefined };
}

/** A model behind an endpoint of one's own may answer with its vectors alone. */
function takeBareVectors({ parts, value }: Body): boolean {
  if (parts.length > 0 || !isBareVectors(value)) return false;
  removeBareVectors(value);
  return true;
}

/** Whether who walks the record walks its body, too. */
function isInside(record: JsonObject, side: "input" | "output", { value }: Body): boolean {
  return fieldsOf(record[side])[`${side}BodyJson`] === value;
}

/** A body that came as text was read apart from the record: what was kept of it replaces it. */
function putBack(record: JsonObject, side: "input" | "output", { value }: Body): void {
  const group = fieldsOf(record[side]) as Record<string, unknown>;
  const key = `${side}BodyJson`;
  if (typeof group[key] === "string") group[key] = typeof value === "object" ? JSON.stringify(value) : value;
}

export interface ReadContent {
  readonly input: Segments;
  readonly output: Segments;
  readonly segments: readonly Segment[];
  readonly stopReason: string | null;
  readonly complete: boolean;
}

export function readContent({ input, output, family }: Bodies, hmac: (text: string) => string): ReadContent {
  const asked = new Segments("input", hmac);
  family?.readInput(input.parts, asked);
  // What no reader finds in a request is still looked at: a body that holds no known field is all leaves.
  if (asked.list.length === 0 && input.value !== undefined) asked.addLeaves(input.value, "");
  const answered = new Segments("output", hmac, asked);
  const stopReason = family?.readOutput(output.parts, answered) ?? null;
  const unread = family === null || typeof output.value === "string";
  if (unread && output.value !== undefined) answered.addLeaves(output.value, "");
  return {
    input: asked,
    output: answered,
    segments: [...asked.list, ...answered.list],
    stopReason,
    complete: asked.complete && answered.complete && !input.tooDeep && !output.tooDeep,
  };
}
