/** The types that every engine reads alike; anything else is refused by review. */
export type ColumnType =
  | "VARCHAR"
  | "BIGINT"
  | "DOUBLE"
  | "TIMESTAMP"
  | "VARCHAR[]"
  | "MAP(VARCHAR, VARCHAR)"
  | "STRUCT(guardrail_id VARCHAR, stage VARCHAR, policy VARCHAR, label VARCHAR, action VARCHAR)[]";

/** A table of the lake: its columns in file order, and the order of its rows in a segment. */
export interface Table {
  readonly columns: Readonly<Record<string, ColumnType>>;
  /** Names of columns; one with a minus before it descends. */
  readonly sort: readonly string[];
}

export interface SortKey {
  readonly column: string;
  readonly descends: boolean;
}

/** The first key counts most. */
export function sortKeys({ sort }: Table): readonly SortKey[] {
  return sort.map((key) =>
    key.startsWith("-") ? { column: key.slice(1), descends: true } : { column: key, descends: false },
  );
}

/** What follows `order by`. */
export function orderOf(table: Table): string {
  return sortKeys(table)
    .map(({ column, descends }) => `"${column}"${descends ? " desc" : ""}`)
    .join(", ");
}

const identity = {
  time: "TIMESTAMP",
  account_id: "VARCHAR",
  region: "VARCHAR",
  request_id: "VARCHAR", // all of `Invocation.id` after its second "/": never NULL
} as const;

/** Additive measures of the rollups: partial sums, summed again when read. */
const rollupMeasures = {
  invocations: "BIGINT",
  succeeded: "BIGINT",
  blocked: "BIGINT",
  client_errors: "BIGINT",
  server_errors: "BIGINT",
  throttled: "BIGINT",
  other_errors: "BIGINT",
  interventions: "BIGINT",
  masked: "BIGINT",
  detected: "BIGINT",
  guardrail_no_evidence: "BIGINT",
  guardrail_unknown: "BIGINT",
  input_tokens: "BIGINT",
  output_tokens: "BIGINT",
  cache_read_tokens: "BIGINT",
  cache_write_tokens: "BIGINT",
  cache_write_1h_tokens: "BIGINT",
  with_tokens: "BIGINT", // calls with any token: those that a price is asked for
  latency_known: "BIGINT",
  other_region: "BIGINT", // succeeded, residency other-region
  not_recorded: "BIGINT", // succeeded, residency not-recorded
  long_context: "BIGINT",
  bodies_in_s3: "BIGINT",
  bodies_absent: "BIGINT",
} as const;
export const rollupMeasureColumns = Object.keys(rollupMeasures) as readonly (keyof typeof rollupMeasures)[];

/** What the sums of `rollups` are kept apart by, beside the time. */
const principalKey = {
  account_id: "VARCHAR",
  region: "VARCHAR",
  model: "VARCHAR",
  endpoint_type: "VARCHAR",
  endpoint_type_behind: "VARCHAR",
  principal_key: "VARCHAR",
  actor_class: "VARCHAR",
  price_key: "VARCHAR",
} as const;

/** What the sums of `rollups_model` are kept apart by, beside the time. */
const modelKey = {
  account_id: "VARCHAR",
  region: "VARCHAR",
  inference_region: "VARCHAR",
  residency: "VARCHAR",
  model: "VARCHAR",
  provider: "VARCHAR",
  geo: "VARCHAR",
  endpoint_type: "VARCHAR",
  endpoint_type_behind: "VARCHAR",
  operation: "VARCHAR",
  status: "VARCHAR",
  error_code: "VARCHAR",
  stop_class: "VARCHAR",
  guardrail_outcome: "VARCHAR",
  price_key: "VARCHAR",
} as const;

export const tables = {
  invocations: {
    columns: {
      ...identity,
      request_id_logged: "VARCHAR", // as logged, NULL when the record had none
      schema_version: "VARCHAR",
      operation: "VARCHAR",
      model_id: "VARCHAR",
      identity_arn: "VARCHAR",
      inference_region: "VARCHAR",
      error_code: "VARCHAR",
      status: "VARCHAR",
      residency: "VARCHAR",
      model: "VARCHAR",
      provider: "VARCHAR",
      model_source: "VARCHAR",
      endpoint_type: "VARCHAR",
      endpoint_type_behind: "VARCHAR",
      geo: "VARCHAR",
      resource_id: "VARCHAR",
      principal_key: "VARCHAR",
      principal: "VARCHAR",
      actor_class: "VARCHAR",
      session_name: "VARCHAR",
      request_metadata: "MAP(VARCHAR, VARCHAR)",
      input_tokens: "BIGINT",
      output_tokens: "BIGINT",
      cache_read_tokens: "BIGINT",
      cache_write_tokens: "BIGINT",
      cache_write_1h_tokens: "BIGINT",
      context_tokens: "BIGINT",
      latency_ms: "DOUBLE",
      first_byte_ms: "DOUBLE",
      stop_reason: "VARCHAR",
      stop_class: "VARCHAR",
      guardrail_outcome: "VARCHAR",
      guardrail_stage: "VARCHAR",
      guardrail_ids: "VARCHAR[]",
      guardrail_origins: "VARCHAR[]",
      guardrail_hits: "STRUCT(guardrail_id VARCHAR, stage VARCHAR, policy VARCHAR, label VARCHAR, action VARCHAR)[]",
      guarded_characters: "BIGINT",
      total_characters: "BIGINT",
      input_body_state: "VARCHAR",
      output_body_state: "VARCHAR",
      input_body_s3_path: "VARCHAR",
      output_body_s3_path: "VARCHAR",
      family: "VARCHAR",
      max_tokens: "BIGINT",
      tool_call_count: "BIGINT",
      beta_flags: "VARCHAR[]",
      tool_names: "VARCHAR[]",
      media_count: "BIGINT",
      request_shape: "VARCHAR",
      service_tier: "VARCHAR",
      performance_latency: "VARCHAR",
      video_seconds: "DOUBLE",
      extra: "VARCHAR",
      anomalies: "VARCHAR[]",
      price_key: "VARCHAR",
      price_flags: "VARCHAR[]",
      outcome: "VARCHAR",
      user_hash: "VARCHAR",
      user_chars: "BIGINT",
      system_hash: "VARCHAR",
      system_chars: "BIGINT",
      conversation_hash: "VARCHAR",
      history_hash: "VARCHAR",
      extended_hash: "VARCHAR",
      tool_call_hashes: "VARCHAR[]",
      language: "VARCHAR",
      refusal_category: "VARCHAR",
      scan: "VARCHAR[]",
      record_hash: "BIGINT",
      source_id: "VARCHAR",
      unit_id: "BIGINT",
      position: "BIGINT", // 0-based line in the unit
      ingested_at: "TIMESTAMP",
    },
    // A list begins with what is newest: the engine finds it in the first rows of a day, and leaves the others unread.
    sort: ["-time", "account_id", "region", "request_id"],
  },
  content: {
    columns: {
      ...identity,
      side: "VARCHAR",
      origin: "VARCHAR",
      body: "VARCHAR", // JSON text after redaction
      body_bytes: "BIGINT",
      exact_base64: "VARCHAR",
      source_id: "VARCHAR",
      unit_id: "BIGINT",
    },
    sort: ["account_id", "region", "time", "request_id", "side"],
  },
  signals: {
    columns: {
      ...identity,
      principal_key: "VARCHAR",
      rule_id: "VARCHAR",
      rule_version: "BIGINT",
      severity: "VARCHAR",
      side: "VARCHAR",
      kind: "VARCHAR",
      position: "VARCHAR",
      segment_hash: "VARCHAR",
      path: "VARCHAR",
      span_start: "BIGINT",
      span_end: "BIGINT",
      weight: "DOUBLE",
      value_count: "BIGINT",
      value_hash: "VARCHAR",
      decoded: "VARCHAR",
      excerpt: "VARCHAR",
    },
    sort: ["account_id", "region", "time", "request_id", "rule_id"],
  },
  rollups: {
    columns: { hour: "TIMESTAMP", ...principalKey, ...rollupMeasures },
    sort: ["hour", "account_id", "region"],
  },
  rollups_model: {
    columns: { hour: "TIMESTAMP", ...modelKey, ...rollupMeasures },
    sort: ["hour", "account_id", "region"],
  },
  rollups_day: {
    columns: { day: "TIMESTAMP", ...principalKey, ...rollupMeasures },
    sort: ["day", "account_id", "region"],
  },
  rollups_model_day: {
    columns: { day: "TIMESTAMP", ...modelKey, ...rollupMeasures },
    sort: ["day", "account_id", "region"],
  },
  sightings: {
    columns: {
      kind: "VARCHAR",
      account_id: "VARCHAR",
      key: "VARCHAR",
      first_time: "TIMESTAMP",
      last_time: "TIMESTAMP",
      count: "BIGINT",
    },
    sort: ["kind", "account_id", "key"],
  },
  copies: {
    columns: {
      ...identity,
      reason: "VARCHAR", // `conflicting`, `mask-change`; `pending`: not yet compared with the current one
      record: "VARCHAR", // JSON text of the redacted record
      record_hash: "BIGINT",
      source_id: "VARCHAR",
      unit_id: "BIGINT",
      position: "BIGINT",
      ingested_at: "TIMESTAMP",
    },
    sort: ["account_id", "region", "time", "request_id"],
  },
  // Of settled windows: what the catalog held of each; its day is the window's.
  units: {
    columns: {
      unit_id: "BIGINT",
      source_id: "VARCHAR",
      window_start: "TIMESTAMP",
      kind: "VARCHAR",
      key: "VARCHAR",
      version: "VARCHAR",
      size: "BIGINT",
      last_modified: "TIMESTAMP",
      state: "VARCHAR",
      rule: "VARCHAR",
      ignored_by: "VARCHAR", // JSON object: rule → lines ignored by it
      read: "BIGINT",
      stored: "BIGINT",
      duplicates: "BIGINT",
      quarantined: "BIGINT",
      ignored: "BIGINT",
      bytes: "BIGINT",
      attempts: "BIGINT",
      seen_at: "TIMESTAMP",
      first_at: "TIMESTAMP",
      committed_in: "BIGINT", // snapshot
    },
    sort: ["source_id", "window_start", "unit_id"],
  },
} as const satisfies Record<string, Table>;

export type TableName = keyof typeof tables;

/** Tables of partial sums, the same records in each: by hour, and by UTC day for what spans many. */
export const rollupTables = [
  "rollups",
  "rollups_model",
  "rollups_day",
  "rollups_model_day",
] as const satisfies TableName[];
export type RollupTable = (typeof rollupTables)[number];

export function isRollup(name: TableName): name is RollupTable {
  return (rollupTables as readonly TableName[]).includes(name);
}

export const tableNames = Object.keys(tables) as readonly TableName[];

/** Schema of the segments that this program writes; old segments lack later columns, which then read as NULL. */
export const lakeSchemaVersion = 1;
