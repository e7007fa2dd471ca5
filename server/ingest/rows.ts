import type { GuardrailHit, Invocation, Side } from "../domain/invocation.ts";
import type { Signal } from "../domain/signal.ts";
import { wholeJson } from "../lib/canonical-json.ts";
import { isoMs } from "../lib/iso-ms.ts";
import { fieldsOf, type JsonObject } from "../normalize/json-values.ts";
import { dayOf, requestIdOf, type IngestRecord, type Judged } from "./record.ts";
import { RollupSums } from "./rollups.ts";
import { Sightings } from "./sightings.ts";
import { batchOf, type ColumnName, type RowBatch, type RowOf } from "../store/segments/row-batch.ts";
import type { TableName } from "../store/tables.ts";

/** How each column of a table is read from what becomes a row. */
type Cells<N extends TableName, T> = { readonly [C in ColumnName<N>]: (source: T) => RowOf<N>[C] };

/**
 * Rows of one table, read column by column at the end: one function runs over all sources before the next one does, and no object is made
 * for a row, as there are millions of them.
 */
class Columns<N extends TableName, T> {
  readonly #cells: readonly [name: string, cellOf: (source: T) => unknown][];
  readonly #sources: T[] = [];

  constructor(cells: Cells<N, T>) {
    this.#cells = Object.entries(cells);
  }

  push(source: T): void {
    this.#sources.push(source);
  }

  batch(): RowBatch<N> {
    const columns: unknown = Object.fromEntries(
      this.#cells.map(([name, cellOf]) => [name, this.#sources.map((source) => cellOf(source))]),
    );
    return { rows: this.#sources.length, columns: columns as RowBatch<N>["columns"] };
  }
}

const identity = {
  time: ({ invocation }: IngestRecord) => isoMs(invocation.time),
  account_id: ({ invocation }: IngestRecord) => invocation.accountId,
  region: ({ invocation }: IngestRecord) => invocation.region,
  request_id: ({ invocation }: IngestRecord) => requestIdOf(invocation),
};

const origin = {
  source_id: (record: IngestRecord) => record.sourceId,
  unit_id: (record: IngestRecord) => record.unitId,
  position: (record: IngestRecord) => record.position,
  ingested_at: (record: IngestRecord) => isoMs(record.ingestedAt),
};

/** The same cells of a part of the source. */
function within<S, T, C extends Readonly<Record<string, (part: T) => unknown>>>(
  part: (source: S) => T,
  cells: C,
): { readonly [K in keyof C]: (source: S) => ReturnType<C[K]> } {
  const wrapped = Object.entries(cells).map(([name, cellOf]) => [name, (source: S) => cellOf(part(source))]);
  return Object.fromEntries(wrapped) as { readonly [K in keyof C]: (source: S) => ReturnType<C[K]> };
}

/** What the record itself says outside its bodies: these columns decide whether two copies of a call conflict. */
const logged = {
  request_id_logged: (call: Invocation) => call.requestId,
  schema_version: (call: Invocation) => call.schemaVersion,
  operation: (call: Invocation) => call.operation,
  model_id: (call: Invocation) => call.modelId,
  identity_arn: (call: Invocation) => call.identityArn,
  inference_region: (call: Invocation) => call.inferenceRegion,
  error_code: (call: Invocation) => call.errorCode,
  request_metadata: (call: Invocation) => (call.requestMetadata === null ? null : Object.entries(call.requestMetadata)),
  input_tokens: (call: Invocation) => call.inputTokens,
  output_tokens: (call: Invocation) => call.outputTokens,
  cache_read_tokens: (call: Invocation) => call.cacheReadTokens,
  cache_write_tokens: (call: Invocation) => call.cacheWriteTokens,
  performance_latency: (call: Invocation) => call.performanceLatency,
  video_seconds: (call: Invocation) => call.videoSeconds,
  extra: (call: Invocation) => call.extra,
};

export const loggedColumns = Object.keys(logged) as readonly (keyof typeof logged)[];

/** The logged columns of one invocation as JSON text, its time first. */
export function loggedFields(call: Invocation): (string | null)[] {
  const cells = loggedColumns.map((name) => logged[name](call));
  return [call.time, ...cells].map(loggedText);
}

/** The order of a map's entries means nothing. */
export function loggedText(cell: unknown): string | null {
  if (cell === null || cell === undefined) return null;
  return JSON.stringify(Array.isArray(cell) ? (cell as readonly [string, unknown][]).toSorted(byName) : cell);
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

const read = {
  status: (call: Invocation) => call.status,
  residency: (call: Invocation) => call.residency,
  model: (call: Invocation) => call.model,
  provider: (call: Invocation) => call.provider,
  model_source: (call: Invocation) => call.modelSource,
  endpoint_type: (call: Invocation) => call.endpointType,
  endpoint_type_behind: (call: Invocation) => call.endpointTypeBehind,
  geo: (call: Invocation) => call.geo,
  resource_id: (call: Invocation) => call.resourceId,
  principal_key: (call: Invocation) => call.principalKey,
  principal: (call: Invocation) => call.principal,
  actor_class: (call: Invocation) => call.actorClass,
  session_name: (call: Invocation) => call.sessionName,
  cache_write_1h_tokens: (call: Invocation) => call.cacheWrite1hTokens,
  context_tokens: (call: Invocation) => call.contextTokens,
  latency_ms: (call: Invocation) => call.latencyMs,
  first_byte_ms: (call: Invocation) => call.firstByteMs,
  stop_reason: (call: Invocation) => call.stopReason,
  stop_class: (call: Invocation) => call.stopClass,
  guardrail_outcome: (call: Invocation) => call.guardrailOutcome,
  guardrail_stage: (call: Invocation) => call.guardrailStage,
  guardrail_ids: (call: Invocation) => call.guardrailIds,
  guardrail_origins: (call: Invocation) => call.guardrailOrigins,
  guardrail_hits: (call: Invocation) => call.guardrailHits?.map(hitCells) ?? null,
  guarded_characters: (call: Invocation) => call.guardedCharacters,
  total_characters: (call: Invocation) => call.totalCharacters,
  input_body_state: (call: Invocation) => call.inputBodyState,
  output_body_state: (call: Invocation) => call.outputBodyState,
  input_body_s3_path: (call: Invocation) => call.inputBodyS3Path,
  output_body_s3_path: (call: Invocation) => call.outputBodyS3Path,
  family: (call: Invocation) => call.family,
  max_tokens: (call: Invocation) => call.maxTokens,
  tool_call_count: (call: Invocation) => call.toolCallCount,
  beta_flags: (call: Invocation) => call.betaFlags,
  tool_names: (call: Invocation) => call.toolNames,
  media_count: (call: Invocation) => call.mediaCount,
  request_shape: (call: Invocation) => call.requestShape,
  service_tier: (call: Invocation) => call.serviceTier,
  anomalies: (call: Invocation) => call.anomalies,
};

const recordOf = ({ record }: Judged) => record;
const callOf = ({ record }: Judged) => record.invocation;

const invocationCells: Cells<"invocations", Judged> = {
  ...within(recordOf, identity),
  ...within(callOf, logged),
  ...within(callOf, read),
  price_key: (judged) => judged.priceKey,
  price_flags: (judged) => judged.priceFlags,
  outcome: ({ features }) => features.outcome,
  user_hash: ({ features }) => features.userHash,
  user_chars: ({ features }) => features.userChars,
  system_hash: ({ features }) => features.systemHash,
  system_chars: ({ features }) => features.systemChars,
  conversation_hash: ({ features }) => features.conversationHash,
  history_hash: ({ features }) => features.historyHash,
  extended_hash: ({ features }) => features.extendedHash,
  tool_call_hashes: ({ features }) => features.toolCallHashes,
  language: ({ features }) => features.language,
  refusal_category: ({ features }) => features.refusalCategory,
  scan: ({ features }) => features.scan,
  record_hash: ({ record }) => record.recordHash,
  ...within(recordOf, origin),
};

interface Body {
  readonly record: IngestRecord;
  readonly side: Side;
  readonly text: string;
}

const contentCells: Cells<"content", Body> = {
  ...within(({ record }: Body) => record, identity),
  side: ({ side }) => side,
  origin: ({ record, side }) => (record.invocation[`${side}BodyState`] === "s3" ? "s3" : "inline"),
  body: ({ text }) => text,
  body_bytes: ({ text }) => Buffer.byteLength(text),
  exact_base64: () => null,
  source_id: ({ record }) => record.sourceId,
  unit_id: ({ record }) => record.unitId,
};

interface Seen {
  readonly record: IngestRecord;
  readonly signal: Signal;
}

const signalCells: Cells<"signals", Seen> = {
  ...within(({ record }: Seen) => record, identity),
  principal_key: ({ record }) => record.invocation.principalKey,
  rule_id: ({ signal }) => signal.ruleId,
  rule_version: ({ signal }) => signal.ruleVersion,
  severity: ({ signal }) => signal.severity,
  side: ({ signal }) => signal.side,
  kind: ({ signal }) => signal.kind,
  position: ({ signal }) => signal.position,
  segment_hash: ({ signal }) => signal.segmentHash,
  path: ({ signal }) => signal.path,
  span_start: ({ signal }) => signal.start,
  span_end: ({ signal }) => signal.end,
  weight: ({ signal }) => signal.weight,
  value_count: ({ signal }) => signal.count,
  value_hash: ({ signal }) => signal.valueHash,
  decoded: ({ signal }) => signal.decoded,
  excerpt: ({ signal }) => signal.excerpt,
};

interface SecondCopy {
  readonly record: IngestRecord;
  readonly reason: "conflicting" | "mask-change" | "pending";
}

/** As it is kept beside the current one: without its bodies where they may not be kept. */
function copiedRecord({ again, content }: IngestRecord): JsonObject | null {
  const record = again()?.redacted ?? null;
  return record === null || content !== null ? record : withoutBodies(record);
}

function withoutBodies(record: JsonObject): JsonObject {
  const { inputBodyJson: _input, ...input } = fieldsOf(record["input"]);
  const { outputBodyJson: _output, ...output } = fieldsOf(record["output"]);
  return {
    ...record,
    ...("input" in record ? { input } : {}),
    ...("output" in record ? { output } : {}),
  };
}

const copyCells: Cells<"copies", SecondCopy> = {
  ...within(({ record }: SecondCopy) => record, identity),
  reason: ({ reason }) => reason,
  record: ({ record }) => wholeJson(copiedRecord(record)),
  record_hash: ({ record }) => record.recordHash,
  ...within(({ record }: SecondCopy) => record, origin),
};

/** A table and its rows. */
export type TableRows = { readonly [N in TableName]: readonly [N, RowBatch<N>] }[TableName];

/** The tables of sums, with their rows. */
export function sumBatches(rollups: RollupSums, sightings: Sightings): readonly TableRows[] {
  return [
    ["rollups", rollups.batch("rollups")],
    ["rollups_model", rollups.batch("rollups_model")],
    ["rollups_day", rollups.batch("rollups_day")],
    ["rollups_model_day", rollups.batch("rollups_model_day")],
    ["sightings", batchOf<"sightings">(sightings.rows())],
  ];
}

/** All rows that one batch brings to one day of the lake. */
export class DayRows {
  readonly #invocations = new Columns(invocationCells);
  readonly #content = new Columns(contentCells);
  readonly #signals = new Columns(signalCells);
  readonly #copies = new Columns(copyCells);
  readonly #rollups = new RollupSums();
  readonly #sightings = new Sightings();

  add(judged: Judged): void {
    const { record, signals } = judged;
    this.#invocations.push(judged);
    this.#addBody(record, "input", record.content?.inputBody ?? null);
    this.#addBody(record, "output", record.content?.outputBody ?? null);
    for (const signal of signals) this.#signals.push({ record, signal });
    this.#rollups.add(judged);
    this.#sightings.add(record.invocation);
  }

  /** A stored call that reads otherwise now. It was counted before; of its content the given sides are added. */
  amend(before: Judged, after: Judged, sides: readonly Side[]): void {
    const { record, signals } = after;
    this.#invocations.push(after);
    for (const side of sides) this.#addBody(record, side, record.content?.[`${side}Body`] ?? null);
    for (const signal of signals) this.#signals.push({ record, signal });
    this.#rollups.add(before, -1);
    this.#rollups.add(after);
    this.#sightings.amend(before.record.invocation, record.invocation);
  }

  /** A copy that is kept beside the current record; no metric reads it. */
  addCopy(record: IngestRecord, reason: SecondCopy["reason"]): void {
    this.#copies.push({ record, reason });
  }

  /** The tables that have rows, with them. */
  batches(): readonly TableRows[] {
    const all: readonly TableRows[] = [
      ["invocations", this.#invocations.batch()],
      ["content", this.#content.batch()],
      ["signals", this.#signals.batch()],
      ...sumBatches(this.#rollups, this.#sightings),
      ["copies", this.#copies.batch()],
    ];
    return all.filter(([, { rows }]) => rows > 0);
  }

  #addBody(record: IngestRecord, side: Side, text: string | null): void {
    if (text !== null) this.#content.push({ record, side, text });
  }
}

function hitCells({ action, guardrailId, label, policy, stage }: GuardrailHit) {
  return { guardrail_id: guardrailId, stage, policy, label, action };
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
