import { stringify } from "csv-stringify/sync";
import { visibleText } from "../domain/visible-text.ts";
import { csvText } from "../lib/csv-text.ts";

export type CsvValue = string | number | null;

/** RFC 4180: UTF-8 with BOM, CRLF, text quoted and inert, numbers bare and unrounded. Null is an empty cell. */
export function csvFile(columns: readonly string[], rows: readonly (readonly CsvValue[])[]): string {
  return csvRecords([columns, ...rows], { bom: true });
}

/** Lines of such a file, each with its end; the first ones of a file begin with the BOM. */
export function csvRecords(rows: readonly (readonly CsvValue[])[], { bom = false } = {}): string {
  const records = rows.map((row) => row.map(inert));
  return stringify(records, { bom, record_delimiter: "\r\n", quoted_string: true });
}

function inert(value: CsvValue): CsvValue {
  return typeof value === "string" ? csvText(visibleText(value)) : value;
}
