import {
  type DuckDBDataChunk,
  type DuckDBValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
} from "@duckdb/node-api";

function integer(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function isoTime(micros: bigint): string {
  return new Date(Number(micros / 1000n)).toISOString();
}

/** A value of the engine as `Row` describes it. */
export function readValue(value: DuckDBValue): unknown {
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return value;
  if (typeof value === "bigint") return integer(value);
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue) return isoTime(value.micros);
  if (value instanceof DuckDBListValue) return value.items.map(readValue);
  if (value instanceof DuckDBMapValue)
    return value.entries.map(({ key, value: item }) => [readValue(key), readValue(item)]);
  if (value instanceof DuckDBStructValue) {
    return Object.fromEntries(Object.entries(value.entries).map(([name, item]) => [name, readValue(item)]));
  }
  if (value instanceof DuckDBDecimalValue) return value.toDouble();
  if (value instanceof DuckDBDateValue) return value.toString();
  return String(value);
}

/** The chunk's values, one array a column. */
export function readColumns(chunk: DuckDBDataChunk): unknown[][] {
  return Array.from({ length: chunk.columnCount }, (_, column) => chunk.getColumnValues(column).map(readValue));
}
