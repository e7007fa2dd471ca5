import type { Invocation } from "../domain/invocation.ts";
import type { Signal } from "../domain/signal.ts";
import { raw, sql, type Sql } from "../store/sql.ts";
import type { Row } from "../store/store.ts";

/** The columns of `invocations` that make an invocation again, and what it is priced by. */
export const callColumns: Sql = raw(
  [
    "time account_id region request_id request_id_logged schema_version operation model_id identity_arn inference_region error_code",
    "status residency model provider model_source endpoint_type endpoint_type_behind geo resource_id principal_key principal",
    "actor_class session_name request_metadata input_tokens output_tokens cache_read_tokens cache_write_tokens cache_write_1h_tokens",
    "context_tokens latency_ms first_byte_ms stop_reason stop_class guardrail_outcome guardrail_stage guardrail_ids guardrail_origins",
    "guardrail_hits guarded_characters total_characters input_body_state output_body_state input_body_s3_path output_body_s3_path",
    "family max_tokens tool_call_count beta_flags tool_names media_count request_shape service_tier performance_latency video_seconds",
    "extra anomalies price_key",
  ]
    .flatMap((line) => line.split(" "))
    .map((column) => `s.${column}`)
    .join(", "),
);

/** And those that tell how it was priced and where it came from. */
export const invocationColumns: Sql = sql`${callColumns}, s.price_flags, s.source_id, s.unit_id, s.position, s.ingested_at`;

/** The invocation of a row with `callColumns`: exactly the one that was written. */
export function invocationOf(row: Row): Invocation {
  return {
    id: `${text(row["account_id"])}/${text(row["region"])}/${text(row["request_id"])}`,
    time: text(row["time"]),
    accountId: text(row["account_id"]),
    region: text(row["region"]),
    requestId: maybe(row["request_id_logged"]),
    schemaVersion: maybe(row["schema_version"]),
    operation: maybe(row["operation"]),
    modelId: maybe(row["model_id"]),
    identityArn: maybe(row["identity_arn"]),
    inferenceRegion: maybe(row["inference_region"]),
    errorCode: maybe(row["error_code"]),
    status: word<Invocation["status"]>(row["status"]),
    residency: word<Invocation["residency"]>(row["residency"]),
    model: maybe(row["model"]),
    provider: maybe(row["provider"]),
    modelSource: maybe<NonNullable<Invocation["modelSource"]>>(row["model_source"]),
    endpointType: word<Invocation["endpointType"]>(row["endpoint_type"]),
    endpointTypeBehind: maybe<NonNullable<Invocation["endpointTypeBehind"]>>(row["endpoint_type_behind"]),
    geo: maybe(row["geo"]),
    resourceId: maybe(row["resource_id"]),
    principalKey: text(row["principal_key"]),
    principal: text(row["principal"]),
    actorClass: word<Invocation["actorClass"]>(row["actor_class"]),
    sessionName: maybe(row["session_name"]),
    requestMetadata: mapOf(row["request_metadata"]),
    inputTokens: number(row["input_tokens"]),
    outputTokens: number(row["output_tokens"]),
    cacheReadTokens: number(row["cache_read_tokens"]),
    cacheWriteTokens: number(row["cache_write_tokens"]),
    cacheWrite1hTokens: number(row["cache_write_1h_tokens"]),
    contextTokens: number(row["context_tokens"]),
    latencyMs: number(row["latency_ms"]),
    firstByteMs: number(row["first_byte_ms"]),
    stopReason: maybe(row["stop_reason"]),
    stopClass: maybe<NonNullable<Invocation["stopClass"]>>(row["stop_class"]),
    guardrailOutcome: maybe<NonNullable<Invocation["guardrailOutcome"]>>(row["guardrail_outcome"]),
    guardrailStage: maybe<NonNullable<Invocation["guardrailStage"]>>(row["guardrail_stage"]),
    guardrailIds: list(row["guardrail_ids"]),
    guardrailOrigins: list(row["guardrail_origins"]),
    guardrailHits: hitsOf(row["guardrail_hits"]),
    guardedCharacters: number(row["guarded_characters"]),
    totalCharacters: number(row["total_characters"]),
    inputBodyState: word<Invocation["inputBodyState"]>(row["input_body_state"]),
    outputBodyState: word<Invocation["outputBodyState"]>(row["output_body_state"]),
    inputBodyS3Path: maybe(row["input_body_s3_path"]),
    outputBodyS3Path: maybe(row["output_body_s3_path"]),
    family: maybe<NonNullable<Invocation["family"]>>(row["family"]),
    maxTokens: number(row["max_tokens"]),
    toolCallCount: number(row["tool_call_count"]),
    betaFlags: list(row["beta_flags"]),
    toolNames: list(row["tool_names"]),
    mediaCount: number(row["media_count"]),
    requestShape: maybe(row["request_shape"]),
    serviceTier: maybe(row["service_tier"]),
    performanceLatency: maybe(row["performance_latency"]),
    videoSeconds: number(row["video_seconds"]),
    extra: maybe(row["extra"]),
    anomalies: list(row["anomalies"]) ?? [],
  };
}

export const signalColumns: Sql = raw(
  "rule_id, rule_version, severity, side, kind, position, segment_hash, path, span_start, span_end, weight, value_count, value_hash, decoded, excerpt",
);

export function signalOf(row: Row): Signal {
  return {
    ruleId: text(row["rule_id"]),
    ruleVersion: Number(row["rule_version"]),
    severity: word<Signal["severity"]>(row["severity"]),
    side: word<Signal["side"]>(row["side"]),
    kind: word<Signal["kind"]>(row["kind"]),
    position: word<Signal["position"]>(row["position"]),
    segmentHash: maybe(row["segment_hash"]),
    path: text(row["path"]),
    start: Number(row["span_start"]),
    end: Number(row["span_end"]),
    weight: Number(row["weight"]),
    count: Number(row["value_count"]),
    valueHash: maybe(row["value_hash"]),
    decoded: maybe(row["decoded"]),
    excerpt: maybe(row["excerpt"]),
  };
}

/* The lake is written by this program alone, from these types: here its values get them back. */

export function text(value: unknown): string {
  return value as string;
}

export function maybe<T extends string = string>(value: unknown): T | null {
  return (value ?? null) as T | null;
}

export function number(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}

function word<T extends string>(value: unknown): T {
  return value as T;
}

export function list(value: unknown): string[] | null {
  return (value ?? null) as string[] | null;
}

function mapOf(value: unknown): Record<string, string> | null {
  return value === null || value === undefined ? null : Object.fromEntries(value as [string, string][]);
}

function hitsOf(value: unknown): Invocation["guardrailHits"] {
  const hits = (value ?? null) as Row[] | null;
  return hits === null
    ? null
    : hits.map((hit) => ({
        guardrailId: text(hit["guardrail_id"]),
        stage: word<"input" | "output">(hit["stage"]),
        policy: text(hit["policy"]),
        label: text(hit["label"]),
        action: text(hit["action"]),
      }));
}
