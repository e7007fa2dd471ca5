import { isRollup, type TableName } from "../tables.ts";

/** Rollups are few bytes, and a panel unpacks a month of them: being quick counts for more there than being small. */
export function compressionOf(name: TableName): "snappy" | "zstd" {
  return isRollup(name) ? "snappy" : "zstd";
}

/** Bodies are long: who reveals one should not unpack those of thousands of others. */
const contentRows = 4_096;
/** A third of DuckDB's own: one record, or a page of one principal, costs a third as much, and sums over all rows the same. */
const usualRows = 40_960;

/** How a segment that holds a whole day is written, for `copy … to`. */
export function parquetOptions(name: TableName): string {
  const rows = name === "content" ? contentRows : usualRows;
  const groups = isRollup(name) ? "" : `, row_group_size ${rows}`;
  return `format parquet, compression ${compressionOf(name)}${groups}`;
}
