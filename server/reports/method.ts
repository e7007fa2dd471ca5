import type { ReportDocument } from "../domain/report.ts";

/** What a reader must know to read the numbers rightly. */
export function methodOf({ run, report, usage }: Pick<ReportDocument, "run" | "report" | "usage">): string[] {
  return [
    "Numbers are counted from the model-invocation logs of Amazon Bedrock. Not in these logs: batch jobs, bidirectional streams, ApplyGuardrail, CountTokens, and all calls at the bedrock-mantle endpoint. No record does not mean no use.",
    "Complete through a time means: every object and page that the source listed up to then was read. Whether Bedrock delivered every record is not measured here.",
    "Every try of an SDK is a record of its own: error rates count tries, not requests of users.",
    "A principal is counted without its session name. Input tokens leave out what was read from the cache.",
    `Cost is estimated at list price, from the price book of ${run.priceBook.date} (${run.priceBook.version}). Calls without a known rate are not in the sum; the priced share says how much is.`,
    usage.comparable
      ? "The period before has the same calendar length and ends where the window begins."
      : "In some account and region less than 95 % of the window or of the period before was read: changes are not shown.",
    "The window is half-open: its start is in, its end is not.",
    ...(report.filters.length === 0
      ? []
      : ["The filters apply to usage and targets. Findings, controls and the ledger are those of everything."]),
  ];
}
