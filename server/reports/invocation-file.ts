import { PricedInvocation } from "../domain/invocation-answers.ts";
import { csvRecords, type CsvValue } from "./csv-file.ts";

/** How invocations become a file, piece by piece. */
export interface InvocationFormat {
  /** Of the file's name. */
  readonly extension: string;
  readonly mediaType: string;
  /** What stands before the first invocation. */
  readonly head: string;
  readonly lines: (items: readonly PricedInvocation[]) => string;
}

/** The fields of an invocation, in the order in which they are documented, and its cost. */
export const invocationColumns = Object.keys(PricedInvocation.shape) as (keyof PricedInvocation)[];

export const invocationFormats: Readonly<Record<"csv" | "ndjson", InvocationFormat>> = {
  csv: {
    extension: "csv",
    mediaType: "text/csv; charset=utf-8",
    head: csvRecords([invocationColumns], { bom: true }),
    lines: (items) => csvRecords(items.map((item) => invocationColumns.map((name) => cellOf(item[name])))),
  },
  ndjson: {
    extension: "ndjson",
    mediaType: "application/x-ndjson",
    head: "",
    lines: (items) => items.map((item) => `${JSON.stringify(item)}\n`).join(""),
  },
};

/** What is no single value stands as JSON. */
function cellOf(value: PricedInvocation[keyof PricedInvocation]): CsvValue {
  return value === null || typeof value === "string" || typeof value === "number" ? value : JSON.stringify(value);
}
