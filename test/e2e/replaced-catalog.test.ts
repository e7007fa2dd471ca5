import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
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
import type { Store } from "../../server/store/store.ts";
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

function checkpoint({ catalog }: Pick<Store, "catalog">) {
  return sql`pragma wal_checkpoint(truncate)`.execute(catalog);
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

  it.each(["that is shorter", "that can't be read"])(
    "or overwritten by one %s is neither asked nor written any more, and is set aside",
    (kind) =>
      withStore(async (store) => {
        await (await takeLease(store, "test")).release();
        await checkpoint(store);
        const { catalog } = store.paths;
        const older = readFileSync(catalog);
        await sql`create table grown (text text)`.execute(store.catalog);
        await sql`insert into grown values (${"x".repeat(100_000)})`.execute(store.catalog);
        await checkpoint(store);
        await store.snapshot();
        expect(store.isReplaced()).toBe(false);
        const { size } = statSync(catalog);
        writeFileSync(catalog, kind === "that is shorter" ? older : Buffer.alloc(size, "no catalog "));
        const write = async () => {
          // What is at hand needs no file.
          await sql`pragma shrink_memory`.execute(store.catalog);
          await sql`select sum(length(text)) from grown`.execute(store.catalog);
          await setSourceState(store.catalog, "s3:a", { state: "active", reason: null, at: 0 });
        };
        await expect(write()).rejects.toBeInstanceOf(CatalogReplaced);
        expect(store.isReplaced()).toBe(true);
        await store.catalog.destroy();
        const fresh = await openTestStore(store.dataDir);
        expect(await fresh.state()).toBe("refilling");
        expect(fresh.isReplaced()).toBe(false);
        expect(readdirSync(store.dataDir).filter((name) => /^catalog\.db\.damaged-\w+$/.test(name))).toHaveLength(1);
        await fresh.close();
      }),
  );

  it("is the same when it is written on, here or by another connection", () =>
    withStore(async (store) => {
      const other = await openTestStore(store.dataDir);
      for (let round = 0; round < 4; round += 1) {
        for (const { catalog } of [store, other]) {
          const at = round;
          await setSourceState(catalog, "s3:a", { state: "active", reason: "x".repeat(round * 20_000), at });
          await sql`create table ${sql.raw(`grown_${catalog === store.catalog ? "a" : "b"}_${round}`)} (text text)`.execute(
            catalog,
          );
          await checkpoint({ catalog });
        }
        expect([store.isReplaced(), other.isReplaced()]).toEqual([false, false]);
      }
      await other.close();
      await setSourceState(store.catalog, "s3:b", { state: "active", reason: null, at: 9 });
    }));

  it("is answered as a moment of patience", () => {
    const { problem, retryAfterSeconds } = problemOf(new CatalogReplaced("catalog.db"), "r-1");
    expect([problem.status, retryAfterSeconds]).toEqual([503, 2]);
    expect(problem.detail).toContain("was set aside, replaced or damaged");
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
        expect(told.at(-1)).toBe("The catalog was set aside, replaced or damaged: the store is opened anew.");
        expect(asideBytes(paths)).toEqual(before);
      } finally {
        stop.abort();
        await serving;
      }
    }),
);
