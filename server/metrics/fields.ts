import type { Dimension, FilterField } from "../domain/metric.ts";
import { raw, type Sql } from "../store/sql.ts";
import { tables, type RollupTable, type TableName } from "../store/tables.ts";

/** A table that a question can be answered from. In SQL its rows are called `s`. */
export type Source = RollupTable | "invocations" | "signals";

/** A field whose column holds several values: a record stands in the group of each. */
export interface ListField {
  /** The column of `invocations` with the list, and the member of its items that counts; null when the item itself does. */
  readonly column: string;
  readonly member: string | null;
}

export const listFields: ReadonlyMap<Dimension, ListField> = new Map<Dimension, ListField>([
  ["guardrailId", { column: "guardrail_ids", member: null }],
  ["guardrailPolicy", { column: "guardrail_hits", member: "policy" }],
]);

/** Fields of the signals of a record, by their column in the table of signals. */
export const signalFields: ReadonlyMap<Dimension, string> = new Map<Dimension, string>([
  ["signal", "rule_id"],
  ["signalSeverity", "severity"],
]);

const columns: Readonly<Record<Exclude<Dimension, "guardrailId" | "guardrailPolicy" | "endpoint">, string>> = {
  account: "account_id",
  region: "region",
  inferenceRegion: "inference_region",
  residency: "residency",
  model: "model",
  provider: "provider",
  modelId: "model_id",
  endpointType: "endpoint_type",
  geo: "geo",
  principal: "principal_key",
  actorClass: "actor_class",
  session: "session_name",
  operation: "operation",
  status: "status",
  error: "error_code",
  stop: "stop_class",
  serviceTier: "service_tier",
  guardrail: "guardrail_outcome",
  signal: "rule_id",
  signalSeverity: "severity",
  source: "source_id",
  inputBody: "input_body_state",
  outputBody: "output_body_state",
};

/** The field's value in a row of the source; null when the source does not have it, or not as one value. */
export function fieldSql(field: FilterField, source: Source): Sql | null {
  if (field === "endpoint") {
    return hasColumns(source, ["endpoint_type_behind", "endpoint_type"])
      ? raw("coalesce(s.endpoint_type_behind, s.endpoint_type)")
      : null;
  }
  const column = (columns as Readonly<Record<string, string | undefined>>)[field];
  return column !== undefined && hasColumns(source, [column]) ? raw(`s.${column}`) : null;
}

/** Whether rows of the source can be grouped or filtered by the field, in whatever way. */
export function knowsField(field: FilterField, source: Source): boolean {
  return source === "invocations" || fieldSql(field, source) !== null;
}

export function hasColumns(table: TableName, names: readonly string[]): boolean {
  return names.every((name) => name in tables[table].columns);
}
