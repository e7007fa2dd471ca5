import { describe, expect, it } from "vitest";
import { aLogGroup } from "../aws/small-world.ts";
import { plainOptions as plain } from "./check-document.ts";
import { checked, expiring, toBoth, worldOf } from "../controls/kit.ts";
import { CheckReport } from "../../server/domain/compliance.ts";
import { checkJson } from "../../server/reports/check-json.ts";
import { checkJunit } from "../../server/reports/check-junit.ts";
import { checkText } from "../../server/reports/check-text.ts";

const hostile = `x"><script>alert(1)</script>&\u001b[2J\u202e\u0000\nFAIL 0`;

/** A run of four controls, of which one fails on a bucket that keeps a week. */
function aWeekIsKept(): Promise<CheckReport> {
  const controls = [
    "invocation-logging-enabled",
    "log-destination-reachable",
    "log-group-retention",
    "s3-log-retention",
  ];
  return checked(worldOf({ bucket: { lifecycle: [{ ...expiring(7), ID: "tidy" }] } }), { controls });
}

async function hostileReport(): Promise<CheckReport> {
  const report = await checked(
    worldOf({ config: toBoth, groups: [aLogGroup("/b/log", [])], bucket: { lifecycle: [expiring(3)] } }),
  );
  const [first, ...rest] = report.results;
  if (first === undefined) throw new Error("no result");
  const note = { level: "warn" as const, code: hostile, text: hostile };
  const bad = { ...first, verdict: "FAIL" as const, resource: hostile, reason: hostile, code: hostile, notes: [note] };
  return { ...report, results: [bad, ...rest] };
}

describe("text", () => {
  it("is a table with words, and the counts at the end", async () => {
    const report = await aWeekIsKept();
    const lines = checkText.render(report, plain).text.split("\n");
    expect(lines.slice(0, 2)).toEqual([
      "PASS  high  111122223333  us-east-1  invocation-logging-enabled  model-invocation-logging",
      "PASS  high  111122223333  us-east-1  log-destination-reachable   bucket:logs",
    ]);
    expect(lines).toContain("FAIL  high  111122223333  us-east-1  s3-log-retention            bucket:logs");
    expect(lines).toContain(`    short: Bucket logs keeps records 7 days, needed 30: rule "tidy" ends it.`);
    expect(lines.slice(-4)).toEqual([
      "111122223333: filtered, 32 regions",
      "FAIL 1 (1 at or above high) · UNKNOWN 0 · PASS 2 · NOT_APPLICABLE 1 · WAIVED 0",
      "targets evaluated 1 of 1 · exit 1",
      "",
    ]);
  });

  it("is what is wrong alone, when it is to be quiet", async () => {
    const report = await aWeekIsKept();
    const text = checkText.render(report, { ...plain, quiet: true }).text;
    expect(text).toContain("s3-log-retention");
    expect(text).not.toContain("invocation-logging-enabled");
    expect(text).toContain("targets evaluated 1 of 1");
  });

  it("drives no terminal, and forges no line", async () => {
    const text = checkText.render(await hostileReport(), plain).text;
    // eslint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(text.split("\n").filter((line) => line.startsWith("FAIL 0"))).toEqual([]);
  });

  it("says the verdict in words, with colours or without", async () => {
    const report = await checked(worldOf({}));
    const colored = checkText.render(report, { ...plain, color: true }).text;
    expect(colored).toContain("\u001b[32mPASS");
    // eslint-disable-next-line no-control-regex
    expect(colored.replaceAll(/\u001b\[\d+m/g, "")).toBe(checkText.render(report, plain).text);
  });
});

describe("json", () => {
  it("is the report, on one line", async () => {
    const report = await hostileReport();
    const text = checkJson.render(report, plain).text;
    expect(text.trimEnd()).not.toContain("\n");
    // eslint-disable-next-line no-control-regex
    expect(text.trimEnd()).not.toMatch(/[\u0000-\u001f\u202e]/);
    expect(CheckReport.parse(JSON.parse(text))).toEqual(report);
  });
});

describe("junit", () => {
  it("is a suite an account, with each verdict in its place", async () => {
    const xml = checkJunit.render(await aWeekIsKept(), plain).text;
    expect(xml).toContain(`<testsuite name="111122223333" tests="4" failures="1" errors="0" skipped="1"`);
    expect(xml).toContain(
      `<testcase classname="111122223333.us-east-1" name="s3-log-retention bucket:logs" time="0"><failure message="Bucket logs keeps`,
    );
    expect(xml).toContain(`<skipped>No CloudWatch destination.</skipped>`);
  });

  it("says unknown as an error", async () => {
    const denied = { region: { denies: ["s3:GetLifecycleConfiguration"] } };
    const xml = checkJunit.render(await checked(worldOf(denied)), plain).text;
    expect(xml).toContain(`errors="1"`);
    expect(xml).toContain(
      `<error message="s3Store.lifecycle could not be read: AccessDenied (permission). Grant s3:GetLifecycleConfiguration." type="permission"/>`,
    );
  });

  it("holds no markup and no character that XML forbids", async () => {
    const xml = checkJunit.render(await hostileReport(), plain).text;
    expect(xml).not.toContain("<script");
    // eslint-disable-next-line no-control-regex
    expect(xml).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/);
    const words = /[^"<>&]*(?:&(?:amp|lt|gt|quot|#\d+);[^"<>&]*)*/.source;
    for (const line of xml.split("\n").slice(1, -1))
      expect(line.trim()).toMatch(new RegExp(`^(<[a-z/]+( [a-z]+="${words}")*/?>${words})+$`));
  });
});
