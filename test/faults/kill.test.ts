import { spawn } from "node:child_process";
import { expect, it } from "vitest";
import type { Fault, FaultDeed } from "../../scripts/demo/aws/faults.ts";
import { startSimulatedAws } from "../../scripts/demo/aws/simulated-aws.ts";
import { lawHolds } from "../../server/domain/coverage.ts";
import { nodeArguments } from "../../server/lib/worker.ts";
import { counts } from "../../server/store/catalog/ledger-report.ts";
import { sql } from "../../server/store/sql.ts";
import { verify } from "../../server/store/verify.ts";
import { Chances } from "./chances.ts";
import { hourPath, inWorkspace, lines, record, type Workspace } from "../ingest/kit.ts";
import { homeRegion, Stage } from "./stage.ts";
import { minute } from "./virtual-time.ts";

const child = nodeArguments(new URL("./ingest-child", import.meta.url));
/** Kills of each kind: as many as the gate has time for; 50 of them take ten minutes. */
const rounds = Number(process.env["KILL_ROUNDS"] ?? 4);
const seed = Number(process.env["KILL_SEED"] ?? Date.now() % 100_000);
const timeout = 120_000 + rounds * 20_000;

/** Runs the child; kills it so long after it has begun. Resolves to its exit code, null when it was killed. */
function runChild(args: readonly string[], killAfterMs: number | null): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const running = spawn(process.execPath, [...child, ...args], { stdio: ["ignore", "pipe", "inherit"] });
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

/** Kills it so many times, each time within `longestMs`, the first time before it can have ended; lets it end then, in quiet. */
async function killed(args: readonly string[], longestMs: number, quiet = (): void => undefined): Promise<void> {
  const chance = new Chances(seed);
  expect(await runChild(args, 100)).toBeNull();
  for (let round = 1; round < rounds; round += 1) await runChild(args, 100 + chance.next() * longestMs);
  quiet();
  expect(await runChild(args, null)).toBe(0);
}

const apis = ["FilterLogEvents", "ListObjectsV2", "GetObject"] as const;
/** What heals within the seconds that the last run waits: it has no clock of its own to turn. */
const deeds: readonly [FaultDeed, ...FaultDeed[]] = [
  { kind: "error", status: 500, code: "InternalFailure" },
  { kind: "throttle" },
  { kind: "cut", afterBytes: 40 },
  { kind: "replace", status: 200, body: "{}" },
  { kind: "empty-page" },
  { kind: "repeat-token" },
  { kind: "duplicate" },
  { kind: "reorder" },
];

function somePlan(chance: Chances): readonly Fault[] {
  return Array.from({ length: 8 }, () => ({
    api: chance.of(apis),
    nth: chance.between(1, 40),
    count: chance.between(1, 6),
    do: chance.of(deeds),
  }));
}

/** The store has exactly these calls, the law holds, and nothing waits. */
function expectExact(workspace: Workspace, expected: readonly string[], duplicates: number): Promise<void> {
  return workspace.withStore(async (store) => {
    const { rows } = await store.batch.query(sql`select request_id from invocations where dt > '2000'`, {
      maxRows: 100_000,
    });
    expect(rows.map((row) => String(row["request_id"])).toSorted()).toEqual(expected.toSorted());
    const sum = await counts(store.catalog);
    expect(lawHolds(sum)).toBe(true);
    const stored = expected.length;
    expect(sum).toEqual({ read: stored + duplicates, stored, duplicates, quarantined: 0, ignored: 0 });
    const waiting = await store.catalog.selectFrom("units").select("id").where("state", "!=", "done").execute();
    expect(waiting).toEqual([]);
    const sums = sql`select sum(invocations) as calls from rollups where dt > '2000'
      union all select sum(invocations) from rollups_model where dt > '2000'`;
    const summed = (await store.batch.query(sums)).rows.map((row) => Number(row["calls"]));
    expect(summed).toEqual([stored, stored]);
    expect((await verify(store, { hashes: true })).faults).toEqual([]);
  });
}

it(
  `C1: killed at any moment over a folder, it ends with each record stored exactly once (seed ${seed})`,
  { timeout },
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
      await killed([workspace.root], 2_500);
      await expectExact(workspace, expected, 480);
    }),
);

it(
  `C1: killed at any moment over an AWS that fails, too, it ends with each record stored exactly once (seed ${seed})`,
  { timeout },
  () =>
    inWorkspace(async (workspace) => {
      const stage = new Stage({ [homeRegion]: "both" }, Date.now);
      const newest = Date.now() - 20 * minute;
      const calls = Array.from({ length: 2_000 }, (_, index) => stage.call(newest - (index % 100) * minute));
      const half = calls.length / 2;
      // Some come both ways.
      stage.log(calls.slice(0, half + 100));
      for (let first = half; first < calls.length; first += 20)
        stage.put(calls.slice(first, first + 20), newest - (first % 100) * minute);
      const aws = await startSimulatedAws(stage.world, {
        clock: Date.now,
        faults: { seed, faults: somePlan(new Chances(seed + 1)) },
        pageSize: { keys: 7, events: 50 },
      });
      try {
        await killed([workspace.root, aws.url], 1_500, () => aws.plan({ seed, faults: [] }));
        await expectExact(
          workspace,
          calls.map((call) => String(call["requestId"])),
          100,
        );
      } finally {
        await aws.close();
      }
    }),
);
