import { stringify } from "csv-stringify/sync";
import { visibleText } from "../domain/visible-text.ts";
import { csvText } from "../lib/csv-text.ts";
import type { ReportFile, ReportFormat } from "./report-format.ts";
import { tablesOf, type Table } from "./tables.ts";
import type { Cell } from "./words.ts";

/** A file a table: UTF-8 with BOM, CRLF, text quoted and inert, numbers bare and unrounded, times ISO 8601. Null is an empty cell. */
export const csv: ReportFormat = {
  id: "csv",
  render(report) {
    const [first, ...rest] = tablesOf(report).map(fileOf);
    if (first === undefined) throw new Error("a report has a head");
    return [first, ...rest];
  },
};

function fileOf({ id, columns, rows }: Table): ReportFile {
  const records = [columns.map(csvText), ...rows.map((row) => row.map(valueOf))];
  return { name: `${id}.csv`, text: stringify(records, { bom: true, record_delimiter: "\r\n", quoted_string: true }) };
}

function valueOf({ value }: Cell): string | number | null {
  return typeof value === "string" ? csvText(visibleText(value)) : value;
}
