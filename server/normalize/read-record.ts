import type { Invocation, InvocationContent } from "../domain/invocation.ts";
import { canonicalJson } from "../lib/canonical-json.ts";
import { hash64 } from "../lib/hash.ts";
import { readAnsweredModel, readCacheWrite1h, readLatency } from "./answer.ts";
import { bodyText, withoutDeepFields } from "./bodies.ts";
import { readEndpoint, type Resolve } from "./endpoint.ts";
import { readGuardrail, guardrailUnread } from "./guardrail.ts";
import { readInvokedModel, readTrace } from "./guardrail-trace.ts";
import { takeInventory } from "./inventory.ts";
import { asAmount, asCount, asObject, asText, fieldsOf, type JsonObject } from "./json-values.ts";
import { readResidency, readStatus, readStopClass } from "./outcome.ts";
import { readPrincipal } from "./principal.ts";
import { readContent, takeBodies, type Bodies, type ReadContent } from "./read-content.ts";
import { readRequest, readServiceTier, requestUnread } from "./request.ts";

export interface NormalizeDeps {
  /** Keyed hash, 64 hex. */
  readonly hmac: (text: string) => string;
  /** What AWS said about an opaque model ARN. */
  readonly resolve: Resolve;
  /** What the operator's mapping file says about it. */
  readonly mapping?: Resolve;
}

/** A line that was accepted: the parsed record, which this takes over and redacts, and what its text showed. */
export interface AcceptedRecord {
  readonly record: JsonObject;
  readonly text: string;
  readonly time: string;
  readonly accountId: string;
  readonly region: string;
  readonly tooDeep: boolean;
  /** Of the text itself: `ambiguous`, `text-repaired`. */
  readonly anomalies: readonly string[];
}

export interface NormalizedRecord {
  readonly invocation: Invocation;
  readonly content: InvocationContent;
  /** The first 8 bytes of SHA-256 over the redacted record in fixed key order, as a signed integer. */
  readonly recordHash: bigint;
  /** The record without what is never stored. */
  readonly redacted: JsonObject;
}

export function readRecord(accepted: AcceptedRecord, deps: NormalizeDeps): NormalizedRecord {
  const record = accepted.tooDeep ? withoutDeepFields(accepted.record) : accepted.record;
  const bodies = takeBodies(record, accepted.text);
  const content = readContent(bodies, deps.hmac);
  const canonical = canonicalJson(record);
  const requestId = asName(record["requestId"]);
  const id = `${accepted.accountId}/${accepted.region}/${requestId ?? `hmac:${deps.hmac(canonical)}`}`;
  const invocation = readRow({ accepted, record, bodies, content, deps, id });
  const ambiguous = invocation.anomalies.includes("ambiguous");
  return {
    invocation,
    content: {
      id,
      segments: content.segments,
      inputBody: bodyText(bodies.input, ambiguous),
      outputBody: bodyText(bodies.output, ambiguous),
      complete: content.complete && !accepted.tooDeep,
    },
    recordHash: hash64(canonical),
    redacted: record,
  };
}

interface Reading {
  readonly accepted: AcceptedRecord;
  readonly record: JsonObject;
  readonly bodies: Bodies;
  readonly content: ReadContent;
  readonly deps: NormalizeDeps;
  readonly id: string;
}

function readRow(reading: Reading): Invocation {
  const { accepted, record, bodies, content, id } = reading;
  const { accountId, region, time } = accepted;
  const identityArn = asText(fieldsOf(record["identity"])["arn"]);
  const counts = readCounts(record, bodies);
  const guardrail = guardrailOf(reading, counts);
  const { endpoint, anomalies } = endpointOf(reading);
  const inventory = takeInventory(record);
  const row = {
    ...{ id, time, accountId, region, identityArn },
    ...readLogged(record),
    ...endpoint,
    ...readPrincipal(identityArn, accountId),
    ...counts,
    ...readLatency(asText(record["operation"]), bodies.output.parts),
    stopReason: content.stopReason,
    stopClass: readStopClass(content.stopReason),
    ...guardrail,
    ...readBodyColumns(bodies, content),
    ...readService(record, bodies),
    extra: inventory.extra,
  };
  return {
    ...row,
    status: readStatus(row.errorCode, row.guardrailOutcome, asObject(record["output"]) !== null),
    residency: readResidency(row),
    anomalies: anomaliesOf(reading, [...anomalies, ...inventory.anomalies, ...oddCounts(bodies, counts)]),
  };
}

/** What is taken as it was logged; null: missing, or of a wrong type. */
function readLogged(record: JsonObject) {
  return {
    requestId: asName(record["requestId"]),
    schemaVersion: asText(record["schemaVersion"]),
    operation: asText(record["operation"]),
    modelId: asText(record["modelId"]),
    inferenceRegion: asText(record["inferenceRegion"]),
    errorCode: asText(record["errorCode"]),
    requestMetadata: readMetadata(record["requestMetadata"]),
  };
}

function asName(value: unknown): string | null {
  const name = asText(value);
  return name === "" ? null : name;
}

/** Keys are the caller's: the object has no prototype, so that none of them means anything. */
function readMetadata(value: unknown): Record<string, string> | null {
  const fields = asObject(value);
  if (fields === null) return null;
  const metadata = Object.create(null) as Record<string, string>;
  for (const [key, text] of Object.entries(fields)) if (typeof text === "string") metadata[key] = text;
  return metadata;
}

type Counts = Pick<
  Invocation,
  "inputTokens" | "outputTokens" | "cacheReadTokens" | "cacheWriteTokens" | "cacheWrite1hTokens" | "contextTokens"
>;

/** From the record's own counts only; those inside a body count nothing. */
function readCounts(record: JsonObject, { output }: Bodies): Counts {
  const { inputTokenCount, cacheReadInputTokenCount, cacheWriteInputTokenCount } = fieldsOf(record["input"]);
  const inputTokens = asCount(inputTokenCount);
  const cacheReadTokens = asCount(cacheReadInputTokenCount);
  const cacheWriteTokens = asCount(cacheWriteInputTokenCount);
  const cacheWrite1h = readCacheWrite1h(output.parts);
  return {
    inputTokens,
    outputTokens: asCount(fieldsOf(record["output"])["outputTokenCount"]),
    cacheReadTokens,
    cacheWriteTokens,
    // A part cannot be more than the whole, whatever a body says.
    cacheWrite1hTokens: cacheWrite1h !== null && cacheWrite1h <= (cacheWriteTokens ?? -1) ? cacheWrite1h : null,
    contextTokens: inputTokens === null ? null : inputTokens + (cacheReadTokens ?? 0) + (cacheWriteTokens ?? 0),
  };
}

function oddCounts({ output }: Bodies, { cacheWrite1hTokens }: Counts): readonly string[] {
  const claimed = readCacheWrite1h(output.parts) ?? 0;
  return claimed > 0 && cacheWrite1hTokens === null ? ["bad-field:/output/outputBodyJson/usage"] : [];
}

function guardrailOf({ bodies, content }: Reading, { inputTokens, outputTokens }: Counts) {
  if (bodies.output.value === undefined) return guardrailUnread;
  return readGuardrail(readTrace(bodies.output.parts), { stopReason: content.stopReason, inputTokens, outputTokens });
}

function endpointOf({ record, bodies, deps, accepted }: Reading) {
  const { parts } = bodies.output;
  return readEndpoint(asText(record["modelId"]), accepted.region, {
    resolve: deps.resolve,
    mapping: deps.mapping ?? (() => null),
    invokedModelId: readInvokedModel(parts),
    answeredModel: bodies.family?.id === "anthropic-messages" ? readAnsweredModel(parts) : null,
  });
}

function readBodyColumns({ input, output, family, atHand }: Bodies, content: ReadContent) {
  return {
    inputBodyState: input.state,
    outputBodyState: output.state,
    inputBodyS3Path: input.s3Path,
    outputBodyS3Path: output.s3Path,
    family: atHand ? (family?.id ?? "unknown") : null,
    toolCallCount: output.value === undefined ? null : content.output.toolCalls,
    ...(input.value === undefined ? requestUnread : readRequest(input.parts, content.input)),
  } as const;
}

function readService(record: JsonObject, { input, output }: Bodies) {
  const configs = [record, ...output.parts.map(({ value }) => value)].map((part) =>
    fieldsOf(part["performanceConfig"]),
  );
  const latency = configs.map((config) => asText(config["latency"])).find((text) => text !== null);
  return {
    serviceTier: readServiceTier(input.parts, output.parts),
    performanceLatency: latency ?? null,
    videoSeconds: asAmount(fieldsOf(record["output"])["outputVideoDurationSeconds"]),
  };
}

const operations = new Set(["InvokeModel", "InvokeModelWithResponseStream", "Converse", "ConverseStream"]);

/** Sorted, each once. */
function anomaliesOf(reading: Reading, found: readonly string[]): string[] {
  const { accepted, record, bodies, content } = reading;
  const { operation, schemaVersion } = readLogged(record);
  const { input, output, family, atHand } = bodies;
  const all = [...accepted.anomalies, ...found, ...input.anomalies, ...output.anomalies];
  if (operation !== null && !operations.has(operation)) all.push("unknown-operation");
  if (schemaVersion !== null && schemaVersion !== "1.0") all.push("schema-version");
  if (atHand && family === null) all.push("unknown-family");
  if (accepted.tooDeep || !content.complete) all.push("limit");
  if (isUnfinished(reading)) all.push("stream-unfinished");
  return [...new Set(all)].toSorted();
}

/** A list of events in which no model said why it stopped. */
function isUnfinished({ bodies: { output, family }, content }: Reading): boolean {
  const speaks = family !== null && family.id !== "embedding" && family.id !== "media";
  return speaks && Array.isArray(output.value) && content.stopReason === null;
}
