import { chmodSync, mkdirSync } from "node:fs";
import path from "node:path";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import type { DoctorReport } from "../server/doctor.ts";
import { account, aBucket, anAccount, aWorld, region } from "./aws/small-world.ts";
import { aFolder, program } from "./controls/command-kit.ts";
import { here, toS3 } from "./controls/kit.ts";
import { aHub, publisher } from "./controls/publish-kit.ts";

// Each test starts the program, which takes its time.
vi.setConfig({ testTimeout: 180_000 });

function worldOf(denies: readonly string[] = [], excess: readonly string[] = []) {
  const regions = new Map([[here, region({ loggingConfig: toS3, denies })]]);
  const own = anAccount(account, { regions, excess, assumableRoles: [publisher] });
  return { ...aWorld({ accounts: [own], buckets: [aBucket("logs", [])] }), securityHub: aHub() };
}

const Lines = z.object({ lines: z.array(z.object({ role: z.string(), action: z.string(), state: z.string() })) });
const linesOf = (out: string) => Lines.parse(JSON.parse(out) as DoctorReport).lines;

describe("bedrock-audit doctor", () => {
  it("tells that a role is as it should be, with code 0 and nothing on stderr", async () => {
    const { calls, code, err, out } = await program(["doctor", "--region", here], { world: worldOf() });
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/^caller: arn:aws:iam::111122223333:user\/auditor\n/);
    expect(out).toContain("audit 111122223333:\n");
    expect(out).toMatch(/\nEXCESS 0 · MISSING 0 · UNKNOWN 0 · OK \d+\n$/);
    for (const api of calls) expect(api).toMatch(/^(Get|List|Describe|Filter|Lookup|Simulate)/);
  });

  it("tells what is missing and what is too much with the policy that mends it, and ends with 1", async () => {
    const world = worldOf(["s3:GetLifecycleConfiguration"], ["s3:PutObject"]);
    const { code, out } = await program(["doctor", "--role", "audit"], { world });
    expect(code).toBe(1);
    expect(out).toContain("  MISSING  s3:GetLifecycleConfiguration  AccessDenied (permission)\n");
    expect(out).toContain("  EXCESS   s3:PutObject  IAM's simulation\n");
    expect(out).toContain("MISSING audit 111122223333: the whole policy\n");
    expect(out).toContain('"Sid": "TooMuch"');
    expect(out).not.toContain("\nreader");
  });

  it("looks at the role that publishes only if asked, and tells all as JSON", async () => {
    const { code, out } = await program(["doctor", "--role", "publisher", "--json"], { world: worldOf() });
    expect(code).toBe(0);
    const told = linesOf(out).filter(({ role }) => role === "publisher");
    expect(told).toContainEqual({ role: "publisher", action: "securityhub:BatchImportFindings", state: "OK" });
    const usual = linesOf((await program(["doctor", "--json"], { world: worldOf() })).out);
    expect(usual.filter(({ role }) => role === "publisher")).toEqual([]);
  });

  it("looks at this machine, too", async () => {
    const cwd = aFolder();
    const data = path.join(cwd, "data");
    mkdirSync(data);
    chmodSync(data, 0o755);
    const { code, out } = await program(["doctor", "--region", here, "--data", data], { world: worldOf(), cwd });
    expect(code).toBe(1);
    expect(out).toContain("755: run chmod -R go-rwx on it");
  });

  it("ends with 2 for what cannot be meant, before AWS is asked; with 3 when nobody says who we are", async () => {
    const wrong = await program(["doctor", "--role", "owner"]);
    expect([wrong.code, wrong.out, wrong.calls]).toEqual([2, "", []]);
    expect(wrong.err).toContain("Write one of audit, reader, publisher");
    const error = { kind: "error", status: 403, code: "InvalidClientTokenId" } as const;
    const nobody = await program(["doctor"], { faults: [{ api: "GetCallerIdentity", count: 99, do: error }] });
    expect([nobody.code, nobody.out]).toEqual([3, ""]);
    expect(nobody.err).toContain("AWS did not say who we are: InvalidClientTokenId");
  });
});
