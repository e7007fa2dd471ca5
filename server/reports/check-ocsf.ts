import { type CheckReport, type ControlResult, shownVerdict, type Verdict } from "../domain/compliance.ts";
import type { Severity } from "../domain/severity.ts";
import { visibleText } from "../domain/visible-text.ts";
import { safeJson } from "../lib/safe-json.ts";
import { type CheckFormat, whole } from "./check-format.ts";
import { partitionOf, resourceOf } from "./check-resource.ts";
import { gapText, policyChanges, waiverText } from "./check-words.ts";

/** A list of OCSF 1.5 compliance findings (class 2003), every verdict among them. */
export const checkOcsf: CheckFormat = {
  id: "ocsf",
  file: "check.ocsf.json",
  render: (report) => whole(`${safeJson(report.results.map((result) => findingOf(result, report)))}\n`),
};

const severityIds: Readonly<Record<Severity, number>> = { informational: 1, low: 2, medium: 3, high: 4, critical: 5 };
const statuses: Readonly<Record<Verdict, readonly [id: number, name: string]>> = {
  PASS: [1, "Pass"],
  UNKNOWN: [2, "Warning"],
  FAIL: [3, "Fail"],
  NOT_APPLICABLE: [99, "NOT_APPLICABLE"],
};

function findingOf(result: ControlResult, report: CheckReport) {
  const { account, control, gaps, id, notes, reason, region, remediation, severity, title, verdict } = result;
  const { run } = report;
  const time = Date.parse(run.clock);
  const severityOf = { severity_id: severityIds[severity], severity: capital(severity) };
  const [statusId, status] = statuses[verdict];
  const waived = waiverText(result);
  const words = [reason, ...(waived === null ? [] : [waived]), ...gaps.map(gapText), ...notes.map(({ text }) => text)];
  return {
    activity_id: 1,
    activity_name: "Create",
    category_uid: 2,
    category_name: "Findings",
    class_uid: 2003,
    class_name: "Compliance Finding",
    type_uid: 200_301,
    type_name: "Compliance Finding: Create",
    time,
    ...severityOf,
    status_id: waived === null ? 1 : 3,
    status: waived === null ? "New" : "Suppressed",
    message: visibleText(reason),
    metadata: {
      version: "1.5.0",
      profiles: ["cloud"],
      product: { name: "bedrock-audit", vendor_name: "bedrock-audit", version: run.tool },
      uid: `${run.id}/${id}`,
      correlation_uid: run.id,
    },
    cloud: { provider: "AWS", region, account: { uid: account, type_id: 10, type: "AWS Account" } },
    finding_info: { uid: id, title, desc: visibleText(reason), created_time: time, types: [control] },
    compliance: {
      control,
      status_id: statusId,
      status,
      status_code: visibleText(result.code),
      status_details: words.map(visibleText),
      standards: [...new Set(result.frameworks.map(({ framework }) => framework))],
      requirements: result.frameworks.map(({ framework, requirement }) => `${framework} ${requirement}`),
      checks: [{ uid: control, name: title, status_id: statusId, status, ...severityOf }],
    },
    resources: [resource(result, partitionOf(report))],
    ...(remediation === null ? {} : { remediation: { desc: visibleText(remediation) } }),
    unmapped: { verdict: shownVerdict(result), exit_code: run.exitCode, policy_changes: policyChanges(report) },
  };
}

function resource(result: ControlResult, partition: string) {
  const { id, type } = resourceOf(result, partition);
  return { uid: id, name: visibleText(result.resource), type, region: result.region, cloud_partition: partition };
}

function capital(word: string): string {
  return `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`;
}
