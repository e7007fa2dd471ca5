import { isRollup, type TableName } from "../tables.ts";

/** Rollups are few bytes, and a panel unpacks a month of them: being quick counts for more there than being small. */
export function compressionOf(name: TableName): "snappy" | "zstd" {
  return isRollup(name) ? "snappy" : "zstd";
}
