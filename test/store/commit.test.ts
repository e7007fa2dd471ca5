import { spawn } from "node:child_process";
import { existsSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { nodeArguments } from "../../server/lib/worker.ts";
import { commit, LeaseLost } from "../../server/store/commit.ts";
import { readCommitMark } from "../../server/store/commit-mark.ts";
import { realDisk } from "../../server/store/disk.ts";
import { takeLease } from "../../server/store/lease.ts";
import { sql } from "../../server/store/sql.ts";
import type { Store } from "../../server/store/store.ts";
import { commitWork } from "./commit-work.ts";
import { openTestStore, tempFolder, testNow, withStore } from "./temp-store.ts";

const child = nodeArguments(new URL("./commit-child", import.meta.url));

function runChild(dataDir: string, killAt: number): Promise<{ signal: string | null; output: string }> {
  return new Promise((resolve) => {
    const running = spawn(process.execPath, [...child, dataDir, String(killAt)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    running.stdout.on("data", (text) => (output += String(text)));
    running.on("close", (_, signal) => resolve({ signal, output }));
  });
}

async function storedIds({ interactive }: Store): Promise<unknown[]> {
  const query = sql`select request_id from invocations where dt between ${"2026-11-01"} and ${"2026-11-30"} order by request_id`;
  return (await interactive.query(query)).rows.map((row) => row["request_id"]);
}

async function ledger({ catalog }: Store): Promise<number> {
  const units = await catalog.selectFrom("units").select("stored").execute();
  return units.reduce((sum, { stored }) => sum + stored, 0);
}

function lakeFiles(store: Store): string[] {
  return readdirSync(store.paths.lake, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".parquet"),
  );
}

/** The rows and the ledger say the same; after the same work again, everything is there once. */
async function assertWhole(dataDir: string, disk = realDisk): Promise<void> {
  const store = await openTestStore(dataDir, { seed: "after", disk });
  try {
    const before = (await storedIds(store)).length;
    expect([0, 3]).toContain(before);
    expect(await ledger(store)).toBe(before);
    const lease = await takeLease(store, "test");
    const { fresh } = await commit(store, lease, await commitWork(store));
    expect(fresh).toBe(before === 0);
    expect(await storedIds(store)).toEqual(["a", "b", "c"]);
    expect(await ledger(store)).toBe(3);
    expect(readdirSync(store.paths.staging)).toEqual([]);
    expect(readCommitMark(store.paths)).toEqual({ catalogId: store.catalogId, snapshot: 1 });
  } finally {
    await store.close();
  }
}

describe("a process that dies while it commits", () => {
  it("loses and doubles nothing, wherever it was", { timeout: 120_000 }, async () => {
    const outcomes: string[] = [];
    for (let killAt = 0; outcomes.at(-1) !== "done" && killAt < 20; killAt++) {
      const dataDir = tempFolder();
      const { signal, output } = await runChild(dataDir, killAt);
      outcomes.push(output === "done" ? "done" : String(signal));
      await assertWhole(dataDir);
      rmSync(dataDir, { recursive: true, force: true });
    }
    expect(outcomes.at(-1)).toBe("done");
    expect(outcomes.slice(0, -1).every((outcome) => outcome === "SIGKILL")).toBe(true);
    expect(outcomes.length).toBeGreaterThan(6);
  });
});

describe("a commit", () => {
  it("counts once, however often it is given", async () => {
    await withStore(async (store) => {
      const lease = await takeLease(store, "test");
      expect(await commit(store, lease, await commitWork(store))).toEqual({ snapshot: 1, fresh: true });
      expect(await commit(store, lease, await commitWork(store))).toEqual({ snapshot: 1, fresh: false });
      expect(await storedIds(store)).toEqual(["a", "b", "c"]);
      expect(await store.snapshot()).toMatchObject({ snapshot: 1, asOf: new Date(testNow).toISOString() });
    });
  });

  it("whose ledger refuses leaves no trace but files that nobody reads", async () => {
    await withStore(async (store) => {
      const lease = await takeLease(store, "test");
      const work = await commitWork(store);
      const refused = commit(store, lease, { ...work, apply: () => Promise.reject(new Error("the law is broken")) });
      await expect(refused).rejects.toThrow("the law is broken");
      expect(await storedIds(store)).toEqual([]);
      expect((await store.snapshot()).snapshot).toBe(0);
      expect(lakeFiles(store)).toHaveLength(2);
      await commit(store, lease, await commitWork(store));
      expect(await storedIds(store)).toEqual(["a", "b", "c"]);
    });
  });

  it("under a lease that another process has taken is refused", async () => {
    await withStore(async (store) => {
      const old = await takeLease(store, "test");
      await old.release();
      const lease = await takeLease(store, "test");
      expect(lease.epoch).toBe(old.epoch + 1);
      await expect(commit(store, old, await commitWork(store))).rejects.toThrow(LeaseLost);
      expect(await storedIds(store)).toEqual([]);
    });
  });

  it("fails whole at every touch of the disk, and can be done again", async () => {
    for (let failAt = 1, failed = true; failed; failAt++) {
      const dataDir = tempFolder();
      let touches = 0;
      let armed = false;
      const touch = () => {
        if (armed && ++touches === failAt) throw new Error("disk full");
      };
      const disk = {
        ...realDisk,
        makeFolder: (folder: string) => (touch(), realDisk.makeFolder(folder)),
        move: (from: string, to: string) => (touch(), realDisk.move(from, to)),
        replace: (file: string, text: string) => (touch(), realDisk.replace(file, text)),
      };
      const store = await openTestStore(dataDir, { disk });
      const lease = await takeLease(store, "test");
      const work = await commitWork(store);
      armed = true;
      failed = await commit(store, lease, work).then(
        () => false,
        () => true,
      );
      await store.close();
      await lease.release();
      await assertWhole(dataDir);
      rmSync(dataDir, { recursive: true, force: true });
    }
  });

  it("chains to the one before it", async () => {
    await withStore(async (store) => {
      const lease = await takeLease(store, "test");
      for (const batchId of ["one", "two"]) await commit(store, lease, { batchId, kind: "ingest", segments: [] });
      const commits = await store.catalog
        .selectFrom("commits")
        .select(["prev_hash", "hash"])
        .orderBy("snapshot")
        .execute();
      expect(commits.map(({ prev_hash }) => prev_hash)).toEqual(["0".repeat(64), commits[0]?.hash]);
      expect(new Set(commits.map(({ hash }) => hash)).size).toBe(2);
    });
  });
});

describe("the start of a writer", () => {
  it("moves files of the lake that no commit names away, once they are a day old", async () => {
    await withStore(async (store, clock) => {
      const lease = await takeLease(store, "test");
      await commit(store, lease, await commitWork(store));
      await lease.release();
      const folder = path.join(store.paths.lake, "invocations", "dt=2026-11-20");
      for (const [name, ageMs] of [
        ["old.parquet", 25 * 3_600_000],
        ["new.parquet", 3_600_000],
      ] as const) {
        writeFileSync(path.join(folder, name), "x");
        utimesSync(path.join(folder, name), (clock.now - ageMs) / 1_000, (clock.now - ageMs) / 1_000);
      }
      const again = await takeLease(store, "test");
      expect(again.startUp).toEqual({ lost: [], orphans: 1 });
      expect(readdirSync(store.paths.orphans)).toEqual(["old.parquet"]);
      expect(existsSync(path.join(folder, "new.parquet"))).toBe(true);
      expect(await storedIds(store)).toEqual(["a", "b", "c"]);
    });
  });

  it("names the segments that are gone or cut", async () => {
    await withStore(async (store) => {
      const lease = await takeLease(store, "test");
      await commit(store, lease, await commitWork(store));
      await lease.release();
      const [first = "", second = ""] = lakeFiles(store);
      rmSync(path.join(store.paths.lake, first));
      writeFileSync(path.join(store.paths.lake, second), "x");
      expect((await takeLease(store, "test")).startUp.lost).toHaveLength(2);
    });
  });
});
