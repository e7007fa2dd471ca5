import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { CommanderError } from "commander";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { askedOf } from "../../scripts/check-asked.ts";
import { type CheckFlags, checkOptions } from "../../scripts/check-flags.ts";
import { loadConfig } from "../../server/config.ts";
import { CheckReport } from "../../server/domain/compliance.ts";
import { now } from "../aws/small-world.ts";
import { aFolder, command } from "./command-kit.ts";
import { expiring, here, worldOf } from "./kit.ts";

// Some tests start the program once or twice, which takes its time.
vi.setConfig({ testTimeout: 180_000 });

const day = (ahead: number) => new Date(Date.now() + ahead * 86_400_000).toISOString().slice(0, 10);
const short = { world: worldOf({ bucket: { lifecycle: [expiring(7)] } }) };
const json = ["--region", here, "--format", "json"];
const reportOf = (out: string) => CheckReport.parse(JSON.parse(out));

function waiversUntil(expires: string, control = "s3-log-retention"): string {
  return `waivers:
  - id: W-2026-014
    control: ${control}
    match: { account: "111122223333", resource: bucket:logs }
    reason: Moved to another bucket soon
    owner: alice@example.com
    ticket: SEC-881
    expires: ${expires}
`;
}

function written(name: string, text: string): string {
  const file = path.join(aFolder(), name);
  writeFileSync(file, text);
  return file;
}

describe("the gate of the command", () => {
  it("row 62: what was waived until yesterday is a FAIL again; a baseline then lets it pass until it is graver", async () => {
    const cwd = aFolder();
    const file = (name: string) => path.join(cwd, name);
    writeFileSync(file("waivers.yaml"), waiversUntil(day(-1)));
    const writes = ["--write-baseline", file("base.json"), "--metrics", file("check.prom"), "--progress", "json"];
    const first = await command([...json, "--waivers", file("waivers.yaml"), ...writes], { ...short, cwd });
    const report = reportOf(first.out);
    expect(first.code).toBe(1);
    expect(report.summary.verdicts).toMatchObject({ FAIL: 1, WAIVED: 0 });
    expect(report.waivers.expired).toEqual(["W-2026-014"]);
    const notes = report.results.filter(({ verdict }) => verdict === "FAIL").flatMap((result) => result.notes);
    expect(notes.map(({ code }) => code)).toContain("waiver-expired");
    expectEvents(first.err);
    expectCounts(readFileSync(file("check.prom"), "utf8"), first.calls);

    expect(JSON.parse(readFileSync(file("base.json"), "utf8"))).toMatchObject({
      fails: [{ severity: "high", since: day(0) }],
    });
    const second = await command(["--region", here, "--baseline", file("base.json"), "--new-only"], { ...short, cwd });
    expect(second.code).toBe(0);
    expect(second.out).not.toContain("FAIL  high");
    expect(second.out).toContain("FAIL 1 (0 at or above high)");
  });

  it("takes policy and waivers from the configuration; what is accepted is shown, counted, and decides nothing", async () => {
    const cwd = aFolder();
    writeFileSync(path.join(cwd, "waivers.yaml"), waiversUntil(day(300)));
    writeFileSync(path.join(cwd, "bedrock-audit.yaml"), "check: { policy: cis-v8, waivers: waivers.yaml }\n");
    const { code, out } = await command(json, { ...short, cwd });
    const { policy, results, summary, waivers } = reportOf(out);
    expect([code, policy.name]).toEqual([0, "cis-v8"]);
    expect(summary).toMatchObject({ failAtOrAbove: 0, verdicts: { FAIL: 0, WAIVED: 1 } });
    expect(waivers.used).toEqual(["W-2026-014"]);
    expect(results.find(({ waiver }) => waiver !== null)).toMatchObject({
      verdict: "FAIL",
      waiver: { ticket: "SEC-881" },
    });
  });

  it("ends with 2 for a waiver with a mistake, before AWS is asked", async () => {
    const { calls, code, err, out } = await command(["--waivers", written("w.yaml", waiversUntil("soon"))]);
    expect([code, out, calls]).toEqual([2, "", []]);
    expect(err).toMatch(/w\.yaml:8: waivers\.0\.expires: it is no date/);
  });

  it("prints in a dry run the calls, what is asked, and the permissions of the shipped audit role; calls nothing", async () => {
    const { calls, code, out } = await command(["--dry-run", "--policy", "hipaa"]);
    expect([code, calls]).toEqual([0, []]);
    expect(out).toContain('"minimumDays": 2192');
    expect(out).toContain("  s3 GetBucketLifecycleConfiguration (s3:GetLifecycleConfiguration)\n");
    const shipped = readFileSync(new URL("../../deploy/audit-role.json", import.meta.url), "utf8");
    const one = z.object({ Sid: z.string(), Action: z.union([z.string(), z.array(z.string())]) });
    const actions = z.object({ Statement: z.array(one) });
    const of = (text: string) => actions.parse(JSON.parse(text)).Statement;
    expect(of(out.slice(out.indexOf("{", out.indexOf("IAM policy"))))).toEqual(of(shipped));
  });
});

/** Nothing but JSON objects, one a line. */
function expectEvents(text: string): void {
  const lines = text.trimEnd().split("\n");
  const events = lines.map((line) => z.object({ event: z.string() }).parse(JSON.parse(line)).event);
  expect(new Set(events)).toEqual(new Set(["progress", "done"]));
  expect(events.at(-1)).toBe("done");
}

/** Each call that AWS saw is counted. */
function expectCounts(text: string, calls: readonly string[]): void {
  expect(text).toContain('bedrock_audit_check_targets{state="evaluated"} 1\n');
  expect(text).toMatch(/aws_requests_total\{service="s3",operation="ListBuckets",outcome="ok"\} 1\n/);
  const counts = [...text.matchAll(/aws_requests_total\{.*\} (\d+)/g)].map(([, count]) => Number(count));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(calls.length);
}

/** The flags as the command line gives them. */
function flagsOf(args: readonly string[]): CheckFlags {
  const options = checkOptions()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  return options.parse(args, { from: "user" }).opts();
}

const asked = (...args: readonly string[]) => askedOf(flagsOf(args), loadConfig({}, {}, null), now);

describe("what is asked", () => {
  it.each([
    ["--severity", "dire"],
    ["--progress", "loud"],
    ["--concurrency", "0"],
    ["--concurrency", "513"],
    ["--fail-on", "dire"],
    ["--format", "json,pdf"],
    ["--max-runtime", "soon"],
  ])("no such value: %s %s", (...args) => expect(() => flagsOf(args)).toThrow(CommanderError));

  it.each([
    ["a policy that does not ship", ["--policy", "cis-v9"], '"cis-v9" is no shipped policy'],
    ["a file that is not there", ["--waivers", "none.yaml"], "none.yaml could not be read: ENOENT"],
    ["a baseline that is not there", ["--baseline", "none.json"], "none.json could not be read: ENOENT"],
    ["a control that is none", ["--controls", "no-such"], '"no-such" is no control'],
    ["one that is excluded", ["--exclude-controls", "no-such"], '"no-such" is no control'],
    ["one whose UNKNOWN is allowed", ["--allow-unknown", "no-such"], '"no-such" is no control'],
    ["nothing", ["--controls", "s3-log-retention", "--exclude-controls", "s3-log-retention"], "no control is left"],
  ])("is refused as usage: %s", (_what, args, message) => {
    expect(() => asked(...args)).toThrow(expect.objectContaining({ exitCode: 2, message }));
  });

  it("is refused with its place, where a file has a mistake", () => {
    const policy = written("p.yaml", "minimumDay: 3");
    expect(() => asked("--policy", policy)).toThrow(`${policy}:1: minimumDay: there is no such field`);
    const waivers = written("w.yaml", waiversUntil("2026-12-31", "no-such"));
    expect(() => asked("--waivers", waivers)).toThrow(`${waivers}:3: waivers.0.control: there is no such control`);
    const baseline = written("b.json", "{}");
    expect(() => asked("--baseline", baseline)).toThrow(`${baseline}:1: schemaVersion: `);
  });

  it("may be chosen by the grade that the policy gives", () => {
    const policy = written("policy.yaml", "controls: { s3-log-retention: { severity: low } }");
    const { controls } = asked("--severity", "high", "--policy", policy);
    expect(controls).toContain("log-group-retention");
    expect(controls).not.toContain("s3-log-retention");
    expect(asked("--severity", "high").controls).toContain("s3-log-retention");
  });

  it("leaves out what the policy switches off", () => {
    const policy = written("policy.yaml", "controls: { delivery-alive: { enabled: false } }");
    expect(asked("--policy", policy).controls).not.toContain("delivery-alive");
  });
});
