import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { startSimulatedAws } from "../../scripts/demo/aws/simulated-aws.ts";
import { simulatedCredentials } from "../../scripts/demo/aws/keys.ts";
import type { Fault } from "../../scripts/demo/aws/faults.ts";
import type { World } from "../../scripts/demo/aws/world.ts";
import { latestCheck } from "../../server/controls/check-runs.ts";
import { CheckReport } from "../../server/domain/compliance.ts";
import { openCatalog } from "../../server/store/catalog/open-catalog.ts";
import { account, now } from "../aws/small-world.ts";
import { expiring, here, worldOf } from "./kit.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const script = path.join(root, "scripts/bedrock-audit.ts");
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "check-command-"));
  return () => rmSync(folder, { recursive: true });
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the real program, in a folder of its own; `signal`: interrupts it after so many milliseconds. */
async function command(
  args: readonly string[],
  over: { world?: World; faults?: readonly Fault[]; signal?: number } = {},
): Promise<Ended> {
  const faults = { seed: 1, faults: over.faults ?? [] };
  const simulated = await startSimulatedAws(over.world ?? worldOf({}), { clock: () => now, faults });
  onTestFinished(simulated.close);
  const { accessKeyId, secretAccessKey } = simulatedCredentials(account);
  const env = {
    PATH: process.env["PATH"],
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_ENDPOINT_URL: simulated.url,
    AWS_REGION: here,
  };
  const tsx = import.meta.resolve("tsx");
  const child = spawn(process.execPath, ["--import", tsx, script, "check", ...args], { cwd: folder, env });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  if (over.signal !== undefined) setTimeout(() => child.kill("SIGINT"), over.signal);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, out, err };
}

describe("the command", () => {
  it("prints the result alone on stdout, and all is well", async () => {
    const { code, err, out } = await command(["--region", here, "--format", "json"]);
    expect(CheckReport.parse(JSON.parse(out)).run.exitCode).toBe(0);
    expect([code, err]).toEqual([0, ""]);
  });

  it("ends with 1 for bad news, and keeps the run where there is a store", async () => {
    const data = mkdtempSync(path.join(folder, "store-"));
    const file = path.join(data, "catalog.db");
    const catalog = openCatalog(file, { clock: () => 0, random: (bytes) => new Uint8Array(bytes) });
    onTestFinished(() => catalog.destroy());
    const world = worldOf({ bucket: { lifecycle: [expiring(1)] } });
    const { code, out } = await command(["--region", here, "--data", data], { world });
    expect(code).toBe(1);
    expect(out).toContain("FAIL 1 (1 at or above high)");
    expect((await latestCheck(catalog))?.summary.failAtOrAbove).toBe(1);
    const silent = await command(["--region", here, "--fail-on", "none"], { world });
    expect(silent.code).toBe(0);
    expect(silent.out).toContain("FAIL 1 · UNKNOWN 0");
  });

  it("asks what the policy file asks", async () => {
    const file = path.join(folder, "policy.yaml");
    writeFileSync(file, "minimumDays: 400\n");
    const world = worldOf({ bucket: { lifecycle: [expiring(365)] } });
    const { code, out } = await command(["--region", here, "--policy", file], { world });
    expect(code).toBe(1);
    expect(out).toContain("keeps records 365 days, needed 400");
  });

  it("writes a file a format", async () => {
    const output = path.join(folder, "reports");
    await command(["--region", here, "--format", "text,json,junit", "--output", output]);
    expect(readFileSync(path.join(output, "check.txt"), "utf8")).toContain("PASS");
    expect(JSON.parse(readFileSync(path.join(output, "check.json"), "utf8"))).toMatchObject({ schemaVersion: 1 });
    expect(readFileSync(path.join(output, "check.xml"), "utf8")).toContain("<testsuite ");
  });

  it("ends with 2 for what cannot be meant, before AWS is asked", async () => {
    for (const args of [
      ["--region", "nowhere"],
      ["--controls", "no-such"],
      ["--format", "json,text"],
      ["--fail-on", "dire"],
    ]) {
      const { code, err, out } = await command(args);
      expect([code, out]).toEqual([2, ""]);
      expect(err).not.toBe("");
    }
  });

  it("ends with 3 when nobody says who we are, 4 when something could not be seen", async () => {
    const error = { kind: "error", status: 403, code: "InvalidClientTokenId" } as const;
    const unknown = await command([], { faults: [{ api: "GetCallerIdentity", count: 99, do: error }] });
    expect(unknown.code).toBe(3);
    expect(unknown.err).toContain("AWS did not say who we are: InvalidClientTokenId");
    const world = worldOf({ region: { denies: ["s3:GetLifecycleConfiguration"] } });
    expect((await command(["--region", here], { world })).code).toBe(4);
  });

  it("shows what it has when its time is over, or when it is interrupted", async () => {
    const faults: readonly Fault[] = [{ api: "GetBucketVersioning", count: 99, do: { kind: "delay", ms: 20_000 } }];
    const late = await command(["--region", here, "--max-runtime", "5s", "--format", "json"], { faults });
    expect(late.code).toBe(4);
    expect(CheckReport.parse(JSON.parse(late.out)).run.complete).toBe(false);
    const stopped = await command(["--region", here, "--format", "json"], { faults, signal: 4_000 });
    expect(stopped.code).toBe(130);
    expect(CheckReport.parse(JSON.parse(stopped.out)).run).toMatchObject({ complete: false, exitCode: 130 });
  });
});
