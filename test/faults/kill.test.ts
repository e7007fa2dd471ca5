import { spawn } from "node:child_process";
import { expect, it } from "vitest";
import { lawHolds } from "../../server/domain/coverage.ts";
import { nodeArguments } from "../../server/lib/worker.ts";
import { counts } from "../../server/store/catalog/ledger-report.ts";
import { sql } from "../../server/store/sql.ts";
import { Chances } from "./chances.ts";
import { hourPath, inWorkspace, lines, record } from "../ingest/kit.ts";

const child = nodeArguments(new URL("./ingest-child", import.meta.url));
const rounds = Number(process.env["KILL_ROUNDS"] ?? 6);
const seed = Number(process.env["KILL_SEED"] ?? Date.now() % 100_000);

/** Runs the child; kills it so long after it has begun. Resolves to its exit code, null when it was killed. */
function runChild(root: string, killAfterMs: number | null): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const running = spawn(process.execPath, [...child, root], { stdio: ["ignore", "pipe", "inherit"] });
    let timer: NodeJS.Timeout | null = null;
    running.stdout.once("data", () => {
      if (killAfterMs !== null) timer = setTimeout(() => running.kill("SIGKILL"), killAfterMs);
    });
    running.once("error", reject);
    running.once("exit", (code) => {
      if (timer !== null) clearTimeout(timer);
      resolve(code);
    });
  });
}

it(
  `C1: killed at any moment, it ends with each record stored exactly once (seed ${seed})`,
  { timeout: 120_000 + rounds * 20_000 },
  () =>
    inWorkspace(async (workspace) => {
      const expected: string[] = [];
      for (let file = 0; file < 300; file += 1) {
        const ids = Array.from({ length: 40 }, (_, index) => `f${file}-${index}`);
        expected.push(...ids);
        const day = 10 + (file % 10);
        const folder = hourPath.replace("2026/11/20", `2026/11/${day}`);
        const calls = ids.map((id) => record(id, { timestamp: `2026-11-${day}T09:15:00Z` }));
        workspace.write(`${folder}/${file}.json.gz`, lines(...calls));
        // Delivered once more under another name.
        if (file % 25 === 0) workspace.write(`${folder}/${file}-again.json.gz`, lines(...calls));
      }
      const chance = new Chances(seed);
      let killed = 0;
      for (let round = 0; round < rounds; round += 1) {
        const code = await runChild(workspace.root, 100 + chance.next() * 4_000);
        if (code === null) killed += 1;
      }
      expect(killed).toBeGreaterThan(0);
      expect(await runChild(workspace.root, null)).toBe(0);
      await workspace.withStore(async (store) => {
        const { rows } = await store.batch.query(sql`select request_id from invocations where dt > '2000'`, {
          maxRows: 100_000,
        });
        expect(rows.map((row) => String(row["request_id"])).toSorted()).toEqual(expected.toSorted());
        const sum = await counts(store.catalog);
        expect(lawHolds(sum)).toBe(true);
        expect(sum).toEqual({ read: 312 * 40, stored: 12_000, duplicates: 480, quarantined: 0, ignored: 0 });
        const waiting = await store.catalog.selectFrom("units").select("id").where("state", "!=", "done").execute();
        expect(waiting).toEqual([]);
      });
    }),
);
