import { spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { simulatedCredentials } from "../../scripts/demo/aws/keys.ts";
import { startSimulatedAws } from "../../scripts/demo/aws/simulated-aws.ts";
import { requireNoAws } from "../../scripts/check-evidence.ts";
import { type CheckFlags, checkOptions } from "../../scripts/check-flags.ts";
import { CheckReport } from "../../server/domain/compliance.ts";
import { UserError } from "../../server/lib/errors.ts";
import { sha256Hex } from "../../server/lib/hash.ts";
import { nodeArguments } from "../../server/lib/worker.ts";
import { account, now } from "../aws/small-world.ts";
import { expiring, here, worldOf } from "./kit.ts";

const script = nodeArguments(new URL("../../scripts/bedrock-audit", import.meta.url));
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "evidence-command-"));
  return () => rmSync(folder, { recursive: true });
});

/** Runs the real program; `env`: all that it knows of AWS. */
async function command(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [...script, "check", ...args], {
    cwd: folder,
    env: { PATH: process.env["PATH"], ...env },
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, out, err };
}

it(
  "what --save wrote is judged again by --from without AWS, to the byte, and only as it was",
  { timeout: 180_000 },
  async () => {
    const simulated = await startSimulatedAws(worldOf({ bucket: { lifecycle: [expiring(1)] } }), { clock: () => now });
    onTestFinished(simulated.close);
    const { accessKeyId, secretAccessKey } = simulatedCredentials(account);
    const live = await command(["--region", here, "--save", "evidence", "--format", "json"], {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_ENDPOINT_URL: simulated.url,
      AWS_REGION: here,
    });
    expect(live.code).toBe(1);
    const { manifestSha256 } = CheckReport.parse(JSON.parse(live.out));
    const manifest = path.join(folder, "evidence", "manifest.json");
    expect(manifestSha256).toBe(sha256Hex(readFileSync(manifest)));
    expect(live.err).toContain(`manifest ${manifestSha256 ?? ""}`);
    for (const name of readdirSync(path.join(folder, "evidence"), { recursive: true, withFileTypes: true }))
      if (name.isFile()) {
        const text = readFileSync(path.join(name.parentPath, name.name), "utf8");
        expect(text).not.toContain(secretAccessKey);
        expect(text).not.toContain(accessKeyId);
      }

    const asJson = ["--format", "json", "--progress", "none"];
    const again = await command(["--from", "evidence", "--metrics", "check.prom", ...asJson]);
    expect(again).toMatchObject({ code: 1, out: live.out });
    const metrics = readFileSync(path.join(folder, "check.prom"), "utf8");
    expect(metrics).toContain('bedrock_audit_check_results{control="s3-log-retention",verdict="FAIL"} 1');
    expect(metrics).not.toContain("aws_requests_total{");
    const silent = await command(["--from", "evidence", "--fail-on", "none"]);
    expect(silent).toMatchObject({ code: 0, err: "" });
    // Of the month before that nothing was looked at.
    const noHistory = ["--no-history", "--fail-on", "none", "--now", "2026-12-01"];
    const later = await command(["--from", "evidence", ...noHistory]);
    expect(later).toMatchObject({ code: 4, err: "logging-unbroken is left out: --no-history.\n" });

    const twice = await command(["--region", here, "--save", "evidence"]);
    expect([twice.code, twice.out]).toEqual([2, ""]);
    expect(twice.err).toContain("evidence is not an empty folder");
    expect((await command(["--from", "evidence", "--account", account])).code).toBe(2);
    appendFileSync(path.join(folder, "evidence", "policy.yaml"), "\n");
    const altered = await command(["--from", "evidence"]);
    expect([altered.code, altered.out]).toEqual([3, ""]);
    expect(altered.err).toContain("policy.yaml is no evidence: it was altered");
  },
);

describe("what was seen", () => {
  it.each([
    ["--profile", "audit"],
    ["--role-name", "audit"],
    ["--external-id", "x"],
    ["--data", "data"],
    ["--config", "audit.yaml"],
    ["--demo"],
    ["--dry-run"],
    ["--max-runtime", "10m"],
    ["--concurrency", "8"],
  ])("is looked at by no other %s", (...flag) => {
    const flags = checkOptions()
      .parse(["--from", "evidence", ...flag], { from: "user" })
      .opts<CheckFlags>();
    expect(() => requireNoAws(flags)).toThrow(
      new UserError(`${flag[0]} has no meaning with --from`, "Leave one of them away."),
    );
  });

  it("is judged by what says nothing of AWS", () => {
    const flags = ["--from", "evidence", "--metrics", "m", "--no-history", "--quiet", "--policy", "cis-v8"];
    const parsed = checkOptions().parse(flags, { from: "user" }).opts<CheckFlags>();
    expect(() => requireNoAws(parsed)).not.toThrow();
  });
});
