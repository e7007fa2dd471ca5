import type { CheckReport, ControlResult, Verdict } from "../domain/compliance.ts";
import type { Severity } from "../domain/severity.ts";
import { visibleText } from "../domain/visible-text.ts";

export interface CheckTextOptions {
  /** Words come in colours, too; they never say more than the words. */
  readonly color: boolean;
  /** FAIL and UNKNOWN only. */
  readonly quiet: boolean;
  /** null: a FAIL never decides the exit code. */
  readonly failOn: Severity | null;
}

const colors: Readonly<Record<Verdict, string>> = {
  FAIL: "\u001b[31m",
  UNKNOWN: "\u001b[33m",
  PASS: "\u001b[32m",
  NOT_APPLICABLE: "\u001b[2m",
};
const plain = "\u001b[0m";

/** A table of account, region and control, what is wrong below each row, and the counts at the end. */
export function checkText(report: CheckReport, options: CheckTextOptions): string {
  const shown = report.results.filter(({ verdict }) => !options.quiet || verdict === "FAIL" || verdict === "UNKNOWN");
  const rows = shown.map((result) => ({ result, cells: cellsOf(result) }));
  const widths = columnWidths(rows.map(({ cells }) => cells));
  const table = rows.flatMap(({ cells, result }) => [
    line(cells, widths, options.color ? result.verdict : null),
    ...detail(result).map((text) => `    ${text}`),
  ]);
  const lines = [...table, ...(table.length > 0 ? [""] : []), ...leftOut(report), ...closing(report, options)];
  return `${lines.join("\n")}\n`;
}

const columns = 6;

function cellsOf({ account, control, region, resource, severity, verdict }: ControlResult): readonly string[] {
  const word = verdict === "NOT_APPLICABLE" ? "N/A" : verdict;
  return [word, severity, account, region, control, resource].map(visibleText);
}

function columnWidths(rows: readonly (readonly string[])[]): readonly number[] {
  return Array.from({ length: columns }, (_, column) =>
    rows.reduce((width, row) => Math.max(width, (row[column] ?? "").length), 0),
  );
}

function line(cells: readonly string[], widths: readonly number[], color: Verdict | null): string {
  const [word = "", ...rest] = cells.map((cell, column) => cell.padEnd(widths[column] ?? 0));
  const first = color === null ? word : `${colors[color]}${word}${plain}`;
  return [first, ...rest].join("  ").trimEnd();
}

/** What went well needs no more words. */
function detail({ code, notes, reason, remediation, verdict }: ControlResult): readonly string[] {
  const wrong = verdict === "FAIL" || verdict === "UNKNOWN";
  return [
    ...(wrong ? [`${visibleText(code)}: ${visibleText(reason)}`] : []),
    ...(wrong && remediation !== null ? [`mend: ${visibleText(remediation)}`] : []),
    ...notes
      .filter(({ level }) => wrong || level === "warn")
      .map((note) => `note ${visibleText(note.code)}: ${visibleText(note.text)}`),
  ];
}

/** Targets without a row: counted by account and reason, so that none is missing. */
function leftOut({ targets }: CheckReport): readonly string[] {
  const counts = new Map<string, number>();
  for (const { account, code, state } of targets) {
    if (state !== "excluded" && state !== "not-applicable") continue;
    const key = `${visibleText(account)}: ${visibleText(code ?? state)}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].map(([key, count]) => `${key}, ${count} ${count === 1 ? "region" : "regions"}`);
}

function closing({ run, summary }: CheckReport, { failOn }: CheckTextOptions): readonly string[] {
  const { failAtOrAbove, targets, verdicts } = summary;
  const gate = failOn === null ? "" : ` (${failAtOrAbove} at or above ${failOn})`;
  const counts = [
    `FAIL ${verdicts.FAIL}${gate}`,
    `UNKNOWN ${verdicts.UNKNOWN}`,
    `PASS ${verdicts.PASS}`,
    `NOT_APPLICABLE ${verdicts.NOT_APPLICABLE}`,
    `WAIVED ${verdicts.WAIVED}`,
  ];
  return [
    counts.join(" · "),
    `targets evaluated ${targets.evaluated} of ${targets.total - targets.excluded}`,
    ...(run.complete ? [] : ["The run ended before everything was looked at."]),
  ];
}
