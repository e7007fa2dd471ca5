import type { CheckReport, ControlResult } from "../domain/compliance.ts";

/** One suite an account: FAIL is a failure, UNKNOWN an error, what does not apply is skipped. */
export function checkJunit({ results, run }: CheckReport): string {
  const accounts = [...new Set(results.map(({ account }) => account))];
  const suites = accounts.map((account) => suite(account, results, run.startedAt));
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="bedrock-audit check">\n${suites.join("")}</testsuites>\n`;
}

function suite(account: string, all: readonly ControlResult[], timestamp: string): string {
  const results = all.filter((result) => result.account === account);
  const count = (...verdicts: readonly string[]) => results.filter(({ verdict }) => verdicts.includes(verdict)).length;
  const attributes = {
    name: account,
    tests: String(results.length),
    failures: String(count("FAIL")),
    errors: String(count("UNKNOWN")),
    skipped: String(count("NOT_APPLICABLE")),
    timestamp,
  };
  return `  <testsuite${written(attributes)}>\n${results.map(testCase).join("")}  </testsuite>\n`;
}

const outcomes = { FAIL: "failure", UNKNOWN: "error", NOT_APPLICABLE: "skipped", PASS: null } as const;

function testCase({ account, code, control, reason, region, resource, verdict }: ControlResult): string {
  const attributes = { classname: `${account}.${region}`, name: `${control} ${resource}` };
  const outcome = outcomes[verdict];
  if (outcome === null) return `    <testcase${written(attributes)}/>\n`;
  const said = outcome === "skipped" ? { message: reason } : { message: reason, type: code };
  return `    <testcase${written(attributes)}><${outcome}${written(said)}/></testcase>\n`;
}

function written(attributes: Readonly<Record<string, string>>): string {
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${escaped(value)}"`)
    .join("");
}

/** XML 1.0 has no place for most control characters and lone surrogates, escaped or not. */
const forbidden = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;
const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};

function escaped(text: string): string {
  return text.replace(forbidden, "").replace(/[&<>"\t\n\r]/g, (character) => entities[character] ?? "");
}
