import { type CheckReport, type ControlResult, shownVerdict, type Verdict } from "../domain/compliance.ts";
import type { Severity } from "../domain/severity.ts";
import { visibleText } from "../domain/visible-text.ts";
import { safeJson } from "../lib/safe-json.ts";
import type { CheckFormat } from "./check-format.ts";
import { partitionOf, resourceOf } from "./check-resource.ts";
import { gapText, policyChanges, waiverText } from "./check-words.ts";
import { clipTo } from "./clip.ts";

type Assessed = Exclude<Verdict, "NOT_APPLICABLE">;

const compliance = { PASS: "PASSED", FAIL: "FAILED", UNKNOWN: "NOT_AVAILABLE" } as const satisfies Record<
  Assessed,
  string
>;
const labels = {
  informational: "INFORMATIONAL",
  low: "LOW",
  medium: "MEDIUM",
  high: "HIGH",
  critical: "CRITICAL",
} as const satisfies Record<Severity, string>;
const types = ["Software and Configuration Checks/AWS Security Best Practices"];
const schemaVersion = "2018-10-08";
/** Characters that Security Hub takes of each text. */
const longest = {
  title: 256,
  description: 1_024,
  remediation: 512,
  resource: 512,
  requirement: 64,
  productField: 2_048,
};
const mostRequirements = 32;

/** A list of findings in the format of AWS Security Hub. What does not apply has no place there, and is counted. */
export const checkAsff: CheckFormat = {
  id: "asff",
  file: "check.asff.json",
  render(report) {
    const findings = asffFindings(report, null);
    const rest = report.results.length - findings.length;
    const leftOut = rest === 0 ? null : `${rest} results NOT_APPLICABLE`;
    return { text: `${safeJson(findings)}\n`, leftOut };
  },
};

/**
 * Findings to import, one a result. `home`: the region whose Security Hub takes them; null: that of each result.
 * Holds nothing that people set in Security Hub: workflow, notes, their own fields.
 */
export function asffFindings(report: CheckReport, home: string | null) {
  const partition = partitionOf(report);
  return report.results.flatMap((result) => {
    const { verdict } = result;
    return verdict === "NOT_APPLICABLE" ? [] : [findingOf(result, compliance[verdict], { report, partition, home })];
  });
}

export type AsffFinding = ReturnType<typeof asffFindings>[number];

/** A finding that there is no more, as Security Hub is to put it aside. */
export function archived(finding: AsffFinding, clock: string): AsffFinding {
  return { ...finding, UpdatedAt: clock, RecordState: "ARCHIVED" };
}

/** Security Hub's format has words for these alone. */
function named(partition: string): { readonly Partition?: "aws" | "aws-cn" | "aws-us-gov" } {
  return partition === "aws" || partition === "aws-cn" || partition === "aws-us-gov" ? { Partition: partition } : {};
}

interface Place {
  readonly report: CheckReport;
  readonly partition: string;
  readonly home: string | null;
}

function findingOf(result: ControlResult, status: (typeof compliance)[Assessed], { home, partition, report }: Place) {
  const { run } = report;
  const { account, control, frameworks, id, region, remediation, severity, title } = result;
  const { id: Id, type: Type } = resourceOf(result, partition);
  const requirements = frameworks.map((it) => clipTo(longest.requirement, `${it.framework} ${it.requirement}`));
  return {
    SchemaVersion: schemaVersion,
    Id: id,
    ProductArn: `arn:${partition}:securityhub:${home ?? region}:${account}:product/${account}/default`,
    GeneratorId: `bedrock-audit/${control}`,
    AwsAccountId: account,
    CreatedAt: run.clock,
    UpdatedAt: run.clock,
    Title: clipTo(longest.title, visibleText(title)),
    Description: description(result),
    ...(remediation === null ? {} : { Remediation: recommended(remediation) }),
    ProductFields: productFields(result, report),
    Resources: [{ Type, Id: clipTo(longest.resource, Id), ...named(partition), Region: region }],
    Compliance: {
      Status: status,
      ...(requirements.length === 0 ? {} : { RelatedRequirements: requirements.slice(0, mostRequirements) }),
    },
    RecordState: "ACTIVE" as "ACTIVE" | "ARCHIVED",
    FindingProviderFields: { Severity: { Label: labels[severity], Original: severity }, Types: types },
  };
}

function productFields(result: ControlResult, report: CheckReport): Readonly<Record<string, string>> {
  const changes = policyChanges(report).join("; ");
  return {
    "bedrock-audit/verdict": shownVerdict(result),
    "bedrock-audit/code": clipTo(longest.productField, visibleText(result.code)),
    ...(changes === "" ? {} : { "bedrock-audit/policy": clipTo(longest.productField, changes) }),
  };
}

/** The waiver first: it must not be cut off. */
function description(result: ControlResult): string {
  const waived = waiverText(result);
  const parts = [...(waived === null ? [] : [clipTo(400, waived)]), result.reason, ...result.gaps.map(gapText)];
  return clipTo(longest.description, visibleText(parts.join(" ")));
}

function recommended(remediation: string) {
  return { Recommendation: { Text: clipTo(longest.remediation, visibleText(remediation)) } };
}
