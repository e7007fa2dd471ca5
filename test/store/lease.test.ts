import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { hostname } from "node:os";
import { describe, expect, it } from "vitest";
import { UserError } from "../../server/lib/errors.ts";
import { nodeArguments } from "../../server/lib/worker.ts";
import { takeLease } from "../../server/store/lease.ts";
import { testNow, withStore } from "./temp-store.ts";

const child = nodeArguments(new URL("./lease-child", import.meta.url));

/** Starts a process that takes the lease; gives it with what it said first. */
async function startHolder(dataDir: string): Promise<{ holder: ChildProcess; said: string }> {
  const holder = spawn(process.execPath, [...child, dataDir], { stdio: ["ignore", "pipe", "inherit"] });
  const [said] = (await once(holder.stdout, "data")) as [Buffer];
  return { holder, said: said.toString() };
}

describe("the writer's lease", () => {
  it("is held by one process, and the other is told by whom", async () => {
    await withStore(async (store) => {
      const { holder, said } = await startHolder(store.dataDir);
      expect(said).toBe("taken");
      const error: unknown = await takeLease(store, "serve").catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(UserError);
      expect(error).toMatchObject({ exitCode: 5 });
      const since = new Date(testNow).toISOString();
      const who = `ingest run (pid ${holder.pid} on ${hostname()}, since ${since})`;
      expect((error as Error).message).toBe(`the store is being written by ${who}`);
      holder.kill("SIGKILL");
      await once(holder, "close");
    });
  });

  it("ends with its process, however that dies", async () => {
    await withStore(async (store) => {
      const { holder } = await startHolder(store.dataDir);
      holder.kill("SIGKILL");
      await once(holder, "close");
      const lease = await takeLease(store, "serve");
      expect(lease.epoch).toBe(2);
      const second = await startHolder(store.dataDir);
      expect(second.said).toContain("the store is being written by serve");
      await lease.release();
      const third = await startHolder(store.dataDir);
      expect(third.said).toBe("taken");
      third.holder.kill("SIGKILL");
      await once(third.holder, "close");
    });
  });

  it("is not needed to read", async () => {
    await withStore(async (store) => {
      const lease = await takeLease(store, "serve");
      expect(await store.snapshot()).toMatchObject({ snapshot: 0, asOf: null });
      await lease.release();
      await lease.release();
    });
  });
});
