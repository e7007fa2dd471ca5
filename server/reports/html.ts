import { Eta } from "eta";
import type { ReportDocument } from "../domain/report.ts";
import { visibleText } from "../domain/visible-text.ts";
import { htmlText } from "../lib/html-text.ts";
import { clip } from "./clip.ts";
import type { ReportFormat } from "./report-format.ts";
import { narrowed, tablesOf, type Table } from "./tables.ts";
import { localText } from "./window.ts";
import { isNumeric, shown, type Cell } from "./words.ts";

/** One file that asks for nothing: no script, no asset, no link. It is the body of a mail too, so bars are cells of tables. */
export const html: ReportFormat = {
  id: "html",
  render: (report) => [{ name: "report.html", text: page(pageOf(report)) }],
};

interface ShownCell {
  readonly text: string;
  /** Of the style: numbers stand right, our words are not broken. */
  readonly kind: "number" | "text" | "word";
  /** Per cent of the longest; null for no bar. */
  readonly bar: number | null;
}

interface ShownTable extends Omit<Table, "rows"> {
  readonly rows: readonly (readonly ShownCell[])[];
}

interface Page {
  readonly title: string;
  readonly window: string;
  readonly marks: readonly string[];
  readonly verdict: string;
  readonly evaluated: boolean;
  readonly tables: readonly ShownTable[];
}

function pageOf(report: ReportDocument): Page {
  const { from, to, timeZone } = report.window;
  const local = (iso: string) => localText(Date.parse(iso), timeZone);
  return {
    title: clip(visibleText(report.report.title)),
    window: `${local(from)} – ${local(to)} (${visibleText(timeZone)})`,
    marks: report.marks,
    verdict: report.verdict.text,
    evaluated: report.verdict.evaluated,
    tables: tablesOf(report).map((table) => shownTable(narrowed(table), local)),
  };
}

function shownTable(table: Table, local: (iso: string) => string): ShownTable {
  const longest = Math.max(0, ...table.rows.map((row) => barValue(table, row)));
  const rows = table.rows.map((row) =>
    row.map((cell, index): ShownCell => {
      const text = cell.unit === "time" && typeof cell.value === "string" ? local(cell.value) : shown(cell);
      const bar = index === table.bars && longest > 0 ? Math.round((100 * barValue(table, row)) / longest) : null;
      return { text: cell.unit === "text" ? clip(text) : text, kind: kindOf(cell), bar };
    }),
  );
  return { ...table, rows };
}

function kindOf(cell: Cell): ShownCell["kind"] {
  if (isNumeric(cell)) return "number";
  return cell.unit === "word" ? "word" : "text";
}

function barValue({ bars }: Table, row: readonly Cell[]): number {
  const value = bars === null ? null : row[bars]?.value;
  return typeof value === "number" ? Math.max(0, value) : 0;
}

const template = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width">
<meta name="referrer" content="no-referrer">
<title><%= it.title %></title>
<style>
body { margin: 0; background: #f4f5f7; color: #1c2430; font: 14px/1.45 system-ui, "Segoe UI", Roboto, Arial, sans-serif; }
main { box-sizing: border-box; max-width: 600px; margin: 0 auto; padding: 24px 16px; background: #fff; overflow-wrap: break-word; }
h1 { font-size: 22px; margin: 0 0 4px; }
h2 { font-size: 16px; margin: 28px 0 6px; }
p { margin: 0 0 8px; }
.quiet { color: #576072; font-size: 12px; }
.verdict { margin: 16px 0; padding: 12px; border-left: 4px solid #2a6fb8; background: #eef4fb; font-weight: 600; }
.unknown { border-color: #a15c00; background: #fdf3e3; }
.mark { display: inline-block; padding: 1px 8px; border: 1px solid #a15c00; color: #8a4f00; font-size: 12px; font-weight: 600; }
.scroll { overflow-x: auto; }
table.data { width: 100%; border-collapse: collapse; font-size: 12px; }
.data > * > tr > th, .data > * > tr > td { padding: 4px; border-bottom: 1px solid #dfe3e8; text-align: left; vertical-align: top; }
.data > * > tr > th { color: #576072; font-weight: 600; }
.data > * > tr > td.number, .data > * > tr > th.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.data > * > tr > td.text { min-width: 80px; overflow-wrap: anywhere; }
.bar { margin: 2px 0 0 auto; }
</style>
</head>
<body>
<main>
<h1><%= it.title %></h1>
<p class="quiet"><%= it.window %></p>
<% for (const mark of it.marks) { %>
<span class="mark"><%= mark %></span>
<% } %>
<p class="verdict<%= it.evaluated ? "" : " unknown" %>"><%= it.verdict %></p>
<% for (const table of it.tables) { %>
<h2><%= table.title %></h2>
<% if (table.note !== null) { %>
<p class="quiet"><%= table.note %></p>
<% } %>
<% if (table.rows.length > 0) { %>
<div class="scroll"><table class="data" id="<%= table.id %>">
<thead><tr><% table.columns.forEach((column, index) => { %><th scope="col" class="<%= table.rows[0][index].kind %>"><%= column %></th><% }) %></tr></thead>
<tbody>
<% for (const row of table.rows) { %>
<tr><% for (const cell of row) { %><td class="<%= cell.kind %>"><%= cell.text %><% if (cell.bar !== null && cell.bar > 0) { %><table width="80" cellpadding="0" cellspacing="0" role="presentation" class="bar"><tr><td width="<%= cell.bar %>%" height="4" bgcolor="#2a6fb8"></td><td height="4"></td></tr></table><% } %></td><% } %></tr>
<% } %>
</tbody>
</table></div>
<% } %>
<% if (table.more > 0) { %>
<p class="quiet">and <%= table.more %> more</p>
<% } %>
<% } %>
</main>
</body>
</html>
`;

const eta = new Eta({ autoEscape: true, escapeFunction: (value) => htmlText(String(value)), cache: false });
const compiled = eta.compile(template);

function page(data: Page): string {
  return eta.render(compiled, data);
}
