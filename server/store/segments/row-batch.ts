import type { ColumnType, TableName, tables } from "../tables.ts";

interface GuardrailHitRow {
  readonly guardrail_id: string | null;
  readonly stage: string | null;
  readonly policy: string | null;
  readonly label: string | null;
  readonly action: string | null;
}

/** What JavaScript hands over for a column's type; null is NULL. TIMESTAMP is milliseconds since the epoch. */
interface CellTypes {
  VARCHAR: string;
  BIGINT: number | bigint;
  DOUBLE: number;
  TIMESTAMP: number;
  "VARCHAR[]": readonly string[];
  "MAP(VARCHAR, VARCHAR)": readonly (readonly [string, string])[];
  "STRUCT(guardrail_id VARCHAR, stage VARCHAR, policy VARCHAR, label VARCHAR, action VARCHAR)[]": readonly GuardrailHitRow[];
}

export type Cell<T extends ColumnType> = CellTypes[T] | null;

/** The name of a column of the table. */
export type ColumnName<N extends TableName> = keyof (typeof tables)[N]["columns"] & string;

type ColumnTypeOf<N extends TableName, C extends ColumnName<N>> = (typeof tables)[N]["columns"][C] & ColumnType;

/** A row as an object: easy to build where rows are few. */
export type RowOf<N extends TableName> = { readonly [C in ColumnName<N>]: Cell<ColumnTypeOf<N, C>> };

/**
 * Rows for one segment, one array a column: the form that costs least to fill and to write. Every array given has `rows` items; a column
 * that is left out is NULL throughout. Rows may come in any order: the writer sorts. The arrays must not change until `write` has ended.
 */
export interface RowBatch<N extends TableName = TableName> {
  readonly rows: number;
  readonly columns: { readonly [C in ColumnName<N>]?: readonly Cell<ColumnTypeOf<N, C>>[] };
}

/** Rows given one by one as a batch of columns. */
export function batchOf<N extends TableName>(rows: readonly RowOf<N>[]): RowBatch<N> {
  const columns: Record<string, unknown[]> = {};
  for (const name of Object.keys(rows[0] ?? {})) columns[name] = rows.map((row) => row[name as ColumnName<N>]);
  return { rows: rows.length, columns: columns as unknown as RowBatch<N>["columns"] };
}
