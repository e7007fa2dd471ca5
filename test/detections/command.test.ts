import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { z } from "zod";
import { FindingWaiver } from "../../server/domain/finding.ts";
import { program } from "../controls/command-kit.ts";
import { hourPath, inWorkspace, lines, record } from "../ingest/kit.ts";

const day = (ahead: number) => new Date(Date.now() + ahead * 86_400_000).toISOString().slice(0, 10);

function waiversOf(expires: string): string {
  return `waivers:
  - id: W-2026-020
    detection: root-user-invocation
    match: { account: "111122223333", region: us-east-1 }
    reason: The last key of the root user goes in March
    owner: alice@example.com
    ticket: SEC-902
    expires: ${expires}
`;
}

const Told = z.object({ detectionId: z.string(), waiver: FindingWaiver.nullable() });

it(
  "detect lets what is waived pass, says so, and lets it fail again when the waiver has ended",
  { timeout: 300_000 },
  () =>
    inWorkspace(async (workspace) => {
      const { root } = workspace;
      const identity = { arn: "arn:aws:iam::111122223333:root" };
      workspace.write(`${hourPath}/one.json.gz`, lines({ ...record("a-1"), identity }, record("a-2")));
      const data = path.join(root, "data");
      const detect = [
        "detect",
        "--data",
        data,
        "--from",
        "2026-11-20",
        "--to",
        "2026-11-21",
        "--rule",
        "root-user-invocation",
      ];
      const read = await program(["ingest", "run", "--once", "--folder", workspace.logs, "--data", data], {
        cwd: root,
      });
      expect(read.code).toBe(0);
      const bare = await program([...detect, "--dry-run"], { cwd: root });
      expect(bare.code).toBe(1);
      expect(bare.err).toContain("; 1 finding, 0 waived, ");

      const file = path.join(root, "waivers.yaml");
      writeFileSync(file, waiversOf(day(100)));
      const waived = await program([...detect, "--waivers", file, "--json"], { cwd: root });
      expect(waived.code).not.toBe(1);
      expect(waived.err).toContain("; 1 finding, 1 waived, ");
      const found = waived.out
        .trim()
        .split("\n")
        .map((line) => Told.parse(JSON.parse(line)));
      expect(found.find(({ detectionId }) => detectionId === "root-user-invocation")?.waiver).toMatchObject({
        id: "W-2026-020",
        inForce: true,
      });

      writeFileSync(file, waiversOf(day(-1)));
      writeFileSync(path.join(root, "bedrock-audit.yaml"), `check: { waivers: ${JSON.stringify(file)} }\n`);
      const ended = await program(detect, { cwd: root });
      expect(ended.code).toBe(1);
      expect(ended.out).toContain(`waiver W-2026-020 ended with ${day(-1)} (alice@example.com, SEC-902): The last key`);
      expect(ended.err).toContain("waiver expired: W-2026-020 for root-user-invocation, alice@example.com");

      writeFileSync(file, waiversOf("soon"));
      const wrong = await program(detect, { cwd: root });
      expect([wrong.code, wrong.out]).toEqual([2, ""]);
      expect(wrong.err).toContain("waivers.yaml:8: waivers.0.expires");
    }),
);
