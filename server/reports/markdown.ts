import type { ReportDocument } from "../domain/report.ts";
import { visibleText } from "../domain/visible-text.ts";
import { codeSpan } from "./code-span.ts";
import type { ReportFormat } from "./report-format.ts";
import { narrowed, tablesOf, type Table } from "./tables.ts";
import { shown, type Cell } from "./words.ts";

const maxBytes = 60_000;

/** At most 60 kB: the fewer rows a table may have, the longer the report would be. */
export const markdown: ReportFormat = {
  id: "markdown",
  render(report) {
    const texts = [20, 10, 5, 2, 0].map((rows) => () => textOf(report, rows));
    const fitting = texts.map((make) => make()).find((text) => Buffer.byteLength(text) <= maxBytes);
    return [{ name: "report.md", text: fitting ?? `# Report\n\n${codeSpan(report.verdict.text)}\n` }];
  },
};

function textOf(report: ReportDocument, maxRows: number): string {
  const parts = [
    `# ${codeSpan(visibleText(report.report.title))}`,
    `**${report.marks.join(" · ") || "FINAL"}**`,
    codeSpan(report.verdict.text),
  ];
  return `${[...parts, ...tablesOf(report).map((table) => tableOf(narrowed(table), maxRows))].join("\n\n")}\n`;
}

function tableOf({ title, note, columns, rows, more }: Table, maxRows: number): string {
  const kept = rows.slice(0, maxRows);
  const hidden = more + rows.length - kept.length;
  const lines = [columns, columns.map(() => "---"), ...kept.map((row) => row.map(cellText))];
  return [
    `## ${title}`,
    ...(note === null ? [] : [note]),
    ...(kept.length === 0 ? [] : [lines.map((line) => `| ${line.join(" | ")} |`).join("\n")]),
    ...(hidden === 0 ? [] : [`and ${hidden} more`]),
  ].join("\n\n");
}

function cellText(cell: Cell): string {
  return cell.unit === "text" && cell.value !== null && cell.value !== "" ? codeSpan(shown(cell)) : shown(cell);
}
