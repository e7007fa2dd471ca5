import type { ReportDocument, ReportFormat as FormatId } from "../domain/report.ts";

/** A file of a rendered report; the name is ours and holds no data. */
export interface ReportFile {
  readonly name: string;
  readonly text: string;
}

export interface ReportFormat {
  readonly id: FormatId;
  /** Pure: the same document gives the same bytes. At least one file. */
  readonly render: (report: ReportDocument) => readonly [ReportFile, ...ReportFile[]];
}
