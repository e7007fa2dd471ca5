import { type CheckReport, type ControlResult, shownVerdict } from "../domain/compliance.ts";
import { visibleText } from "../domain/visible-text.ts";
import { htmlText } from "../lib/html-text.ts";
import { type CheckFormat, type CheckRenderOptions, whole } from "./check-format.ts";
import { countsLine, details, remarks, shownResults, targetsLine, worstFirst } from "./check-words.ts";

/** One file that asks for nothing: no script, no asset, no link. The worst comes first. */
export const checkHtml: CheckFormat = {
  id: "html",
  file: "check.html",
  render: (report, options) => whole(page(report, options)),
};

const style = `body { margin: 0; background: #f4f5f7; color: #1c2430; font: 14px/1.45 system-ui, "Segoe UI", Roboto, Arial, sans-serif; }
main { box-sizing: border-box; max-width: 1200px; margin: 0 auto; padding: 24px 16px; background: #fff; }
h1 { font-size: 22px; margin: 0 0 4px; }
.quiet { color: #576072; font-size: 12px; }
.counts { margin: 16px 0; padding: 12px; border-left: 4px solid #2a6fb8; background: #eef4fb; font-weight: 600; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 12px; }
th, td { padding: 4px; border-bottom: 1px solid #dfe3e8; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { color: #576072; }
td.FAIL { color: #b42318; font-weight: 600; }
td.UNKNOWN { color: #8a4f00; font-weight: 600; }
code { font-family: ui-monospace, monospace; }
p { margin: 0 0 4px; }`;

const headings = ["verdict", "severity", "account", "region", "control", "resource", "what was found"];

function page(report: CheckReport, options: CheckRenderOptions): string {
  const { policy, run } = report;
  const about = `${run.tool} · policy ${visibleText(policy.name)} (${policy.sha256.slice(0, 12)}) · clock ${run.clock} · run ${run.id}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width">
<meta name="referrer" content="no-referrer">
<title>Bedrock invocation logging</title>
<style>
${style}
</style>
</head>
<body>
<main>
<h1>Bedrock invocation logging</h1>
<p class="quiet">${htmlText(visibleText(about))}</p>
<p class="counts">${htmlText(countsLine(report, options.failOn))}<br>${htmlText(targetsLine(report))} · exit ${run.exitCode}</p>
${remarks(report).map(paragraph).join("\n")}
<div class="scroll"><table>
<thead><tr>${headings.map((word) => `<th scope="col">${word}</th>`).join("")}</tr></thead>
<tbody>
${worstFirst(shownResults(report, options)).map(row).join("\n")}
</tbody>
</table></div>
</main>
</body>
</html>
`;
}

function paragraph(text: string): string {
  return `<p class="quiet">${htmlText(text)}</p>`;
}

function row(result: ControlResult): string {
  const { account, control, reason, region, remediation, resource, severity } = result;
  const verdict = shownVerdict(result);
  const found = [
    `<p>${htmlText(visibleText(reason))}</p>`,
    ...details(result).map(paragraph),
    ...(remediation === null ? [] : [`<p><code>${htmlText(visibleText(remediation))}</code></p>`]),
  ];
  const names = [severity, account, region, control, resource].map((name) => `<td>${htmlText(visibleText(name))}</td>`);
  return `<tr><td class="${verdict}">${verdict}</td>${names.join("")}<td>${found.join("")}</td></tr>`;
}
