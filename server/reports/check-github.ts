import { type CheckReport, type ControlResult, shownVerdict } from "../domain/compliance.ts";
import { atLeast } from "../domain/severity.ts";
import { visibleText } from "../domain/visible-text.ts";
import type { CheckFormat, CheckRenderOptions } from "./check-format.ts";
import { countsLine, isBad, policyChanges, shownResults, targetsLine, worstFirst } from "./check-words.ts";
import { clipTo } from "./clip.ts";

/** GitHub shows ten annotations of a kind and step; the tenth is for the rest. */
const most = 9;
const longestMessage = 2_000;

/** Workflow commands for the worst, which GitHub shows as annotations. The step summary is the markdown format. */
export const checkGithub: CheckFormat = {
  id: "github",
  file: "check.github.txt",
  render(report, options) {
    const bad = worstFirst(shownResults(report, options)).filter(isBad);
    const rest = bad.length - most;
    const more = rest > 0 ? `and ${rest} more` : null;
    const lines = [
      ...bad.slice(0, most).map((result) => annotation(result, options)),
      ...(more === null ? [] : [command("error", "bedrock-audit", more)]),
      command("notice", "bedrock-audit", closing(report, options)),
    ];
    return { text: `${lines.join("\n")}\n`, leftOut: rest > 0 ? `${rest} results beyond the ${most} worst` : null };
  },
};

/** What the policy changes comes last: it may be cut off, the counts not. */
function closing(report: CheckReport, { failOn }: CheckRenderOptions): string {
  const counts = [countsLine(report, failOn), targetsLine(report), `exit ${report.run.exitCode}`];
  return [...counts, ...policyChanges(report)].join(" · ");
}

function annotation(result: ControlResult, { failOn }: CheckRenderOptions): string {
  const { account, control, reason, region, remediation, resource, severity } = result;
  const kind = atLeast(severity, failOn ?? "high") ? "error" : "warning";
  const title = `${shownVerdict(result)} ${control} in ${account} ${region}`;
  const message = [`${resource}: ${reason}`, ...(remediation === null ? [] : [`Mend: ${remediation}`])];
  return command(kind, title, message.join(" "));
}

function command(kind: "error" | "warning" | "notice", title: string, message: string): string {
  return `::${kind} title=${escaped(clipTo(200, visibleText(title)))}::${escaped(clipTo(longestMessage, visibleText(message)))}`;
}

const codes: ReadonlyMap<string, string> = new Map([
  ["%", "%25"],
  ["\r", "%0D"],
  ["\n", "%0A"],
  [":", "%3A"],
  [",", "%2C"],
]);

function escaped(text: string): string {
  return text.replace(/[%\r\n:,]/g, (character) => codes.get(character) ?? "");
}
