import { mkdirSync } from "node:fs";
import path from "node:path";
import { describe, expect, it, vi } from "vitest";
import { CheckReport } from "../../server/domain/compliance.ts";
import { openCatalog } from "../../server/store/catalog/open-catalog.ts";
import { account, anAccount, region } from "../aws/small-world.ts";
import { aFolder, command } from "./command-kit.ts";
import { here, toS3, worldOf } from "./kit.ts";
import { aHub, publisher } from "./publish-kit.ts";

// Each test starts the program once or twice, which takes its time.
vi.setConfig({ testTimeout: 180_000 });

const publish = ["--region", here, "--publish", "security-hub", "--no-history"];

function worldWith(securityHub: ReturnType<typeof aHub>, config: typeof toS3 | null = toS3) {
  const regions = new Map([[here, region({ loggingConfig: config })]]);
  const accounts = [anAccount(account, { assumableRoles: [publisher], regions })];
  return { ...worldOf({}), accounts, securityHub };
}

describe("check --publish security-hub", () => {
  it("imports what it found, and archives with the next run what is gone; without the flag nothing is sent", async () => {
    const cwd = aFolder();
    const data = path.join(cwd, "data");
    await openCatalogIn(data);
    const hub = aHub();
    const first = await command([...publish, "--data", data, "--format", "json"], { world: worldWith(hub), cwd });
    const report = CheckReport.parse(JSON.parse(first.out));
    const applies = report.results.filter(({ verdict }) => verdict !== "NOT_APPLICABLE").map(({ id }) => id);
    expect([first.code, report.run.exitCode]).toEqual([0, 0]);
    expect(report.published).toMatchObject({ imported: applies.length, archived: 0, failed: [] });
    expect([...hub.findings.values()].map((finding) => String(finding["Id"])).toSorted()).toEqual(applies.toSorted());

    const later = await command([...publish, "--data", data], { world: worldWith(hub, null), cwd });
    expect(later.code).toBe(0);
    expect(later.out).toMatch(/Security Hub: \d+ findings imported, [1-9]\d* archived/);
    const states = [...hub.findings.values()].map((finding) => finding["RecordState"]);
    expect(states.filter((state) => state === "ARCHIVED").length).toBeGreaterThan(0);

    const silent = await command(["--region", here, "--no-history"], { world: worldWith(hub), cwd });
    expect(silent.calls).not.toContain("BatchImportFindings");
    expect(silent.calls).not.toContain("AssumeRole");
  });

  it("ends with 4 in place of 0 where findings were not taken, and names them", async () => {
    const faults = [{ api: "BatchImportFindings", count: 9, do: { kind: "deny" } }] as const;
    const { code, err, out } = await command([...publish, "--format", "json"], { world: worldWith(aHub()), faults });
    const { published, run } = CheckReport.parse(JSON.parse(out));
    expect([code, run.exitCode, published?.imported]).toEqual([4, 4, 0]);
    expect(published?.failed[0]?.findings.map(({ control }) => control)).toContain("s3-log-retention");
    expect(err).toContain("AccessDeniedException");
    expect(err).toContain("Grant securityhub:BatchImportFindings to role bedrock-audit-publish.");
  });

  it("does not publish what was seen at another time; and tells beforehand what it would call", async () => {
    const again = await command(["--from", aFolder(), "--publish", "security-hub"]);
    expect([again.code, again.calls]).toEqual([2, []]);
    expect(again.err).toContain("--publish has no meaning with --from");
    const dry = await command([...publish, "--dry-run"]);
    expect([dry.code, dry.calls]).toEqual([0, []]);
    expect(dry.out).toContain("  securityhub BatchImportFindings (securityhub:BatchImportFindings)\n");
  });
});

async function openCatalogIn(data: string): Promise<void> {
  mkdirSync(data, { mode: 0o700 });
  const catalog = openCatalog(path.join(data, "catalog.db"), {
    clock: () => 0,
    random: (bytes) => new Uint8Array(bytes),
  });
  await catalog.destroy();
}
