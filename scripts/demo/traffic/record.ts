import type { Call, Json, JsonObject } from "./exchange.ts";
import { bodyFamilies } from "./bodies/list.ts";
import { converseInput, converseOutput } from "./bodies/converse.ts";
import { invokeTrace } from "./bodies/guardrail-trace.ts";
import { dataFolder, type S3Place } from "./layout.ts";

/** How the logs of one region are delivered, as far as it shows in a record. */
export interface Delivery {
  /** Where bodies over the limit go; null: they are lost. */
  readonly bodies: S3Place | null;
  /** False: text delivery is off, records hold counts only. */
  readonly text: boolean;
}

const isConverse = (call: Call): boolean => call.operation.startsWith("Converse");
const isStream = (call: Call): boolean => call.operation === "InvokeModelWithResponseStream";
const blockedAtInput = (call: Call): boolean => call.exchange.guardrail?.did === "blocked-input";

/** `2026-11-24T02:20:00Z`: records keep whole seconds. */
export function stamp(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}

export function inputBodyOf(call: Call, delivery: Delivery): JsonObject {
  if (!isConverse(call)) return bodyFamilies[call.model.family].input(call);
  return converseInput(call, (index, format) => {
    const folder =
      delivery.bodies === null ? "s3://" : `s3://${delivery.bodies.bucket}/${dataFolder(call, delivery.bodies)}`;
    return `${folder}${call.requestId}_input_media_${String(index).padStart(2, "0")}.${format}`;
  });
}

export function outputBodyOf(call: Call): Json {
  if (isConverse(call)) return converseOutput(call);
  const { guardrail } = call.exchange;
  const traced = guardrail === null ? {} : invokeTrace(guardrail, call.exchange);
  const family = bodyFamilies[call.model.family];
  if (!isStream(call) || family.events === null) return { ...family.output(call), ...traced };
  const events = family.events(call);
  return events.map((event, index) =>
    index < events.length - 1 ? event : { ...event, ...traced, "amazon-bedrock-invocationMetrics": metricsOf(call) },
  );
}

function metricsOf(call: Call): JsonObject {
  const { usage } = call;
  return {
    inputTokenCount: usage.input,
    outputTokenCount: usage.output,
    invocationLatency: call.latencyMs,
    firstByteLatency: call.firstByteMs,
    ...cacheCounts(call),
  };
}

const cacheCounts = (call: Call): JsonObject =>
  call.model.caches
    ? { cacheReadInputTokenCount: call.usage.cacheRead, cacheWriteInputTokenCount: call.usage.cacheWrite }
    : {};

function bodyField(call: Call, side: "input" | "output", delivery: Delivery, body: () => Json): JsonObject {
  const state = side === "input" ? call.inputBody : call.outputBody;
  if (!delivery.text || state === "absent") return {};
  if (state === "inline") return { [`${side}BodyJson`]: body() };
  if (delivery.bodies === null) return {};
  const path = `s3://${delivery.bodies.bucket}/${dataFolder(call, delivery.bodies)}${call.requestId}_${side}.json.gz`;
  return { [`${side}BodyS3Path`]: path };
}

/** InvokeModel has no counts at all for what a guardrail blocked at the input; Converse writes zeros. */
function sides(call: Call, delivery: Delivery): JsonObject {
  const counted = isConverse(call) || isStream(call) || !blockedAtInput(call);
  const type = "application/json";
  const input = {
    inputContentType: type,
    ...bodyField(call, "input", delivery, () => inputBodyOf(call, delivery)),
    ...(counted ? { inputTokenCount: call.usage.input, ...cacheCounts(call) } : {}),
  };
  const output = {
    outputContentType: type,
    ...bodyField(call, "output", delivery, () => outputBodyOf(call)),
    ...(counted && call.model.family !== "embedding" ? { outputTokenCount: call.usage.output } : {}),
  };
  return { input, output };
}

/** The record that Bedrock writes of a call. A failed one has neither input nor output. */
export function recordOf(call: Call, delivery: Delivery): JsonObject {
  const head = { timestamp: stamp(call.time), accountId: call.accountId };
  const identity = { identity: { arn: call.identityArn } };
  const what = {
    region: call.region,
    requestId: call.requestId,
    operation: call.operation,
    modelId: call.model.modelId,
  };
  const schema = { schemaType: "ModelInvocationLog", schemaVersion: "1.0" };
  // Converse* puts the identity behind the model, InvokeModel* before the region.
  const who = isConverse(call) ? { ...head, ...what, ...identity } : { ...head, ...identity, ...what };
  if (call.errorCode !== null) return { ...who, errorCode: call.errorCode, ...schema };
  return {
    ...who,
    ...sides(call, delivery),
    ...(call.exchange.metadata === null ? {} : { requestMetadata: call.exchange.metadata }),
    ...(call.inferenceRegion === null || blockedAtInput(call) ? {} : { inferenceRegion: call.inferenceRegion }),
    ...schema,
  };
}
