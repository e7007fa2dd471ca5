import { canonicalJson } from "../lib/canonical-json.ts";
import { asAmount, asCount, asObject, fieldsOf, pointerStep, type JsonObject } from "./json-values.ts";
import { isPlainTimestamp } from "./timestamp.ts";

/** `held`: a column or body holds it unchanged; `kept`: known, but no column holds it; `bad`: not of its type. */
type Verdict = "held" | "kept" | "bad";
type Look = (value: unknown) => Verdict;

const text: Look = (value) => (typeof value === "string" ? "held" : "bad");
const name: Look = (value) => (typeof value === "string" && value !== "" ? "held" : "bad");
const keptText: Look = (value) => (typeof value === "string" ? "kept" : "bad");
const count: Look = (value) => (asCount(value) === null ? "bad" : "held");
const amount: Look = (value) => (asAmount(value) === null ? "bad" : "held");
const keptAmount: Look = (value) => (asAmount(value) === null ? "bad" : "kept");
const group: Look = (value) => (asObject(value) === null ? "bad" : "held");
const body: Look = () => "held";
const contentType: Look = (value) => (value === "application/json" ? "held" : keptText(value));
const time: Look = (value) => (typeof value === "string" && isPlainTimestamp(value) ? "held" : "kept");
const texts: Look = (value) => {
  const fields = asObject(value);
  return fields !== null && Object.values(fields).every((field) => typeof field === "string") ? "held" : "bad";
};

const recordFields = {
  schemaType: text,
  schemaVersion: text,
  timestamp: time,
  accountId: text,
  identity: group,
  region: text,
  requestId: name,
  operation: text,
  modelId: text,
  errorCode: name,
  inferenceRegion: name,
  requestMetadata: texts,
  input: group,
  output: group,
  performanceConfig: group,
  status: keptText,
};
const groups = {
  identity: { arn: text },
  performanceConfig: { latency: text },
  input: {
    inputContentType: contentType,
    inputBodyJson: body,
    inputBodyS3Path: name,
    inputTokenCount: count,
    cacheReadInputTokenCount: count,
    cacheWriteInputTokenCount: count,
  },
  output: {
    outputContentType: contentType,
    outputBodyJson: body,
    outputBodyS3Path: name,
    outputTokenCount: count,
    outputVideoS3Path: keptText,
    outputVideoDurationSeconds: amount,
    outputVideoFramesPerSecond: keptAmount,
    outputVideoHeight: keptAmount,
    outputVideoWidth: keptAmount,
  },
};
type Looks = ReadonlyMap<string, Look>;
const recordLooks: Looks = new Map(Object.entries(recordFields));
const groupLooks: readonly (readonly [string, Looks])[] = Object.entries(groups).map(([key, fields]) => [
  key,
  new Map(Object.entries(fields)),
]);

/** Anomalies name at most this many fields; all of them are kept in `extra`. */
const maxNamed = 50;
const maxPath = 200;

/** What no column and no body holds, as JSON text, and the anomalies that name it. */
export function takeInventory(record: JsonObject): {
  readonly extra: string | null;
  readonly anomalies: readonly string[];
} {
  const anomalies: string[] = [];
  const extra = leftover(record, recordLooks, "", anomalies) ?? {};
  for (const [key, looks] of groupLooks) {
    const rest = leftover(fieldsOf(record[key]), looks, `/${key}`, anomalies);
    if (rest !== null) extra[key] = rest;
  }
  const named = anomalies.toSorted().slice(0, maxNamed);
  return { extra: Object.keys(extra).length === 0 ? null : canonicalJson(extra), anomalies: named };
}

function leftover(fields: JsonObject, looks: Looks, path: string, anomalies: string[]): Record<string, unknown> | null {
  let rest: Record<string, unknown> | null = null;
  for (const key in fields) {
    const value = fields[key];
    const look = looks.get(key);
    const verdict = value === null ? "held" : look?.(value);
    if (look !== undefined && verdict === "held") continue;
    // A null prototype: a field that is called `__proto__` is a field like any other.
    rest ??= Object.create(null) as Record<string, unknown>;
    rest[key] = value;
    if (verdict === "kept") continue;
    anomalies.push(`${look === undefined ? "unknown" : "bad"}-field:${(path + pointerStep(key)).slice(0, maxPath)}`);
  }
  return rest;
}
