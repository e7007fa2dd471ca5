import type { BodyState, Side } from "../domain/invocation.ts";
import { isDeeperThan, parseJson, type ParsedJson } from "../lib/bounded-json.ts";
import { canonicalJson } from "../lib/canonical-json.ts";
import type { Decoded } from "./decode.ts";
import type { BodyPart } from "./families/family-reader.ts";
import { removedTrace, spellsTrace } from "./guardrail-trace.ts";
import { asName, asObject, fieldsOf, type JsonObject } from "./json-values.ts";

/** One side's body as far as the record brings it. */
export interface Body {
  readonly state: BodyState;
  readonly s3Path: string | null;
  /** Undefined: not at hand. */
  readonly value: unknown;
  /** It came as text that is nested too deep to be walked: nothing of it is at hand. */
  readonly tooDeep: boolean;
  /** Its objects: itself, or the events of a streamed answer. */
  readonly parts: readonly BodyPart[];
  readonly anomalies: readonly string[];
}

/** A record nested deeper than this is stored without its bodies. */
export const maxRecordDepth = 200;

const noParts: readonly BodyPart[] = [];

/** Bodies that lay beside the record: JSON, or plain text where it is none. */
export type FetchedBodies = Readonly<Partial<Record<Side, Uint8Array | string>>>;

/** `fetched`: a body that the record does not carry itself; it says nothing about the record's state. */
export function readBody(record: JsonObject, side: Side, fetched: Decoded | null = null): Body {
  const group = fieldsOf(record[side]);
  const logged = group[`${side}BodyJson`] ?? null;
  const s3Path = asName(group[`${side}BodyS3Path`]);
  const state = logged !== null ? "inline" : s3Path !== null ? "s3" : "absent";
  const given = logged ?? fetched?.text ?? null;
  if (given === null) return { state, s3Path, value: undefined, tooDeep: false, parts: noParts, anomalies: [] };
  const { value, tooDeep, ambiguous } = typeof given === "string" ? readTextBody(given) : plain(given);
  const anomalies = ambiguous ? ["ambiguous"] : [];
  if (logged === null && fetched?.repaired === true) anomalies.push("text-repaired");
  if (Array.isArray(value) && value.some((item) => typeof item === "string")) anomalies.push("stream-string");
  return { state, s3Path, value, tooDeep, parts: partsOf(value), anomalies };
}

function plain(value: unknown): ParsedJson {
  return { value, tooDeep: false, ambiguous: false };
}

/** A body that came as text is JSON if it can be read as an object or array, else plain text. */
function readTextBody(text: string): ParsedJson {
  const parsed = parseJson(text, maxRecordDepth);
  if (parsed?.tooDeep === true) return { ...parsed, value: undefined };
  if (parsed !== null && typeof parsed.value === "object" && parsed.value !== null) return parsed;
  return plain(spellsTrace(text) ? removedTrace : text);
}

function partsOf(value: unknown): readonly BodyPart[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => {
      const fields = asObject(item);
      return fields === null ? [] : [{ value: fields, path: `/${index}` }];
    });
  }
  const fields = asObject(value);
  return fields === null ? noParts : [{ value: fields, path: "" }];
}

/** JSON text of a body that was redacted; null: not at hand. */
export function bodyText({ value }: Body, ambiguous: boolean): string | null {
  if (value === undefined) return null;
  // JSON.stringify would write a number beyond a double as null.
  return ambiguous ? canonicalJson(value) : JSON.stringify(value);
}

/** The record without its bodies and without any other field that is nested too deep. */
export function withoutDeepFields(record: JsonObject): JsonObject {
  const fields = Object.entries(record).filter(([key]) => key !== "input" && key !== "output");
  const input = asObject(record["input"]);
  const output = asObject(record["output"]);
  return Object.assign(
    shallow(fields),
    input === null ? {} : { input: shallow(Object.entries(input).filter(([key]) => key !== "inputBodyJson")) },
    output === null ? {} : { output: shallow(Object.entries(output).filter(([key]) => key !== "outputBodyJson")) },
  );
}

function shallow(fields: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  const kept = Object.create(null) as Record<string, unknown>;
  for (const [key, value] of fields) if (!isDeeperThan(value, maxRecordDepth - 4)) kept[key] = value;
  return kept;
}
