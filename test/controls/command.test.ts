import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import type { Fault } from "../../scripts/demo/aws/faults.ts";
import { latestCheck, newerRun } from "../../server/controls/check-runs.ts";
import { CheckReport } from "../../server/domain/compliance.ts";
import { openCatalog } from "../../server/store/catalog/open-catalog.ts";
import { command } from "./command-kit.ts";
import { expiring, here, worldOf } from "./kit.ts";

// Each test starts the program once or twice, which takes its time.
vi.setConfig({ testTimeout: 180_000 });

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "check-command-"));
  return () => rmSync(folder, { recursive: true });
});

describe("the command", () => {
  it("prints the result alone on stdout, and all is well", async () => {
    const { code, err, out } = await command(["--region", here, "--format", "json"]);
    expect(CheckReport.parse(JSON.parse(out)).run.exitCode).toBe(0);
    expect(code).toBe(0);
    expect(err).toMatch(
      /^[^\n]*filtered[^\n]*\nFAIL 0 \(0 at or above high\) · UNKNOWN 0 · PASS \d+ · NOT_APPLICABLE \d+ · WAIVED 0\ntargets evaluated 1 of 1 · exit 0\n$/,
    );
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

  it("keeps a run of fewer regions behind the newest of all: it hides none of the others", async () => {
    const data = mkdtempSync(path.join(folder, "store-"));
    const clock = { clock: () => 0, random: (bytes: number) => new Uint8Array(bytes) };
    const catalog = openCatalog(path.join(data, "catalog.db"), clock);
    onTestFinished(() => catalog.destroy());
    await command(["--data", data, "--format", "json"]);
    const whole = await latestCheck(catalog);
    const narrow = await command(["--region", here, "--data", data, "--format", "json"]);
    expect((await latestCheck(catalog))?.run.id).toBe(whole?.run.id);
    if (whole === null) throw new Error("no run was kept");
    expect(await newerRun(catalog, whole)).toMatchObject({
      id: CheckReport.parse(JSON.parse(narrow.out)).run.id,
      scope: { regions: [here], without: [] },
    });
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
    const { calls, code, err, out } = await command(["--controls", "no-such"]);
    expect([code, out, calls]).toEqual([2, "", []]);
    expect(err).toContain('"no-such" is no control');
  });

  it("ends with 3 when nobody says who we are, 4 when something could not be seen", async () => {
    const error = { kind: "error", status: 403, code: "InvalidClientTokenId" } as const;
    const unknown = await command([], { faults: [{ api: "GetCallerIdentity", count: 99, do: error }] });
    expect(unknown.code).toBe(3);
    expect(unknown.err).toContain("AWS did not say who we are: InvalidClientTokenId");
    const world = worldOf({ region: { denies: ["s3:GetLifecycleConfiguration"] } });
    expect((await command(["--region", here], { world })).code).toBe(4);
  });

  it.each([
    ["GetCallerIdentity", ["--region", here]],
    ["ListAccounts", ["--org"]],
  ])("shows that it has nothing when it is interrupted in %s", async (interruptAt, args) => {
    const faults: readonly Fault[] = [{ api: interruptAt, count: 99, do: { kind: "delay", ms: 60_000 } }];
    const stopped = await command([...args, "--format", "json"], { faults, interruptAt });
    expect([stopped.code, stopped.calls.includes(interruptAt)]).toEqual([130, true]);
    const { results, run, targets } = CheckReport.parse(JSON.parse(stopped.out));
    expect(run).toMatchObject({ complete: false, exitCode: 130 });
    expect([results, targets]).toEqual([[], []]);
  });

  it("shows what it has when its time is over, or when it is interrupted", async () => {
    const faults: readonly Fault[] = [{ api: "GetBucketVersioning", count: 99, do: { kind: "delay", ms: 60_000 } }];
    const late = await command(["--region", here, "--max-runtime", "5s", "--format", "json"], { faults });
    // On a slow day not even the logging configuration was read by then.
    expect([3, 4]).toContain(late.code);
    expect(CheckReport.parse(JSON.parse(late.out)).run).toMatchObject({ complete: false, exitCode: late.code });
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      const interrupt = { interruptAt: "GetBucketVersioning", signal };
      const stopped = await command(["--region", here, "--format", "json"], { faults, ...interrupt });
      expect(stopped.code).toBe(130);
      expect(CheckReport.parse(JSON.parse(stopped.out)).run).toMatchObject({ complete: false, exitCode: 130 });
    }
  });
});
