import { type CheckReport, type ControlResult, shownVerdict, type ShownVerdict } from "../domain/compliance.ts";
import { visibleText } from "../domain/visible-text.ts";
import { type CheckFormat, type CheckRenderOptions, whole } from "./check-format.ts";
import { countsLine, details, isBad, remarks, shownResults, targetsLine } from "./check-words.ts";

/** A table of account, region and control, what is wrong below each row, and the counts at the end. */
export const checkText: CheckFormat = {
  id: "text",
  file: "check.txt",
  render: (report, options) => whole(textOf(report, options)),
};

const colors: Readonly<Record<ShownVerdict, string>> = {
  FAIL: "\u001b[31m",
  UNKNOWN: "\u001b[33m",
  PASS: "\u001b[32m",
  NOT_APPLICABLE: "\u001b[2m",
  WAIVED: "\u001b[36m",
};
const plain = "\u001b[0m";

function textOf(report: CheckReport, options: CheckRenderOptions): string {
  const rows = shownResults(report, options).map((result) => ({ result, cells: cellsOf(result) }));
  const widths = columnWidths(rows.map(({ cells }) => cells));
  const table = rows.flatMap(({ cells, result }) => [
    line(cells, widths, options.color ? shownVerdict(result) : null),
    ...below(result, options).map((text) => `    ${text}`),
  ]);
  const lines = [
    ...table,
    ...(table.length > 0 ? [""] : []),
    ...remarks(report),
    countsLine(report, options.failOn),
    `${targetsLine(report)} · exit ${report.run.exitCode}`,
  ];
  return `${lines.join("\n").replaceAll(runnerCommand, "# #")}\n`;
}

/** Runners of builds take commands from wherever they stand in a line of a log. */
const runnerCommand = /##(?=(vso)?\[)/g;

const columns = 6;
/** A longer name stands out of its column, and pushes no other row. */
const widest = 72;

function cellsOf(result: ControlResult): readonly string[] {
  const { account, control, region, resource, severity } = result;
  const verdict = shownVerdict(result);
  const word = verdict === "NOT_APPLICABLE" ? "N/A" : verdict;
  return [word, severity, account, region, control, resource].map(visibleText);
}

function columnWidths(rows: readonly (readonly string[])[]): readonly number[] {
  return Array.from({ length: columns }, (_, column) =>
    rows.reduce((width, row) => Math.max(width, Math.min(widest, (row[column] ?? "").length)), 0),
  );
}

function line(cells: readonly string[], widths: readonly number[], color: ShownVerdict | null): string {
  const [word = "", ...rest] = cells.map((cell, column) => cell.padEnd(widths[column] ?? 0));
  const first = color === null ? word : `${colors[color]}${word}${plain}`;
  return [first, ...rest].join("  ").trimEnd();
}

/** What went well needs no more words, but for its warnings. */
function below(result: ControlResult, { verbose }: CheckRenderOptions): readonly string[] {
  const { code, evidence, reason, remediation } = result;
  const warnings = { ...result, notes: result.notes.filter(({ level }) => level === "warn"), frameworks: [], gaps: [] };
  if (!verbose && !isBad(result)) return details(warnings);
  return [
    `${visibleText(code)}: ${visibleText(reason)}`,
    ...(remediation === null || !isBad(result) ? [] : [`mend: ${visibleText(remediation)}`]),
    ...details(verbose ? result : { ...result, frameworks: [] }),
    ...(verbose ? evidence.map(evidenceText) : []),
  ];
}

function evidenceText(evidence: ControlResult["evidence"][number]): string {
  const { at, errorClass, errorCode, fact, httpStatus, operation, requestId, service } = evidence;
  const call = `${service} ${operation} at ${at}, status ${httpStatus ?? "none"}, request ${requestId ?? "unknown"}`;
  return visibleText(
    errorCode === null ? `read ${fact}: ${call}` : `failed ${fact}: ${errorCode} (${errorClass}), ${call}`,
  );
}
