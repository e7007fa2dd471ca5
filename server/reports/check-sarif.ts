import { type CheckReport, type ControlResult, shownVerdict } from "../domain/compliance.ts";
import type { Severity } from "../domain/severity.ts";
import { visibleText } from "../domain/visible-text.ts";
import { safeJson } from "../lib/safe-json.ts";
import type { CheckFormat, PolicyPlace } from "./check-format.ts";
import { countsLine, details, remarks, targetsLine, worstFirst } from "./check-words.ts";

const most = 5_000;
const builtIn: PolicyPlace = { file: "bedrock-audit.yaml", lines: new Map() };

/** SARIF 2.1.0 of what is FAIL, UNKNOWN or waived; what is well is counted, for readers show each result as an alert. */
export const checkSarif: CheckFormat = {
  id: "sarif",
  file: "check.sarif",
  render(report, { failOn, policyPlace }) {
    const results = worstFirst(report.results).filter(({ verdict }) => verdict === "FAIL" || verdict === "UNKNOWN");
    const rest = results.length - most;
    const leftOut = rest > 0 ? `${rest} results beyond the ${most} worst` : null;
    const said = [countsLine(report, failOn), targetsLine(report), ...remarks(report), ...(leftOut ? [leftOut] : [])];
    const run = runOf(report, results.slice(0, most), policyPlace ?? builtIn, said);
    const log = { $schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [run] };
    return { text: `${safeJson(log)}\n`, leftOut };
  },
};

function runOf(report: CheckReport, results: readonly ControlResult[], place: PolicyPlace, said: readonly string[]) {
  const { run, summary } = report;
  const rules = [...new Map(results.map((result) => [result.control, result])).values()];
  const indexes = new Map(rules.map(({ control }, index) => [control, index]));
  return {
    tool: { driver: { name: "bedrock-audit", version: run.tool, rules: rules.map(rule) } },
    automationDetails: { id: "bedrock-audit/" },
    columnKind: "utf16CodeUnits",
    invocations: [
      {
        executionSuccessful: run.complete,
        exitCode: run.exitCode,
        startTimeUtc: run.startedAt,
        endTimeUtc: run.finishedAt,
        toolExecutionNotifications: said.map((text) => ({ level: "note", message: { text: literal(text) } })),
      },
    ],
    properties: { verdicts: summary.verdicts, targets: summary.targets },
    results: results.map((result) => finding(result, indexes.get(result.control) ?? 0, place)),
  };
}

const levels: Readonly<Record<Severity, "error" | "warning" | "note">> = {
  critical: "error",
  high: "error",
  medium: "warning",
  low: "note",
  informational: "note",
};
/** By which code hosts grade an alert. */
const scores: Readonly<Record<Severity, string>> = {
  critical: "9.5",
  high: "8.0",
  medium: "5.0",
  low: "2.0",
  informational: "0.5",
};

function rule({ control, severity, title }: ControlResult) {
  return {
    id: control,
    shortDescription: { text: literal(title) },
    defaultConfiguration: { level: levels[severity] },
    properties: { tags: ["security", "compliance"], "security-severity": scores[severity] },
  };
}

/** The place is the policy that asks for it: a name of AWS is no file of the repository. */
function finding(result: ControlResult, ruleIndex: number, { file, lines }: PolicyPlace) {
  const { account, control, id, reason, region, remediation, resource, severity, verdict, waiver } = result;
  const text = [`${account} ${region} ${resource}: ${reason}`, ...details(result), remediation ?? ""].filter(Boolean);
  const uri = file.split("/").map(encodeURIComponent).join("/");
  return {
    ruleId: control,
    ruleIndex,
    level: verdict === "UNKNOWN" ? "error" : levels[severity],
    message: { text: literal(text.join("\n")) },
    locations: [{ physicalLocation: { artifactLocation: { uri }, region: { startLine: lines.get(control) ?? 1 } } }],
    partialFingerprints: { "bedrockAuditResult/v1": id },
    properties: { verdict: shownVerdict(result), account, region, resource: visibleText(resource) },
    ...(waiver === null
      ? {}
      : { suppressions: [{ kind: "external", status: "accepted", justification: literal(waiver.reason) }] }),
  };
}

/** In a message a bracket would begin a link. */
function literal(text: string): string {
  return text
    .split("\n")
    .map(visibleText)
    .join("\n")
    .replace(/[\\[\]]/g, (mark) => `\\${mark}`);
}
