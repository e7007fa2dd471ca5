import { safeJson } from "../lib/safe-json.ts";
import type { ReportFormat } from "./report-format.ts";

/** The document itself, on one line. */
export const json: ReportFormat = {
  id: "json",
  render: (report) => [{ name: "report.json", text: `${safeJson(report)}\n` }],
};
