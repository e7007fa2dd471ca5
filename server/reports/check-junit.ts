import { type CheckReport, type ControlResult, shownVerdict, type ShownVerdict } from "../domain/compliance.ts";
import { visibleText } from "../domain/visible-text.ts";
import { type CheckFormat, whole } from "./check-format.ts";
import { policyChanges, waiverText } from "./check-words.ts";

/** One suite an account: FAIL is a failure, UNKNOWN an error; what is waived or does not apply is skipped. */
export const checkJunit: CheckFormat = {
  id: "junit",
  file: "check.xml",
  render: (report) => whole(xmlOf(report)),
};

function xmlOf(report: CheckReport): string {
  const accounts = new Set([...report.targets, ...report.results].map(({ account }) => account));
  const suites = [...accounts].toSorted().map((account) => suite(account, report));
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="bedrock-audit check">\n${suites.join("")}</testsuites>\n`;
}

function suite(account: string, report: CheckReport): string {
  const { results: all, run } = report;
  const results = all.filter((result) => result.account === account);
  const count = (...wanted: readonly ShownVerdict[]) =>
    String(results.filter((result) => wanted.includes(shownVerdict(result))).length);
  const attributes = {
    name: account,
    tests: String(results.length),
    failures: count("FAIL"),
    errors: count("UNKNOWN"),
    skipped: count("NOT_APPLICABLE", "WAIVED"),
    // Some readers take no zone.
    timestamp: run.startedAt.slice(0, 19),
    hostname: "aws",
    time: "0",
  };
  const properties: readonly (readonly [name: string, value: string])[] = [
    ["exitCode", String(run.exitCode)],
    ["waived", count("WAIVED")],
    ...policyChanges(report).map((change) => ["policy", change] as const),
  ];
  return [
    `  <testsuite${written(attributes)}>\n    <properties>`,
    ...properties.map(([name, value]) => `<property${written({ name, value })}/>`),
    `</properties>\n${results.map(testCase).join("")}  </testsuite>\n`,
  ].join("");
}

const outcomes = {
  FAIL: "failure",
  UNKNOWN: "error",
  NOT_APPLICABLE: "skipped",
  WAIVED: "skipped",
  PASS: null,
} as const;

function testCase(result: ControlResult): string {
  const { account, code, control, reason, region, resource } = result;
  const attributes = { classname: `${account}.${region}`, name: `${control} ${resource}`, time: "0" };
  const outcome = outcomes[shownVerdict(result)];
  if (outcome === null) return `    <testcase${written(attributes)}/>\n`;
  const message = [waiverText(result), reason].filter((text) => text !== null).join(" ");
  // Not each version of the format knows a message of what was skipped; all of them know its text.
  const said =
    outcome === "skipped"
      ? `<skipped>${escaped(message)}</skipped>`
      : `<${outcome}${written({ message, type: code })}/>`;
  return `    <testcase${written(attributes)}>${said}</testcase>\n`;
}

function written(attributes: Readonly<Record<string, string>>): string {
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${escaped(value)}"`)
    .join("");
}

const entities: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
]);

/** XML 1.0 has no place for most control characters and lone surrogates, escaped or not: they come as words. */
function escaped(text: string): string {
  return visibleText(text).replace(/[&<>"]/g, (character) => entities.get(character) ?? "");
}
