import type { Invocation, InvocationContent, Side } from "../domain/invocation.ts";
import { canonicalJson } from "../lib/canonical-json.ts";
import { hash64 } from "../lib/hash.ts";
import { memo } from "../lib/memo.ts";
import { readAnsweredModel, readLatency } from "./answer.ts";
import { bodyText, withoutDeepFields, type FetchedBodies } from "./bodies.ts";
import { oddCounts, readCounts, type Counts } from "./counts.ts";
import { type Mapped, readEndpoint, type Resolve } from "./endpoint.ts";
import type { BodyPart } from "./families/family-reader.ts";
import { readGuardrail, guardrailUnread } from "./guardrail.ts";
import { readInvokedModel, readTrace } from "./guardrail-trace.ts";
import { takeInventory } from "./inventory.ts";
import { asAmount, asName, asObject, asText, fieldsOf, type JsonObject } from "./json-values.ts";
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
  readonly mapping?: Mapped;
  /** Bodies of this one record that lay beside it. */
  readonly fetched?: FetchedBodies;
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
  readonly kind: "record";
  readonly invocation: Invocation;
  readonly content: InvocationContent;
  /**
   * The first 8 bytes of SHA-256 over the redacted record, as a signed integer: its fields in fixed key order, its bodies as they are
   * stored. Equal hashes mean equal records; of records whose hashes differ the values are compared.
   */
  readonly recordHash: bigint;
  /** The record without what is never stored. */
  readonly redacted: JsonObject;
  /** Nested deeper than 200: stored without its bodies; its bytes belong into quarantine as `too-deep`. */
  readonly tooDeep: boolean;
}

export function readRecord(accepted: AcceptedRecord, deps: NormalizeDeps): NormalizedRecord {
  const record = accepted.tooDeep ? withoutDeepFields(accepted.record) : accepted.record;
  const bodies = takeBodies(record, accepted.text, deps.fetched);
  const content = readContent(bodies, deps.hmac);
  // What is left of a record that is too deep can be the same of two of them.
  const canonical = () => (accepted.tooDeep ? accepted.text : canonicalJson(record));
  const requestId = asName(record["requestId"]) ?? `hmac:${deps.hmac(canonical())}`;
  const id = `${accepted.accountId}/${accepted.region}/${requestId}`;
  const invocation = readRow({ accepted, record, bodies, content, deps, id });
  const ambiguous = invocation.anomalies.includes("ambiguous");
  const inputBody = bodyText(bodies.input, ambiguous);
  const outputBody = bodyText(bodies.output, ambiguous);
  return {
    kind: "record",
    invocation,
    content: {
      id,
      segments: content.segments,
      inputBody,
      outputBody,
      complete: content.complete && !accepted.tooDeep,
    },
    recordHash: hashOf(record, { input: inputBody, output: outputBody }),
    redacted: record,
    tooDeep: accepted.tooDeep,
  };
}

/**
 * To write the bodies once more in key order would cost as much as to read them, and to copy the record without them half of that: they
 * step aside while the rest is written.
 */
function hashOf(record: JsonObject, bodies: Readonly<Record<Side, string | null>>): bigint {
  const aside: { readonly group: Record<string, unknown>; readonly key: string; readonly body: unknown }[] = [];
  let texts = "";
  for (const side of ["input", "output"] as const) {
    const group = asObject(record[side]);
    const key = `${side}BodyJson`;
    const text = bodies[side];
    const body = group?.[key] ?? null;
    // A body that lay beside the record is no part of it.
    if (group === null || text === null || body === null) continue;
    aside.push({ group: group as Record<string, unknown>, key, body });
    (group as Record<string, unknown>)[key] = true;
    texts += `\n${text}`;
  }
  const fields = canonicalJson(record);
  for (const { group, key, body } of aside) group[key] = body;
  return hash64(fields + texts);
}

interface Reading {
  readonly accepted: AcceptedRecord;
  readonly record: JsonObject;
  readonly bodies: Bodies;
  readonly content: ReadContent;
  readonly deps: NormalizeDeps;
  readonly id: string;
}

/** One literal names every column: a row that is spread together from parts takes several times as long. */
function readRow(reading: Reading): Invocation {
  const { accepted, record, bodies, content, id } = reading;
  const { input, output } = bodies;
  const logged = readLogged(record);
  const principal = readPrincipal(logged.identityArn, accepted.accountId);
  const counts = readCounts(record, bodies);
  const guardrail = guardrailOf(reading, counts);
  const { endpoint, anomalies } = endpointOf(reading);
  const latency = readLatency(logged.operation, output.parts);
  const request = input.value === undefined ? requestUnread : readRequest(input.parts, content.input);
  const inventory = takeInventory(record);
  const found = [...anomalies, ...inventory.anomalies, ...oddCounts(bodies, counts)];
  return {
    id,
    time: accepted.time,
    accountId: oneOf(accepted.accountId),
    region: oneOf(accepted.region),
    requestId: logged.requestId,
    schemaVersion: logged.schemaVersion,
    operation: logged.operation,
    modelId: logged.modelId,
    identityArn: logged.identityArn,
    inferenceRegion: logged.inferenceRegion,
    errorCode: logged.errorCode,
    status: readStatus(logged.errorCode, guardrail.guardrailOutcome, asObject(record["output"]) !== null),
    residency: readResidency({ region: accepted.region, logged, counts, guardrail, endpoint }),
    model: endpoint.model,
    provider: endpoint.provider,
    modelSource: endpoint.modelSource,
    endpointType: endpoint.endpointType,
    endpointTypeBehind: endpoint.endpointTypeBehind,
    geo: endpoint.geo,
    resourceId: endpoint.resourceId,
    principalKey: principal.principalKey,
    principal: principal.principal,
    actorClass: principal.actorClass,
    sessionName: principal.sessionName,
    requestMetadata: readMetadata(record["requestMetadata"]),
    inputTokens: counts.inputTokens,
    outputTokens: counts.outputTokens,
    cacheReadTokens: counts.cacheReadTokens,
    cacheWriteTokens: counts.cacheWriteTokens,
    cacheWrite1hTokens: counts.cacheWrite1hTokens,
    contextTokens: counts.contextTokens,
    latencyMs: latency.latencyMs,
    firstByteMs: latency.firstByteMs,
    stopReason: content.stopReason,
    stopClass: readStopClass(content.stopReason),
    guardrailOutcome: guardrail.guardrailOutcome,
    guardrailStage: guardrail.guardrailStage,
    guardrailIds: guardrail.guardrailIds,
    guardrailOrigins: guardrail.guardrailOrigins,
    guardrailHits: guardrail.guardrailHits,
    guardedCharacters: guardrail.guardedCharacters,
    totalCharacters: guardrail.totalCharacters,
    inputBodyState: input.state,
    outputBodyState: output.state,
    inputBodyS3Path: input.s3Path,
    outputBodyS3Path: output.s3Path,
    family: bodies.atHand ? (bodies.family?.id ?? "unknown") : null,
    maxTokens: request.maxTokens,
    toolCallCount: output.value === undefined ? null : content.output.toolCalls,
    betaFlags: request.betaFlags,
    toolNames: request.toolNames,
    mediaCount: request.mediaCount,
    requestShape: request.requestShape,
    serviceTier: readServiceTier(input.parts, output.parts),
    performanceLatency: readPerformance(record, output.parts),
    videoSeconds: asAmount(fieldsOf(record["output"])["outputVideoDurationSeconds"]),
    extra: inventory.extra,
    anomalies: anomaliesOf(reading, logged, found),
  };
}

type Logged = Pick<
  Invocation,
  "requestId" | "schemaVersion" | "operation" | "modelId" | "inferenceRegion" | "identityArn" | "errorCode"
>;

/** What is taken as it was logged; null: missing, or of a wrong type. */
function readLogged(record: JsonObject): Logged {
  return {
    requestId: asName(record["requestId"]),
    schemaVersion: shared(asText(record["schemaVersion"])),
    operation: shared(asText(record["operation"])),
    modelId: shared(asText(record["modelId"])),
    inferenceRegion: shared(asName(record["inferenceRegion"])),
    identityArn: shared(asText(fieldsOf(record["identity"])["arn"])),
    errorCode: shared(asName(record["errorCode"])),
  };
}

/** Records name the same callers and models again and again: thousands of them wait to be written and hold one string of each. */
function shared(text: string | null): string | null {
  return text === null ? null : oneOf(text);
}

const oneOf = memo((text) => text, 5_000, 256);

/** Keys are the caller's: the object has no prototype, so that none of them means anything. */
function readMetadata(value: unknown): Record<string, string> | null {
  const fields = asObject(value);
  if (fields === null) return null;
  const metadata = Object.create(null) as Record<string, string>;
  for (const [key, text] of Object.entries(fields)) if (typeof text === "string") metadata[key] = text;
  return metadata;
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

function readPerformance(record: JsonObject, output: readonly BodyPart[]): string | null {
  const logged = asText(fieldsOf(record["performanceConfig"])["latency"]);
  if (logged !== null) return logged;
  for (const { value } of output) {
    const latency = asText(fieldsOf(value["performanceConfig"])["latency"]);
    if (latency !== null) return latency;
  }
  return null;
}

const operations = new Set(["InvokeModel", "InvokeModelWithResponseStream", "Converse", "ConverseStream"]);

/** Sorted, each once. */
function anomaliesOf(reading: Reading, { operation, schemaVersion }: Logged, found: readonly string[]): string[] {
  const { accepted, bodies, content } = reading;
  const { input, output, family, atHand } = bodies;
  const all = [...accepted.anomalies, ...found, ...input.anomalies, ...output.anomalies];
  if (operation !== null && !operations.has(operation)) all.push("unknown-operation");
  if (schemaVersion !== null && schemaVersion !== "1.0") all.push("schema-version");
  if (atHand && family === null) all.push("unknown-family");
  if (accepted.tooDeep || !content.complete) all.push("limit");
  if (isUnfinished(reading)) all.push("stream-unfinished");
  return all.length === 0 ? all : [...new Set(all)].toSorted();
}

/** A list of events in which no model said why it stopped. */
function isUnfinished({ bodies: { output, family }, content }: Reading): boolean {
  const speaks = family !== null && family.id !== "embedding" && family.id !== "media";
  return speaks && Array.isArray(output.value) && content.stopReason === null;
}
