import { type CheckReport, type ControlResult, shownVerdict } from "../domain/compliance.ts";
import { visibleText } from "../domain/visible-text.ts";
import type { CheckFormat, CheckRenderOptions, RenderedCheck } from "./check-format.ts";
import { countsLine, isBad, remarks, shownResults, targetsLine, waiverText, worstFirst } from "./check-words.ts";
import { codeSpan } from "./code-span.ts";

const maxBytes = 60_000;
/** By which a bot finds its own comment again. */
const marker = "<!-- bedrock-audit -->";

/** At most 60 kB, the worst first; what did not fit is counted. */
export const checkMarkdown: CheckFormat = { id: "markdown", file: "check.md", render: renderMarkdown };

export function renderMarkdown(report: CheckReport, options: CheckRenderOptions): RenderedCheck {
  const results = worstFirst(shownResults(report, options));
  const lines = results.map(row);
  const fixed = textOf(report, options, []);
  let room = maxBytes - Buffer.byteLength(fixed) - 400;
  const fitting = lines.findIndex((line) => (room -= Buffer.byteLength(line) + 1) < 0);
  const kept = fitting === -1 ? lines : lines.slice(0, fitting);
  const rest = lines.length - kept.length;
  const text = textOf(report, options, kept, rest);
  return { text, leftOut: rest === 0 ? null : `${rest} results beyond 60 kB` };
}

function textOf(report: CheckReport, { failOn }: CheckRenderOptions, rows: readonly string[], rest = 0): string {
  const head = [
    "| verdict | severity | account | region | control | resource | reason |",
    "| --- | --- | --- | --- | --- | --- | --- |",
  ];
  const said = remarks(report);
  // Of a list of remarks without end, the first tell the most.
  const shown = said.slice(0, mostRemarks).map((text) => `- ${codeSpan(text)}`);
  const parts = [
    `${marker}\n## Bedrock invocation logging: exit ${report.run.exitCode}`,
    `**${countsLine(report, failOn)}**`,
    `${targetsLine(report)}, policy ${codeSpan(visibleText(report.policy.name))}, clock ${report.run.clock}`,
    ...(shown.length === 0 ? [] : [shown.join("\n")]),
    ...(said.length > mostRemarks ? [`and ${said.length - mostRemarks} more remarks`] : []),
    ...(rows.length === 0 ? [] : [[...head, ...rows].join("\n")]),
    ...(rest === 0 ? [] : [`and ${rest} more results: the JSON and CSV formats hold all`]),
  ];
  return `${parts.join("\n\n")}\n`;
}

const mostRemarks = 50;

function row(result: ControlResult): string {
  const { account, control, reason, region, remediation, resource, severity } = result;
  const waived = waiverText(result);
  const why = [
    waived ?? visibleText(reason),
    ...(isBad(result) && remediation !== null ? [`Mend: ${visibleText(remediation)}`] : []),
  ];
  const names = [account, region, control, resource].map((name) => codeSpan(visibleText(name)));
  return `| ${[shownVerdict(result), severity, ...names, why.map(codeSpan).join(" ")].join(" | ")} |`;
}
