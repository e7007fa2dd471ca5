import type { QuarantineReason } from "../domain/invocation.ts";
import { parseJson, type ParsedJson } from "../lib/bounded-json.ts";
import { maxRecordDepth } from "./bodies.ts";
import { decode } from "./decode.ts";
import { asArray, asObject, asText, fieldsOf, type JsonObject } from "./json-values.ts";
import { readRecord, type NormalizeDeps, type NormalizedRecord } from "./read-record.ts";
import { readTimestamp } from "./timestamp.ts";

export type { NormalizeDeps } from "./read-record.ts";

export type LineOutcome = (
  | NormalizedRecord
  | { readonly kind: "quarantined"; readonly reason: QuarantineReason; readonly detail: string }
  | { readonly kind: "ignored"; readonly rule: "control-message" }
) & {
  /** Text of the message in an envelope that this is of; absent: it is of the whole line. */
  readonly message?: string;
};

/**
 * What one line of a log object, or one subscription envelope, holds: an outcome for each record in it. An empty line
 * holds none. Never throws, whatever the line is.
 */
export function readLine(line: Uint8Array | string, deps: NormalizeDeps): readonly LineOutcome[] {
  const { text: given, repaired } = decode(line);
  // A file may begin with a byte order mark: it is no part of its first line.
  const text = given.startsWith("\uFEFF") ? given.slice(1) : given;
  if (text.trim() === "") return [];
  const parsed = parseJson(text, maxRecordDepth);
  if (parsed === null) return [quarantined("not-json", "The line is no JSON.")];
  const envelope = fieldsOf(parsed.value);
  if (typeof envelope["messageType"] !== "string" || !Array.isArray(envelope["logEvents"])) {
    return [readParsed(parsed, text, repaired, deps)];
  }
  if (envelope["messageType"] === "CONTROL_MESSAGE") return [{ kind: "ignored", rule: "control-message" }];
  return asArray(envelope["logEvents"]).map((event) => readMessage(asText(fieldsOf(event)["message"]), repaired, deps));
}

/** A record as text inside an envelope. An envelope inside it would be no record. */
function readMessage(message: string | null, repaired: boolean, deps: NormalizeDeps): LineOutcome {
  if (message === null) return quarantined("not-json", "The message is no text.");
  const decoded = decode(message);
  const parsed = parseJson(decoded.text, maxRecordDepth);
  if (parsed === null) return { ...quarantined("not-json", "The message is no JSON."), message };
  return { ...readParsed(parsed, decoded.text, repaired || decoded.repaired, deps), message };
}

function readParsed(parsed: ParsedJson, text: string, repaired: boolean, deps: NormalizeDeps): LineOutcome {
  const record = asObject(parsed.value);
  if (record === null) return quarantined("not-object", "The JSON is no object.");
  const accepted = accept(record);
  if ("kind" in accepted) return accepted;
  const { time, accountId, region } = accepted;
  const anomalies: string[] = [];
  if (parsed.ambiguous) anomalies.push("ambiguous");
  if (repaired) anomalies.push("text-repaired");
  return readRecord({ record, text, time, accountId, region, tooDeep: parsed.tooDeep, anomalies }, deps);
}

type Refusal = Extract<LineOutcome, { kind: "quarantined" }>;

/** The least that a record must say: that it is one, when, and whose. Everything else may be missing. */
function accept(
  record: JsonObject,
): { readonly time: string; readonly accountId: string; readonly region: string } | Refusal {
  if (record["schemaType"] !== "ModelInvocationLog") {
    return quarantined("wrong-schema-type", "schemaType is not ModelInvocationLog.");
  }
  const time = readTimestamp(asText(record["timestamp"]) ?? "");
  if (time === null) return quarantined("bad-timestamp", "timestamp is missing, or is no ISO 8601 time.");
  const accountId = asText(record["accountId"]) ?? "";
  if (!isNamePart(accountId))
    return quarantined("no-account", "accountId is missing, empty, no text, or holds a slash.");
  const region = asText(record["region"]) ?? "";
  if (!isNamePart(region)) return quarantined("no-region", "region is missing, empty, no text, or holds a slash.");
  return { time, accountId, region };
}

/** Account and region stand before the request id in the name of a call: with a slash in them two calls could have one name. */
function isNamePart(text: string): boolean {
  return text !== "" && !text.includes("/");
}

function quarantined(reason: QuarantineReason, detail: string): Refusal {
  return { kind: "quarantined", reason, detail };
}
