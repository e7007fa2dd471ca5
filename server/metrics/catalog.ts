import type { Measure } from "../domain/metric.ts";
import { percentiles } from "../store/engine-words.ts";
import { raw, sql, type Sql } from "../store/sql.ts";
import type { rollupMeasureColumns } from "../store/tables.ts";

export type SumColumn = (typeof rollupMeasureColumns)[number];

/** What each additive column of the rollups counts in one row `s` of `invocations`. */
export const rowSums: Readonly<Record<SumColumn, Sql>> = {
  invocations: raw("1"),
  succeeded: one("s.status = 'success'"),
  blocked: one("s.status = 'blocked'"),
  client_errors: one("s.status = 'client-error'"),
  server_errors: one("s.status = 'server-error'"),
  throttled: one("s.status = 'throttled'"),
  other_errors: one("s.status = 'other-error'"),
  interventions: one("s.guardrail_outcome in ('blocked', 'masked', 'intervened')"),
  masked: one("s.guardrail_outcome = 'masked'"),
  detected: one("s.guardrail_outcome = 'detected'"),
  guardrail_no_evidence: one("s.guardrail_outcome = 'no-evidence'"),
  guardrail_unknown: one("s.guardrail_outcome is null"),
  input_tokens: raw("coalesce(s.input_tokens, 0)"),
  output_tokens: raw("coalesce(s.output_tokens, 0)"),
  cache_read_tokens: raw("coalesce(s.cache_read_tokens, 0)"),
  cache_write_tokens: raw("coalesce(s.cache_write_tokens, 0)"),
  cache_write_1h_tokens: raw("coalesce(s.cache_write_1h_tokens, 0)"),
  with_tokens: one(
    "coalesce(s.input_tokens, 0) > 0 or coalesce(s.output_tokens, 0) > 0 or coalesce(s.cache_read_tokens, 0) > 0 or coalesce(s.cache_write_tokens, 0) > 0",
  ),
  latency_known: one("s.latency_ms is not null"),
  other_region: one("s.status = 'success' and s.residency = 'other-region'"),
  not_recorded: one("s.status = 'success' and s.residency = 'not-recorded'"),
  long_context: one("s.context_tokens > 200000"),
  bodies_in_s3: one("s.error_code is null and (s.input_body_state = 's3' or s.output_body_state = 's3')"),
  bodies_absent: one("s.error_code is null and (s.input_body_state = 'absent' or s.output_body_state = 'absent')"),
};

function one(condition: string): Sql {
  return raw(`case when ${condition} then 1 else 0 end`);
}

/** Columns whose distinct values are counted. */
export type KeyColumn = "principal_key" | "session_name" | "model" | "account_id" | "region" | "record";
export type ValueColumn = "latency_ms" | "first_byte_ms";

/**
 * A measure over cells: rows that carry sums as `n_<column>`, keys as `k_<column>`, values of single records as `v_<column>`, costs in
 * pico-USD, and whether a key was first seen in the cell's own part of the range as `new_<column>`.
 */
export interface MeasureSql {
  readonly sums: readonly SumColumn[];
  readonly keys: readonly KeyColumn[];
  readonly values: readonly ValueColumn[];
  /** Needs the cells' price keys and days. */
  readonly priced: boolean;
  /** Needs to know when the keys were first seen. */
  readonly firstSeen: "principal_key" | "model" | null;
  /** An aggregate over cells. */
  readonly sql: Sql;
  /** Money is pico-USD; it leaves the engine as text, so that no digit is lost. */
  readonly unit: "number" | "picoUsd";
  /** What no record at all amounts to: nothing, or nothing that can be said. */
  readonly empty: 0 | null;
}

const plain: MeasureSql = {
  sums: [],
  keys: [],
  values: [],
  priced: false,
  firstSeen: null,
  sql: raw("null"),
  unit: "number",
  empty: 0,
};

const tokenColumns = ["input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens"] as const;
const errorColumns = ["client_errors", "server_errors", "throttled", "other_errors"] as const;

function total(...columns: readonly SumColumn[]): Sql {
  return raw(columns.map((column) => `coalesce(sum(n_${column}), 0)`).join(" + "));
}

/** A sum as BIGINT: the engine's own is wider than what a column can hold. */
function sum(...sums: readonly SumColumn[]): MeasureSql {
  return { ...plain, sums, sql: sql`cast(${total(...sums)} as bigint)` };
}

function ratio(part: readonly SumColumn[], whole: readonly SumColumn[]): MeasureSql {
  return { ...plain, sums: [...part, ...whole], empty: null, sql: share(total(...part), total(...whole)) };
}

function share(part: Sql, whole: Sql): Sql {
  return sql`cast(${part} as double) / nullif(cast(${whole} as double), 0)`;
}

function distinct(key: KeyColumn): MeasureSql {
  return { ...plain, keys: [key], sql: raw(`count(distinct k_${key})`) };
}

function firstSeen(key: "principal_key" | "model"): MeasureSql {
  return { ...plain, keys: [key], firstSeen: key, sql: raw(`count(distinct case when new_${key} then k_${key} end)`) };
}

function percentile(value: ValueColumn, share: 0.5 | 0.95 | 0.99): MeasureSql {
  const column = percentiles(raw(`v_${value}`), [0.5, 0.95, 0.99]);
  return { ...plain, values: [value], empty: null, sql: column.get(share) ?? raw("null") };
}

const pricedColumns = [...tokenColumns, "cache_write_1h_tokens", "with_tokens"] as const;

function money(text: string): MeasureSql {
  return { ...plain, sums: pricedColumns, priced: true, unit: "picoUsd", sql: raw(text) };
}

function unpriced(text: string): MeasureSql {
  return { ...plain, sums: pricedColumns, priced: true, sql: raw(`cast(coalesce(sum(${text}), 0) as bigint)`) };
}

/** Null when some calls might have a premium and none can be held against a global rate. */
const ifCompared = (text: string) =>
  `case when coalesce(sum(n_compared), 0) = 0 and coalesce(sum(n_not_compared), 0) > 0 then null else coalesce(sum(${text}), 0) end`;

export const measureSql: Readonly<Record<Measure, MeasureSql>> = {
  invocations: sum("invocations"),
  succeeded: sum("succeeded"),
  blocked: sum("blocked"),
  clientErrors: sum("client_errors"),
  serverErrors: sum("server_errors"),
  throttled: sum("throttled"),
  otherErrors: sum("other_errors"),
  errors: sum(...errorColumns),
  errorRate: ratio(errorColumns, ["invocations"]),
  interventions: sum("interventions"),
  masked: sum("masked"),
  detected: sum("detected"),
  guardrailSeen: {
    ...plain,
    sums: ["invocations", "guardrail_no_evidence", "guardrail_unknown"],
    sql: sql`cast(${total("invocations")} - (${total("guardrail_no_evidence", "guardrail_unknown")}) as bigint)`,
  },
  guardrailNoEvidence: sum("guardrail_no_evidence"),
  guardrailUnknown: sum("guardrail_unknown"),
  principals: distinct("principal_key"),
  sessions: distinct("session_name"),
  models: distinct("model"),
  accounts: distinct("account_id"),
  regions: distinct("region"),
  newPrincipals: firstSeen("principal_key"),
  newModels: firstSeen("model"),
  inputTokens: sum("input_tokens"),
  outputTokens: sum("output_tokens"),
  cacheReadTokens: sum("cache_read_tokens"),
  cacheWriteTokens: sum("cache_write_tokens"),
  totalTokens: sum(...tokenColumns),
  cacheHitShare: ratio(["cache_read_tokens"], ["input_tokens", "cache_read_tokens", "cache_write_tokens"]),
  costUsd: money(
    "case when coalesce(sum(n_with_tokens), 0) > 0 and coalesce(sum(n_priced), 0) = 0 then null else coalesce(sum(cost_pico), 0) end",
  ),
  costAtGlobalUsd: money(ifCompared("global_pico")),
  regionalPremiumUsd: money(ifCompared("compared_pico - global_pico")),
  unpricedInvocations: unpriced("n_with_tokens - n_priced"),
  unpricedTokens: unpriced("unpriced_tokens"),
  pricedShare: {
    ...plain,
    sums: pricedColumns,
    priced: true,
    empty: null,
    sql: sql`1 - ${share(raw("coalesce(sum(unpriced_tokens), 0)"), total(...tokenColumns))}`,
  },
  latencyP50Ms: percentile("latency_ms", 0.5),
  latencyP95Ms: percentile("latency_ms", 0.95),
  latencyP99Ms: percentile("latency_ms", 0.99),
  latencyKnownShare: ratio(["latency_known"], ["invocations"]),
  firstByteP50Ms: percentile("first_byte_ms", 0.5),
  firstByteP95Ms: percentile("first_byte_ms", 0.95),
  otherRegionShare: ratio(["other_region"], ["succeeded"]),
  notRecordedShare: ratio(["not_recorded"], ["succeeded"]),
  longContext: sum("long_context"),
  bodiesInS3: sum("bodies_in_s3"),
  bodiesAbsent: sum("bodies_absent"),
  signals: sum("invocations"),
  signalInvocations: distinct("record"),
};
