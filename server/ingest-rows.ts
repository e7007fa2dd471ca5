import type { GuardrailHit, Invocation, Side } from "./domain/invocation.ts";
import type { Signal } from "./domain/signal.ts";
import { dayOf, requestIdOf, type IngestRecord, type Judged } from "./ingest-record.ts";
import { RollupSums } from "./ingest-rollups.ts";
import { Sightings } from "./ingest-sightings.ts";
import { batchOf, type RowBatch, type RowOf } from "./store/segments/row-batch.ts";
import { tables, type TableName } from "./store/tables.ts";

/** Rows of one table, column by column. */
class Columns {
  readonly #columns = new Map<string, unknown[]>();
  #rows = 0;

  constructor(table: TableName) {
    for (const name of Object.keys(tables[table].columns)) this.#columns.set(name, []);
  }

  push(row: Readonly<Record<string, unknown>>): void {
    for (const [name, cells] of this.#columns) cells.push(row[name] ?? null);
    this.#rows += 1;
  }

  batch<N extends TableName>(): RowBatch<N> {
    return { rows: this.#rows, columns: Object.fromEntries(this.#columns) as unknown as RowBatch<N>["columns"] };
  }
}

/** All rows that one batch brings to one day of the lake. */
export class DayRows {
  readonly #invocations = new Columns("invocations");
  readonly #content = new Columns("content");
  readonly #signals = new Columns("signals");
  readonly #copies = new Columns("copies");
  readonly #rollups = new RollupSums();
  readonly #sightings = new Sightings();

  add(judged: Judged): void {
    const { record, signals } = judged;
    const identity = identityCells(record);
    this.#invocations.push({ ...identity, ...invocationCells(judged) });
    for (const row of contentCells(record)) this.#content.push({ ...identity, ...row });
    for (const signal of signals) this.#signals.push({ ...identity, ...signalCells(record.invocation, signal) });
    this.#rollups.add(judged);
    this.#sightings.add(record.invocation);
  }

  /** A copy that is kept beside the current record; no metric reads it. */
  addCopy(record: IngestRecord, reason: "conflicting" | "mask-change"): void {
    this.#copies.push({
      ...identityCells(record),
      reason,
      record: JSON.stringify(record.redacted),
      record_hash: record.recordHash,
      ...originCells(record),
    });
  }

  /** The tables that have rows, with them. */
  *batches(): Generator<{ readonly [N in TableName]: readonly [N, RowBatch<N>] }[TableName]> {
    const all: { readonly [N in TableName]: readonly [N, RowBatch<N>] }[TableName][] = [
      ["invocations", this.#invocations.batch()],
      ["content", this.#content.batch()],
      ["signals", this.#signals.batch()],
      ["rollups", batchOf<"rollups">(this.#rollups.rows("rollups") as unknown as RowOf<"rollups">[])],
      [
        "rollups_model",
        batchOf<"rollups_model">(this.#rollups.rows("rollups_model") as unknown as RowOf<"rollups_model">[]),
      ],
      ["sightings", batchOf<"sightings">(this.#sightings.rows())],
      ["copies", this.#copies.batch()],
    ];
    for (const entry of all) if (entry[1].rows > 0) yield entry;
  }
}

function identityCells({ invocation }: IngestRecord) {
  return {
    time: Date.parse(invocation.time),
    account_id: invocation.accountId,
    region: invocation.region,
    request_id: requestIdOf(invocation),
  };
}

function originCells(record: IngestRecord) {
  return {
    source_id: record.sourceId,
    unit_id: record.unitId,
    position: record.position,
    ingested_at: Date.parse(record.ingestedAt),
  };
}

/** The columns of `invocations` that are not its identity. */
function invocationCells({ features, priceFlags, priceKey, record }: Judged) {
  const call = record.invocation;
  return {
    ...loggedCells(call),
    status: call.status,
    residency: call.residency,
    model: call.model,
    provider: call.provider,
    model_source: call.modelSource,
    endpoint_type: call.endpointType,
    endpoint_type_behind: call.endpointTypeBehind,
    geo: call.geo,
    resource_id: call.resourceId,
    principal_key: call.principalKey,
    principal: call.principal,
    actor_class: call.actorClass,
    session_name: call.sessionName,
    cache_write_1h_tokens: call.cacheWrite1hTokens,
    context_tokens: call.contextTokens,
    latency_ms: call.latencyMs,
    first_byte_ms: call.firstByteMs,
    stop_reason: call.stopReason,
    stop_class: call.stopClass,
    guardrail_outcome: call.guardrailOutcome,
    guardrail_stage: call.guardrailStage,
    guardrail_ids: call.guardrailIds,
    guardrail_origins: call.guardrailOrigins,
    guardrail_hits: call.guardrailHits?.map(hitCells) ?? null,
    guarded_characters: call.guardedCharacters,
    total_characters: call.totalCharacters,
    input_body_state: call.inputBodyState,
    output_body_state: call.outputBodyState,
    input_body_s3_path: call.inputBodyS3Path,
    output_body_s3_path: call.outputBodyS3Path,
    family: call.family,
    max_tokens: call.maxTokens,
    tool_call_count: call.toolCallCount,
    beta_flags: call.betaFlags,
    tool_names: call.toolNames,
    media_count: call.mediaCount,
    request_shape: call.requestShape,
    service_tier: call.serviceTier,
    anomalies: call.anomalies,
    price_key: priceKey,
    price_flags: priceFlags,
    outcome: features.outcome,
    user_hash: features.userHash,
    user_chars: features.userChars,
    system_hash: features.systemHash,
    system_chars: features.systemChars,
    conversation_hash: features.conversationHash,
    history_hash: features.historyHash,
    extended_hash: features.extendedHash,
    tool_call_hashes: features.toolCallHashes,
    language: features.language,
    refusal_category: features.refusalCategory,
    scan: features.scan,
    record_hash: record.recordHash,
    ...originCells(record),
  };
}

/** What the record itself says outside its bodies: these fields decide whether two copies of a call conflict. */
export function loggedCells(call: Invocation) {
  return {
    request_id_logged: call.requestId,
    schema_version: call.schemaVersion,
    operation: call.operation,
    model_id: call.modelId,
    identity_arn: call.identityArn,
    inference_region: call.inferenceRegion,
    error_code: call.errorCode,
    request_metadata: call.requestMetadata === null ? null : Object.entries(call.requestMetadata),
    input_tokens: call.inputTokens,
    output_tokens: call.outputTokens,
    cache_read_tokens: call.cacheReadTokens,
    cache_write_tokens: call.cacheWriteTokens,
    performance_latency: call.performanceLatency,
    video_seconds: call.videoSeconds,
    extra: call.extra,
  };
}

/** The columns of `loggedCells`, in its order. */
export const loggedColumns = [
  "request_id_logged",
  "schema_version",
  "operation",
  "model_id",
  "identity_arn",
  "inference_region",
  "error_code",
  "request_metadata",
  "input_tokens",
  "output_tokens",
  "cache_read_tokens",
  "cache_write_tokens",
  "performance_latency",
  "video_seconds",
  "extra",
] as const satisfies readonly (keyof ReturnType<typeof loggedCells>)[];

function hitCells({ action, guardrailId, label, policy, stage }: GuardrailHit) {
  return { guardrail_id: guardrailId, stage, policy, label, action };
}

function contentCells({ content, sourceId, unitId }: IngestRecord) {
  if (content === null) return [];
  const row = (side: Side, body: string | null) =>
    body === null
      ? []
      : [{ side, origin: "inline", body, body_bytes: Buffer.byteLength(body), source_id: sourceId, unit_id: unitId }];
  return [...row("input", content.inputBody), ...row("output", content.outputBody)];
}

function signalCells(invocation: Invocation, signal: Signal) {
  return {
    principal_key: invocation.principalKey,
    rule_id: signal.ruleId,
    rule_version: signal.ruleVersion,
    severity: signal.severity,
    side: signal.side,
    kind: signal.kind,
    position: signal.position,
    segment_hash: signal.segmentHash,
    path: signal.path,
    span_start: signal.start,
    span_end: signal.end,
    weight: signal.weight,
    value_count: signal.count,
    value_hash: signal.valueHash,
    decoded: signal.decoded,
    excerpt: signal.excerpt,
  };
}

/** Rows by day of the lake. */
export class LakeRows {
  readonly days = new Map<string, DayRows>();

  day(record: IngestRecord): DayRows {
    const dt = dayOf(record.invocation.time);
    const rows = this.days.get(dt) ?? new DayRows();
    this.days.set(dt, rows);
    return rows;
  }
}
