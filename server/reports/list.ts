import type { ReportDocument, ReportFormat as FormatId } from "../domain/report.ts";
import { csv } from "./csv.ts";
import { html } from "./html.ts";
import { json } from "./json.ts";
import { markdown } from "./markdown.ts";
import type { ReportFile, ReportFormat } from "./report-format.ts";

export const formats: readonly ReportFormat[] = [html, markdown, csv, json];

/** The files of the formats asked for, in the order of the list. Their names differ. */
export function renderReport(report: ReportDocument, ids: readonly FormatId[]): readonly ReportFile[] {
  return formats.filter(({ id }) => ids.includes(id)).flatMap(({ render }) => render(report));
}
