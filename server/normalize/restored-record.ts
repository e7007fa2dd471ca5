import type { Invocation, Side } from "../domain/invocation.ts";
import { parseJson } from "../lib/bounded-json.ts";
import { type FetchedBodies, maxRecordDepth } from "./bodies.ts";
import { asObject, type JsonObject } from "./json-values.ts";

/** The kept bodies of a call, JSON text as they are stored; null where none is at hand. */
export type KeptBodies = Readonly<Record<Side, string | null>>;

export interface RestoredRecord {
  readonly record: JsonObject;
  /** Those of the kept bodies that the record did not carry itself. */
  readonly fetched: FetchedBodies;
}

/** Anomalies of a record's text or of its object: no reading of what was stored shows them again. */
const onlyOnce: ReadonlySet<string> = new Set(["ambiguous", "text-repaired", "partial-object", "repaired", "limit"]);

/** Anomalies of a call that was read again from what is stored: its own, and those that only the first reading could see. */
export function anomaliesAgain(before: readonly string[], again: readonly string[]): string[] {
  return [...new Set([...before.filter((name) => onlyOnce.has(name)), ...again])].toSorted();
}

/** A record again from what was stored of it: to read it gives the same row, but for the anomalies of its text. */
export function restoredRecord(call: Invocation, bodies: KeptBodies): RestoredRecord {
  const extra = asObject(call.extra === null ? null : parseJson(call.extra, maxRecordDepth)?.value) ?? {};
  const fetched: { input?: string; output?: string } = {};
  for (const side of ["input", "output"] as const) {
    const body = bodies[side];
    if (call[`${side}BodyState`] === "s3" && body !== null) fetched[side] = textOf(body);
  }
  return { record: merged(fieldsAgain(call, bodies), extra), fetched };
}

/** A body that was plain text stands as a JSON string. */
function textOf(body: string): string {
  const value = valueOf(body);
  return typeof value === "string" ? value : body;
}

function valueOf(body: string): unknown {
  return parseJson(body, maxRecordDepth)?.value ?? body;
}

/** What the columns hold, under the names of the record. */
function fieldsAgain(call: Invocation, bodies: KeptBodies): Record<string, unknown> {
  const hasOutput = call.errorCode === null ? call.status !== "unknown" : call.outputBodyState !== "absent";
  return known({
    schemaType: "ModelInvocationLog",
    schemaVersion: call.schemaVersion,
    // Whole seconds are how it is logged; every other form stands in `extra`.
    timestamp: call.time.replace(/\.000Z$/, "Z"),
    accountId: call.accountId,
    region: call.region,
    requestId: call.requestId,
    operation: call.operation,
    modelId: call.modelId,
    errorCode: call.errorCode,
    inferenceRegion: call.inferenceRegion,
    requestMetadata: call.requestMetadata,
    identity: call.identityArn === null ? null : { arn: call.identityArn },
    performanceConfig: call.performanceLatency === null ? null : { latency: call.performanceLatency },
    input: known({
      inputBodyJson: inlineBody(call, bodies, "input"),
      inputBodyS3Path: call.inputBodyS3Path,
      inputTokenCount: call.inputTokens,
      cacheReadInputTokenCount: call.cacheReadTokens,
      cacheWriteInputTokenCount: call.cacheWriteTokens,
    }),
    output: outputAgain(call, bodies, hasOutput),
  });
}

function outputAgain(call: Invocation, bodies: KeptBodies, present: boolean): Record<string, unknown> | null {
  const fields = known({
    outputBodyJson: inlineBody(call, bodies, "output"),
    outputBodyS3Path: call.outputBodyS3Path,
    outputTokenCount: call.outputTokens,
    outputVideoDurationSeconds: call.videoSeconds,
  });
  return present || Object.keys(fields).length > 0 ? fields : null;
}

function inlineBody(call: Invocation, bodies: KeptBodies, side: Side): unknown {
  const body = bodies[side];
  return call[`${side}BodyState`] === "inline" && body !== null ? valueOf(body) : null;
}

function known(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

/** What no column held stands over what the columns say: it is what was logged. */
function merged(fields: Record<string, unknown>, extra: JsonObject): JsonObject {
  const record = Object.assign(Object.create(null) as Record<string, unknown>, fields);
  for (const [key, value] of Object.entries(extra)) {
    const held = asObject(record[key]);
    const more = asObject(value);
    record[key] = held !== null && more !== null && groups.has(key) ? { ...held, ...more } : value;
  }
  return record;
}

const groups: ReadonlySet<string> = new Set(["identity", "performanceConfig", "input", "output"]);
