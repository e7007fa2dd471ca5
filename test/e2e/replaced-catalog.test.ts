import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../server/config.ts";
import { api } from "../../server/domain/api.ts";
import { Status } from "../../server/domain/status.ts";
import { silentLog } from "../../server/lib/log.ts";
import { serveUntil } from "../../server/main.ts";
import { problemOf } from "../../server/problem.ts";
import { setSourceState } from "../../server/store/catalog/sources.ts";
import { CatalogReplaced } from "../../server/store/catalog/dialect.ts";
import type { DataPaths } from "../../server/store/data-dir.ts";
import { dataPaths } from "../../server/store/data-dir.ts";
import { takeLease } from "../../server/store/lease.ts";
import { hourPath, inWorkspace, lines, record } from "../ingest/kit.ts";
import { openTestStore, withStore } from "../store/temp-store.ts";

const suffixes = ["", "-wal", "-shm"].map((suffix) => [suffix, `.aside${suffix}`] as const);

/** As another command does that finds the catalog damaged. */
function setAside({ catalog }: DataPaths): void {
  for (const [suffix, aside] of suffixes)
    if (existsSync(`${catalog}${suffix}`)) renameSync(`${catalog}${suffix}`, `${catalog}${aside}`);
}

function asideBytes({ catalog }: DataPaths): readonly string[] {
  return ["", "-wal"].map((suffix) => readFileSync(`${catalog}.aside${suffix}`).toString("base64"));
}

describe("a catalog that was set aside while it was open", () => {
  it("is neither asked nor written any more, and its journal is not taken for the new one", () =>
    withStore(async (store) => {
      const lease = await takeLease(store, "test");
      await lease.release();
      setAside(store.paths);
      const before = asideBytes(store.paths);
      expect(store.isReplaced()).toBe(true);
      const fresh = await openTestStore(store.dataDir);
      const write = setSourceState(store.catalog, "s3:a", { state: "active", reason: null, at: 0 });
      await expect(write).rejects.toBeInstanceOf(CatalogReplaced);
      await expect(store.catalog.transaction().execute(async () => 1)).rejects.toBeInstanceOf(CatalogReplaced);
      await expect(store.snapshot()).rejects.toBeInstanceOf(CatalogReplaced);
      await expect(takeLease(store, "test")).rejects.toMatchObject({ exitCode: 3 });
      const wal = `${fresh.paths.catalog}-wal`;
      const size = readFileSync(wal).length;
      await store.catalog.destroy();
      expect(readFileSync(wal)).toHaveLength(size);
      expect(asideBytes(store.paths)).toEqual(before);
      expect(fresh.isReplaced()).toBe(false);
      await fresh.close();
    }));

  it("in the middle of a transaction is not committed into", () =>
    withStore(async (store) => {
      const write = store.catalog.transaction().execute(async (trx) => {
        await trx.insertInto("meta").values({ key: "half", value: "1" }).execute();
        setAside(store.paths);
      });
      await expect(write).rejects.toBeInstanceOf(CatalogReplaced);
    }));

  it("is answered as a moment of patience", () => {
    const { problem, retryAfterSeconds } = problemOf(new CatalogReplaced("catalog.db"), "r-1");
    expect([problem.status, retryAfterSeconds]).toEqual([503, 2]);
    expect(problem.detail).toContain("was set aside or replaced");
  });
});

it(
  "a server whose catalog is replaced says so, opens it anew on the same port and reads again",
  { timeout: 240_000 },
  () =>
    inWorkspace(async (workspace) => {
      mkdirSync(path.join(workspace.logs, hourPath), { recursive: true });
      workspace.write(`${hourPath}/one.json.gz`, lines(record("a-1"), record("a-2")));
      const config = loadConfig({ data: workspace.dataDir, port: 0 }, {}, null);
      const stop = new AbortController();
      const [urls, told]: [string[], string[]] = [[], []];
      const where = { folders: [workspace.logs], discover: false, demo: false, webDir: null, version: "0" };
      const options = { config, ...where, log: silentLog, tell: (sentence: string) => void told.push(sentence) };
      let failure: unknown = null;
      const serving = serveUntil(options, stop.signal, (url) => urls.push(url)).catch(
        (error: unknown) => (failure = error),
      );
      const stored = async () => {
        const answer = await fetch(`${urls.at(-1)}${api.status.path}`).catch(() => null);
        return answer?.status === 200 ? Status.parse(await answer.json()).counts.stored : null;
      };
      const until = async (holds: () => Promise<boolean>) => {
        while (failure === null && !(await holds())) await sleep(100);
        if (failure !== null) throw failure;
      };
      try {
        await until(async () => urls.length === 1 && (await stored()) === 2);
        const paths = dataPaths(workspace.dataDir);
        setAside(paths);
        const before = asideBytes(paths);
        workspace.write(`${hourPath}/two.json.gz`, lines(record("a-3")));
        await until(async () => urls.length === 2 && (await stored()) === 3);
        expect(urls[1]).toBe(urls[0]);
        // What was being written just then may be told before.
        expect(told.at(-1)).toBe("The catalog was set aside or replaced by another process: the store is opened anew.");
        expect(asideBytes(paths)).toEqual(before);
      } finally {
        stop.abort();
        await serving;
      }
    }),
);
