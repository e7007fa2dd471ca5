import { csvFile } from "./csv-file.ts";
import type { ReportFile, ReportFormat } from "./report-format.ts";
import { tablesOf, type Table } from "./tables.ts";

/** A file a table; times are ISO 8601. */
export const csv: ReportFormat = {
  id: "csv",
  render(report) {
    const [first, ...rest] = tablesOf(report).map(fileOf);
    if (first === undefined) throw new Error("a report has a head");
    return [first, ...rest];
  },
};

function fileOf({ id, columns, rows }: Table): ReportFile {
  const values = rows.map((row) => row.map(({ value }) => value));
  return { name: `${id}.csv`, text: csvFile(columns, values) };
}
