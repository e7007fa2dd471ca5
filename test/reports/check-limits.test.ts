import { describe, expect, it } from "vitest";
import type { CheckReport, ControlResult } from "../../server/domain/compliance.ts";
import type { Severity } from "../../server/domain/severity.ts";
import { checkFormats } from "../../server/reports/check-list.ts";
import { aResult, checkReport, plainOptions, withResults } from "./check-document.ts";

const hostile = `=cmd|'/c'!A1"><script>alert(1)</script>]]>&\`|[a](javascript:x)%0A::error::\u001b[2J\u202e\u0000\r\n::set-output name=a::b\ud800\ufeff@`;
const long = hostile.repeat(100);

function rendered(id: string, report: CheckReport) {
  const format = checkFormats.find((one) => one.id === id);
  if (format === undefined) throw new Error(`no format ${id}`);
  return format.render(report, { ...plainOptions, verbose: true });
}

/** Many results of every kind; the graver, the later they stand. */
function big(count: number, text = "logs"): CheckReport {
  const grades: readonly Severity[] = ["low", "medium", "high", "critical"];
  const verdicts = ["PASS", "NOT_APPLICABLE", "UNKNOWN", "FAIL"] as const;
  const results = Array.from({ length: count }, (_, at): ControlResult => {
    const quarter = Math.min(3, Math.floor((at * 4) / count));
    return aResult(
      {
        id: at.toString(16).padStart(32, "0"),
        verdict: verdicts[at % 4] ?? "FAIL",
        severity: grades[quarter] ?? "low",
        reason: `${at} ${text}`,
        code: text,
        remediation: text,
        notes: [{ level: "warn", code: text, text }],
      },
      text,
    );
  });
  return withResults(checkReport(text), results);
}

describe("a big report", () => {
  const report = big(12_000);

  it("is at most 60 kB of markdown, the worst first, and says what is not there", () => {
    const { leftOut, text } = rendered("markdown", report);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(60_000);
    expect(text).toMatch(/^<!-- bedrock-audit -->\n/);
    const rows = text.split("\n").filter((line) => /^\| [A-Z]/.test(line));
    expect(rows.every((row) => row.startsWith("| FAIL | critical |"))).toBe(true);
    expect(rows.length).toBeGreaterThan(100);
    expect(text).toContain(`and ${12_000 - rows.length} more results`);
    expect(leftOut).toBe(`${12_000 - rows.length} results beyond 60 kB`);
  });

  it("is at most 5,000 results of SARIF, the worst first, and says what is not there", () => {
    const { leftOut, text } = rendered("sarif", report);
    const { runs } = JSON.parse(text) as {
      readonly runs: readonly { readonly results: readonly { readonly properties: { readonly verdict: string } }[] }[];
    };
    const verdicts = runs[0]?.results.map(({ properties }) => properties.verdict);
    expect(verdicts).toHaveLength(5_000);
    expect(verdicts?.slice(0, 3_000).every((verdict) => verdict === "FAIL")).toBe(true);
    expect(leftOut).toBe("1000 results beyond the 5000 worst");
    expect(text).toContain("1000 results beyond the 5000 worst");
  });

  it("is nine annotations of GitHub, one for the rest and one for the counts", () => {
    const lines = rendered("github", report).text.trimEnd().split("\n");
    expect(lines).toHaveLength(11);
    expect(lines.slice(0, 9).every((line) => line.startsWith("::error title=FAIL "))).toBe(true);
    expect(lines[9]).toBe("::error title=bedrock-audit::and 5991 more");
    expect(lines[10]).toMatch(/^::notice title=bedrock-audit::FAIL 3000 /);
  });

  it("holds every result in the formats that have no limit", () => {
    expect((JSON.parse(rendered("json", report).text) as CheckReport).results).toHaveLength(12_000);
    expect((JSON.parse(rendered("ocsf", report).text) as unknown[]).length).toBe(12_000);
    expect((JSON.parse(rendered("asff", report).text) as unknown[]).length).toBe(9_000);
    expect(rendered("asff", report).leftOut).toBe("3000 results NOT_APPLICABLE");
    expect(rendered("csv", report).text.split("\r\n")).toHaveLength(12_002);
    expect(rendered("junit", report).text.match(/<testcase /g)).toHaveLength(12_000);
  });
});

describe("a hostile report", () => {
  const report = big(12, long);

  it("keeps the limits of its formats, however long a name is", () => {
    expect(Buffer.byteLength(rendered("markdown", report).text)).toBeLessThanOrEqual(60_000);
    for (const finding of JSON.parse(rendered("asff", report).text) as readonly object[]) {
      expect(Buffer.byteLength(JSON.stringify(finding))).toBeLessThanOrEqual(240_000);
      const { Description, Resources, Title } = finding as {
        readonly Description: string;
        readonly Title: string;
        readonly Resources: readonly { readonly Id: string }[];
      };
      expect([Title.length <= 256, Description.length <= 1_024, (Resources[0]?.Id.length ?? 0) <= 512]).toEqual([
        true,
        true,
        true,
      ]);
    }
    for (const line of rendered("github", report).text.split("\n")) expect(line.length).toBeLessThan(8_000);
  });

  it("stays in its cells of markdown, backslashes before bars or not", () => {
    const { text } = rendered("markdown", big(4, "a\\\\\\|b\\|[x](https://x.example/)"));
    // As GFM cuts a row: a backslash takes the meaning of what follows it.
    for (const line of text.split("\n").filter((row) => /^\| [A-Z]/.test(row)))
      expect(line.match(/\\.|\|/g)?.filter((mark) => mark === "|")).toHaveLength(8);
  });

  it("gives no command to the runner of a build that shows its log", () => {
    const { text } = rendered("text", big(4, "##[stop-commands]x ##vso[task.complete]"));
    expect(text).not.toMatch(/##(vso)?\[/);
    expect(text).toContain("[stop-commands]x");
  });

  it("names at most 32 requirements of a finding in Security Hub", () => {
    const frameworks = Array.from({ length: 50 }, (_, at) => ({
      framework: "Framework".repeat(20),
      requirement: String(at),
      summary: "",
    }));
    const [finding] = JSON.parse(
      rendered("asff", withResults(checkReport(), [aResult({ frameworks })])).text,
    ) as readonly { readonly Compliance: { readonly RelatedRequirements: readonly string[] } }[];
    expect(finding?.Compliance.RelatedRequirements).toHaveLength(32);
    for (const text of finding?.Compliance.RelatedRequirements ?? []) expect(text.length).toBeLessThanOrEqual(64);
  });

  it("names resources in the partition of the caller, and none that Security Hub has no word for", () => {
    const told = (partition: string) => {
      const report = withResults(checkReport(), [aResult({})]);
      const run = { ...report.run, caller: `arn:${partition}:iam::111122223333:role/audit` };
      const [finding] = JSON.parse(rendered("asff", { ...report, run }).text) as { readonly Resources: unknown[] }[];
      return finding?.Resources[0];
    };
    expect(told("aws-us-gov")).toMatchObject({ Id: "arn:aws-us-gov:s3:::logs", Partition: "aws-us-gov" });
    expect(told("aws-eusc")).toMatchObject({ Id: "arn:aws-eusc:s3:::logs" });
    expect(told("aws-eusc")).not.toHaveProperty("Partition");
  });

  const small = big(8, hostile);

  it.each(checkFormats.map(({ id }) => id))("drives no terminal as %s, and no reader", (id) => {
    const { text } = rendered(id, small);
    expect(text.replace(/^\ufeff/, "").replaceAll(/[\t\r\n]/g, "")).not.toMatch(/[\p{Cc}\u202e\ufeff]/u);
    expect(text).not.toMatch(/\p{Cs}/u);
  });

  it("forges no line, no command, no markup, no formula", () => {
    const github = rendered("github", small).text.trimEnd().split("\n");
    expect(github.every((line) => /^::(error|warning|notice) title=[^:,\r]*::[^:,\r]*$/.test(line))).toBe(true);
    for (const id of ["html", "junit"]) expect(rendered(id, small).text).not.toContain("<script");
    const markdown = rendered("markdown", small).text;
    for (const line of markdown.split("\n").filter((row) => /^\| [A-Z]/.test(row)))
      expect(line.replaceAll(/`[^`]*`/g, "")).toMatch(/^\| [A-Z_]+ \| [a-z]+ \|( {2,3}\|)+$/);
    const cells = rendered("csv", small).text.matchAll(/"((?:[^"]|"")*)"/g);
    for (const [, cell] of cells) expect(cell).not.toMatch(/^[\s\ufeff]*[=+\-@\p{Cc}＝＋－＠]/u);
  });
});
