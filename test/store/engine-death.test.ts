import { spawn } from "node:child_process";
import { once } from "node:events";
import { getPriority, setPriority } from "node:os";
import { describe, expect, it } from "vitest";
import { nodeArguments } from "../../server/lib/worker.ts";
import { sql } from "../../server/store/sql.ts";
import { childPids, isAlive } from "./child-pids.ts";
import { takeLease } from "../../server/store/lease.ts";
import { commitRows, invocation, testNow, withStore } from "./temp-store.ts";

const parent = nodeArguments(new URL("./engine-parent", import.meta.url));
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Long enough to be killed in, short enough to end. */
const slow = sql`select count(*) as n from range(20000) a, range(20000) b where a.range % 7 = b.range % 3`;

async function killEngines(before: ReadonlySet<number>): Promise<void> {
  await expect.poll(() => childPids().filter((pid) => !before.has(pid)).length, { timeout: 10_000 }).toBeGreaterThan(0);
  await wait(100);
  for (const pid of childPids()) if (!before.has(pid)) process.kill(pid, "SIGKILL");
}

describe.runIf(process.platform === "linux")("an engine that dies", () => {
  it("is started again, and the query in it is tried once more", async () => {
    await withStore(async (store) => {
      const before = new Set(childPids());
      const query = store.interactive.query(slow, { deadlineMs: 60_000 });
      await killEngines(before);
      expect((await query).rows).toEqual([{ n: 57_146_667 }]);
    });
  });

  it("twice under one query makes that query refused, and no other", async () => {
    await withStore(async (store, clock) => {
      const before = new Set(childPids());
      const endless = sql`select count(*) as n from range(1000000) a, range(1000000) b where a.range % 7 = b.range % 3`;
      const query = store.interactive.query(endless, { deadlineMs: 60_000 }).catch((error: unknown) => error);
      await killEngines(before);
      await killEngines(before);
      expect(await query).toMatchObject({ code: "ENGINE_RESTARTED" });
      await expect(store.interactive.query(endless)).rejects.toMatchObject({ code: "ENGINE_RESTARTED" });
      // What is written meanwhile makes it no other query.
      await commitRows(store, await takeLease(store, "test"), "one", "invocations", "2026-11-20", [
        invocation("r", testNow),
      ]);
      await expect(store.interactive.query(endless)).rejects.toMatchObject({ code: "ENGINE_RESTARTED" });
      expect((await store.interactive.query(sql`select 1 as one`)).rows).toEqual([{ one: 1 }]);
      clock.now += 11 * 60_000;
      await expect(store.interactive.query(endless, { deadlineMs: 300 })).rejects.toMatchObject({
        code: "ENGINE_TIMEOUT",
      });
    });
  });

  it("because its store is closed ends the query in it, and is not started again", async () => {
    await withStore(async (store) => {
      const before = new Set(childPids());
      const query = store.interactive.query(slow, { deadlineMs: 60_000 }).catch((error: unknown) => error);
      await expect.poll(() => childPids().some((pid) => !before.has(pid)), { timeout: 10_000 }).toBe(true);
      await store.interactive.close();
      expect(await query).toMatchObject({ code: "ENGINE_CANCELLED" });
      await expect(store.interactive.query(sql`select 1`)).rejects.toMatchObject({ code: "ENGINE_CANCELLED" });
      expect(childPids().filter((pid) => !before.has(pid))).toEqual([]);
    });
  });

  it("ends with the process that started it, in the midst of a query", async () => {
    await withStore(async (store) => {
      const running = spawn(process.execPath, [...parent, store.dataDir], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const [said] = (await once(running.stdout, "data")) as [Buffer];
      const engines = said.toString().split(",").map(Number);
      await wait(300);
      expect(engines.some(isAlive)).toBe(true);
      running.kill("SIGKILL");
      await expect.poll(() => engines.some(isAlive), { timeout: 10_000 }).toBe(false);
    });
  });
});

it.runIf(process.platform === "linux")(
  "an engine does not go before the process that started it, which only root may allow",
  async () => {
    await withStore(async (store) => {
      const running = spawn(process.execPath, [...parent, store.dataDir], { stdio: ["ignore", "pipe", "inherit"] });
      setPriority(running.pid ?? 0, 15);
      const [said] = (await once(running.stdout, "data")) as [Buffer];
      expect(said.toString().split(",").map(Number).map(getPriority)).toEqual([15]);
      running.kill("SIGKILL");
    });
  },
);
