import { describe, expect, it } from "vitest";
import { checkMetrics, lastCompleteIn } from "../../server/reports/check-metrics.ts";
import { aResult, checkReport, withResults } from "./check-document.ts";

const requests = [
  { service: "s3", operation: "ListBuckets", outcome: "ok", count: 3 },
  { service: "s3", operation: 'a"b\\c\nd', outcome: "denied", count: 1 },
];

describe("the metrics of a check", () => {
  it("are Prometheus text", () => {
    expect(checkMetrics(checkReport(), requests))
      .toBe(`# HELP bedrock_audit_check_targets Accounts and regions by what became of them.
# TYPE bedrock_audit_check_targets gauge
bedrock_audit_check_targets{state="evaluated"} 1
bedrock_audit_check_targets{state="unknown"} 1
bedrock_audit_check_targets{state="not_applicable"} 1
bedrock_audit_check_targets{state="excluded"} 1
# HELP bedrock_audit_check_results Results by control and verdict, waivers in force over it.
# TYPE bedrock_audit_check_results gauge
bedrock_audit_check_results{control="invocation-logging-enabled",verdict="PASS"} 1
bedrock_audit_check_results{control="log-group-retention",verdict="NOT_APPLICABLE"} 1
bedrock_audit_check_results{control="log-store-hardened",verdict="FAIL"} 1
bedrock_audit_check_results{control="logging-unbroken",verdict="WAIVED"} 1
bedrock_audit_check_results{control="s3-log-retention",verdict="FAIL"} 1
bedrock_audit_check_results{control="s3-log-retention",verdict="UNKNOWN"} 1
# HELP bedrock_audit_check_facts_unreadable Facts of a target that could not be read.
# TYPE bedrock_audit_check_facts_unreadable gauge
bedrock_audit_check_facts_unreadable{fact="s3Store",class="permission"} 1
# HELP bedrock_audit_check_completeness_ratio Evaluated targets of all in scope.
# TYPE bedrock_audit_check_completeness_ratio gauge
bedrock_audit_check_completeness_ratio 0.5
# HELP bedrock_audit_check_last_complete_timestamp_seconds End of the last whole run.
# TYPE bedrock_audit_check_last_complete_timestamp_seconds gauge
bedrock_audit_check_last_complete_timestamp_seconds 1789473608
# HELP bedrock_audit_check_aws_requests_total Attempts of AWS calls.
# TYPE bedrock_audit_check_aws_requests_total counter
bedrock_audit_check_aws_requests_total{service="s3",operation="ListBuckets",outcome="ok"} 3
bedrock_audit_check_aws_requests_total{service="s3",operation="a\\"b\\\\c[U+000A]d",outcome="denied"} 1
`);
  });

  it("count a fact of a target once, though several controls miss it", () => {
    const unread = [{ fact: "usage", class: "permission" }];
    const results = ["a", "b"].map((control) => aResult({ control, verdict: "UNKNOWN", unread }));
    const elsewhere = aResult({ region: "eu-west-1", verdict: "UNKNOWN", unread });
    const text = checkMetrics(withResults(checkReport(), [...results, elsewhere]), []);
    expect(text).toContain('facts_unreadable{fact="usage",class="permission"} 2\n');
  });

  it("say when the last whole run ended, also of one that was cut short", () => {
    const report = checkReport();
    const cut = { ...report, run: { ...report.run, complete: false } };
    expect(lastCompleteIn(checkMetrics(report, []))).toBe(1_789_473_608);
    expect(lastCompleteIn(checkMetrics(cut, [], 1_700_000_000))).toBe(1_700_000_000);
    expect(lastCompleteIn(checkMetrics(cut, []))).toBeNull();
  });

  it("tell of the requests alone before the first check, and of no ratio over nothing", () => {
    expect(checkMetrics(null, [])).toBe(
      "# HELP bedrock_audit_check_aws_requests_total Attempts of AWS calls.\n# TYPE bedrock_audit_check_aws_requests_total counter\n",
    );
    const none = withResults({ ...checkReport(), targets: [] }, []);
    expect(checkMetrics(none, [])).toContain("completeness_ratio 0\n");
  });
});
