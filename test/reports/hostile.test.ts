import { describe, expect, it } from "vitest";
import { ReportDocument, reportFormats } from "../../server/domain/report.ts";
import { csvText } from "../../server/lib/csv-text.ts";
import { htmlText } from "../../server/lib/html-text.ts";
import { renderReport } from "../../server/reports/list.ts";
import { handMade } from "./document.ts";

const payloads = [
  "<img src=x onerror=fetch('//x.example')>",
  "</td></table><script>alert(1)</script>",
  '" onmouseover="alert(1)',
  "]]>",
  "![](https://x.example/?q=s)",
  "| @team [x](//y)",
  "`` ` ``<b>",
  "javascript:alert(1)",
  "\u001b]0;owned\u0007",
  "a\r\nBcc: e@x.example",
  "x\n::error::fake",
  '=HYPERLINK("//x")',
  "\u202Eevil\u2066",
  "\u{E0041}\u{E0042}",
  "<%= it.title %>",
  "${1+1}",
  "x'; drop table t",
  "\uD800",
  "a".repeat(5000),
];

function rendered(payload: string): ReadonlyMap<string, string> {
  return new Map(renderReport(handMade(payload), reportFormats).map(({ name, text }) => [name, text]));
}

function textOf(files: ReadonlyMap<string, string>, name: string): string {
  const text = files.get(name);
  if (text === undefined) throw new Error(`${name} was not made`);
  return text;
}

/** All but line ends that the format itself writes. */
const driving = /(?![\r\n\uFEFF])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029]/u;

/** The elements of a page, as often as they open. */
function tags(html: string): Record<string, number> {
  const counts = new Map<string, number>();
  for (const [, name = ""] of html.matchAll(/<([a-z0-9]+)/gi)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries(counts);
}

describe.each(payloads.map((payload) => [payload.slice(0, 40), payload]))("a name such as %j", (_, payload) => {
  const files = rendered(payload);

  it("drives no terminal in any format", () => {
    for (const [name, text] of files) expect(driving.test(text), name).toBe(false);
  });

  it("adds no element, attribute or script to the page", () => {
    const page = textOf(files, "report.html");
    expect(tags(page)).toEqual(tags(textOf(rendered("plain"), "report.html")));
    for (const [tag] of page.matchAll(/<[^>]*>/g))
      expect(tag).not.toMatch(/^<(script|img|a)\b|\s(on\w+|src|href|style)=/i);
  });

  it("stands whole in the JSON", () => {
    const read = ReportDocument.parse(JSON.parse(textOf(files, "report.json")));
    expect(read).toEqual(handMade(payload));
  });

  it("starts no formula in a table, and breaks no row", () => {
    for (const [name, text] of files) {
      if (!name.endsWith(".csv")) continue;
      expect(text.startsWith("\uFEFF"), name).toBe(true);
      for (const line of text.slice(1).split("\r\n")) {
        expect(line, name).not.toMatch(/[\r\n]/);
        for (const cell of cellsOf(line)) expect(cell).toMatch(/^("[^=+\-@\t\r\0]|""|-?\d|$)/);
      }
    }
  });

  it("is no link, mention or table edge in Markdown", () => {
    const lines = textOf(files, "report.md").split("\n");
    const rows = lines.filter((line) => line.startsWith("|"));
    for (const row of rows) {
      const outside = row.replace(/`[^`]*`/g, "");
      expect(outside).not.toMatch(/<[a-z/!]|[@[\]]|https?:|::error/);
    }
    const tables = lines
      .join("\n")
      .trim()
      .split("\n\n")
      .filter((part) => part.startsWith("| "));
    for (const table of tables) {
      const widths = new Set(table.split("\n").map((row) => row.replaceAll("\\|", "").split("|").length));
      expect(widths.size).toBe(1);
    }
    expect(Buffer.byteLength(lines.join("\n"))).toBeLessThanOrEqual(60_000);
  });
});

/** Cells of a line whose cells hold no line ends. */
function cellsOf(line: string): readonly string[] {
  return [...line.matchAll(/(?:^|,)("(?:[^"]|"")*"|[^",]*)/g)].map(([, cell = ""]) => cell);
}

describe("a cell of a table", () => {
  it.each([
    "=1+1",
    "+1",
    "-1",
    "@sum",
    "\tx",
    "\rx",
    "\0=1",
    "\0x",
    " =1",
    "\u00A0=1",
    "\uFEFF=1",
    "\u200B=1",
    "\n=1",
    " \t=1",
    " \tx",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    " ＝1",
  ])("%j gets an apostrophe", (text) => expect(csvText(text)).toBe(`'${text}`));

  it.each(["", "a=1", "1-2", "role/app", "'=1", "a\tb", " x", "ünïcode", "$5"])("%j stays", (text) =>
    expect(csvText(text)).toBe(text),
  );
});

describe("a text of a page", () => {
  it("has no character that HTML reads", () => {
    expect(htmlText(`a<b>&"'\`c`)).toBe("a&lt;b&gt;&amp;&quot;&#39;&#96;c");
  });
});
