import duckdb, { type Vector } from "@duckdb/node-bindings";
import type { ColumnType } from "../tables.ts";

/** The cell of a row; null is NULL. */
type CellAt = (row: number) => unknown;

const inlineLength = 12;
const structFields = ["guardrail_id", "stage", "policy", "label", "action"] as const;

/** Marks the NULLs of a vector. */
function fillValidity(vector: Vector, rows: number, at: CellAt): void {
  const bits = new Uint8Array(Math.ceil(rows / 64) * 8).fill(0xff);
  let nulls = 0;
  for (let row = 0; row < rows; row++) {
    if (at(row) !== null) continue;
    bits[row >> 3] = (bits[row >> 3] ?? 0) & ~(1 << (row & 7));
    nulls += 1;
  }
  if (nulls === 0) return;
  duckdb.vector_ensure_validity_writable(vector);
  duckdb.copy_data_to_vector_validity(vector, 0, bits.buffer, 0, bits.byteLength);
}

/** Writes a short ASCII text as DuckDB keeps it, in 16 bytes: length, then the text, then zeros. False if it is none. */
function writeInline(bytes: Uint8Array, offset: number, text: string): boolean {
  if (text.length > inlineLength) return false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 127) {
      bytes.fill(0, offset, offset + 16);
      return false;
    }
    bytes[offset + 4 + index] = code;
  }
  bytes[offset] = text.length;
  return true;
}

function fillTexts(vector: Vector, rows: number, at: CellAt): void {
  const bytes = new Uint8Array(rows * 16);
  const long: number[] = [];
  for (let row = 0; row < rows; row++) {
    const text = at(row);
    if (typeof text === "string" && !writeInline(bytes, row * 16, text)) long.push(row);
  }
  duckdb.copy_data_to_vector(vector, 0, bytes.buffer, 0, bytes.byteLength);
  for (const row of long) duckdb.vector_assign_string_element(vector, row, at(row) as string);
}

function fillDoubles(vector: Vector, rows: number, at: CellAt): void {
  const values = new Float64Array(rows);
  for (let row = 0; row < rows; row++) values[row] = (at(row) ?? 0) as number;
  duckdb.copy_data_to_vector(vector, 0, values.buffer, 0, values.byteLength);
}

/** 64-bit integers from numbers without a BigInt each; `scale` is 1, or 1,000 for milliseconds kept as microseconds. */
function fillIntegers(vector: Vector, rows: number, at: CellAt, scale: number): void {
  const view = new DataView(new ArrayBuffer(rows * 8));
  for (let row = 0; row < rows; row++) {
    const value = (at(row) ?? 0) as number | bigint;
    if (typeof value === "bigint") {
      view.setBigInt64(row * 8, BigInt.asIntN(64, value), true);
    } else {
      const whole = Math.trunc(value) * scale;
      view.setUint32(row * 8, whole >>> 0, true);
      view.setInt32(row * 8 + 4, Math.floor(whole / 2 ** 32), true);
    }
  }
  duckdb.copy_data_to_vector(vector, 0, view.buffer, 0, view.byteLength);
}

/** Fills a LIST: the entries' places, then all items of all rows by `fillItems`. */
function fillLists(
  vector: Vector,
  rows: number,
  at: CellAt,
  fillItems: (child: Vector, count: number, itemAt: CellAt) => void,
): void {
  const entries = new BigUint64Array(rows * 2);
  const items: unknown[] = [];
  for (let row = 0; row < rows; row++) {
    const list = at(row) as readonly unknown[] | null;
    if (list === null) continue;
    entries[row * 2] = BigInt(items.length);
    entries[row * 2 + 1] = BigInt(list.length);
    for (const item of list) items.push(item);
  }
  duckdb.copy_data_to_vector(vector, 0, entries.buffer, 0, entries.byteLength);
  duckdb.list_vector_reserve(vector, items.length);
  duckdb.list_vector_set_size(vector, items.length);
  if (items.length > 0) fillItems(duckdb.list_vector_get_child(vector), items.length, (index) => items[index]);
}

function fillTextField(struct: Vector, field: number, rows: number, at: CellAt): void {
  const child = duckdb.struct_vector_get_child(struct, field);
  fillValidity(child, rows, at);
  fillTexts(child, rows, at);
}

function fillPairs(struct: Vector, rows: number, at: CellAt): void {
  for (const side of [0, 1]) fillTextField(struct, side, rows, (row) => (at(row) as readonly string[])[side]);
}

function fillHits(struct: Vector, rows: number, at: CellAt): void {
  structFields.forEach((name, field) =>
    fillTextField(struct, field, rows, (row) => (at(row) as Record<string, unknown>)[name]),
  );
}

/**
 * Writes a column's cells into a vector of DuckDB. It goes below `@duckdb/node-api`, whose vectors take one value a call, because ingest
 * spends most of its writing here.
 */
export function fillVector(vector: Vector, type: ColumnType, rows: number, at: CellAt): void {
  fillValidity(vector, rows, at);
  if (type === "VARCHAR") fillTexts(vector, rows, at);
  else if (type === "BIGINT") fillIntegers(vector, rows, at, 1);
  else if (type === "TIMESTAMP") fillIntegers(vector, rows, at, 1_000);
  else if (type === "DOUBLE") fillDoubles(vector, rows, at);
  else if (type === "VARCHAR[]") fillLists(vector, rows, at, fillTexts);
  else if (type === "MAP(VARCHAR, VARCHAR)") fillLists(vector, rows, at, fillPairs);
  else fillLists(vector, rows, at, fillHits);
}
