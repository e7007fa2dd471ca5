import { cpSync, existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UserError } from "../../server/lib/errors.ts";
import { counts } from "../../server/store/catalog/ledger-report.ts";
import { type DataPaths, dataPaths } from "../../server/store/data-dir.ts";
import { lockWriter } from "../../server/store/writer-lock.ts";
import { sql } from "../../server/store/sql.ts";
import type { Store } from "../../server/store/store.ts";
import { verify } from "../../server/store/verify.ts";
import { hourPath, lines, record, Workspace } from "../ingest/kit.ts";

/* What a kill or a loss of power can leave of the journals: the next starts recover, and no record is lost or counted twice. */

let workspace: Workspace;
let crashed: string;
const ids: string[] = [];

beforeAll(async () => {
  workspace = new Workspace();
  crashed = path.join(workspace.root, "crashed");
  await workspace.withStore(async (store) => {
    for (const name of ["first", "second", "third"]) {
      const own = Array.from({ length: 30 }, (_, n) => `${name}-${String(n).padStart(2, "0")}`);
      ids.push(...own);
      workspace.write(`${hourPath}/${name}.json.gz`, lines(...own.map((id) => record(id))));
      await workspace.ingest(store);
    }
    // As a kill leaves it: nothing is closed.
    cpSync(workspace.dataDir, crashed, { recursive: true });
  });
});

afterAll(() => workspace.remove());

async function storedIds({ batch }: Store): Promise<readonly unknown[]> {
  const { rows } = await batch.query(sql`select request_id from invocations where dt >= '0000' order by request_id`);
  return rows.map((row) => row["request_id"]);
}

/** Starts until it is not told that the catalog is damaged, and reads the sources. Says how many starts were refused. */
async function start(): Promise<number> {
  for (let refused = 0; ; refused += 1) {
    try {
      await workspace.withStore((store) => workspace.ingest(store));
      return refused;
    } catch (error) {
      if (!(error instanceof UserError) || error.message !== "the catalog is damaged" || refused > 1) throw error;
    }
  }
}

async function expectRecovered(tear: (paths: DataPaths) => void): Promise<number> {
  rmSync(workspace.dataDir, { recursive: true });
  cpSync(crashed, workspace.dataDir, { recursive: true });
  tear(dataPaths(workspace.dataDir));
  const refused = await start();
  await workspace.withStore(async (store) => {
    expect(await storedIds(store)).toEqual(ids.toSorted());
    expect(await counts(store.catalog)).toEqual({ read: 90, stored: 90, duplicates: 0, quarantined: 0, ignored: 0 });
    expect((await verify(store, { hashes: true })).faults).toEqual([]);
    expect(await store.state()).toBe("ok");
  });
  return refused;
}

const walOf = ({ catalog }: DataPaths) => `${catalog}-wal`;

function cutTo(share: number): (paths: DataPaths) => void {
  return (paths) => truncateSync(walOf(paths), Math.floor(readFileSync(walOf(paths)).length * share));
}

function flipped(share: number): (paths: DataPaths) => void {
  return (paths) => {
    const bytes = readFileSync(walOf(paths));
    for (let at = Math.floor(bytes.length * share); at < bytes.length && at < bytes.length * share + 512; at += 1)
      bytes[at] = 255 - (bytes[at] ?? 0);
    writeFileSync(walOf(paths), bytes);
  };
}

describe("a catalog whose journal was torn", { timeout: 120_000 }, () => {
  it("C1: is whole when nothing was", async () => {
    expect(await expectRecovered((paths) => expect(existsSync(walOf(paths))).toBe(true))).toBe(0);
  });

  it.each([
    ["in its last commit", cutTo(0.97)],
    ["in the middle", cutTo(0.5)],
    ["after its header", (paths: DataPaths) => truncateSync(walOf(paths), 32)],
    ["to nothing", cutTo(0)],
  ])("C1: cut %s, is recovered", async (_, tear) => {
    await expectRecovered(tear);
  });

  it.each([
    ["near its end", 0.95],
    ["in its middle", 0.5],
    ["in its header", 0],
  ])("C1: with bytes that were never written %s, is recovered", async (_, share) => {
    await expectRecovered(flipped(share));
  });

  it("C1: that is gone with its catalog, is made again from the sources", async () => {
    const lose = ({ catalog }: DataPaths) => {
      for (const suffix of ["", "-wal", "-shm"]) rmSync(`${catalog}${suffix}`, { force: true });
    };
    await expectRecovered(lose);
    lose(dataPaths(workspace.dataDir));
    await workspace.withStore(async (store) => expect(await store.state()).toBe("refilling"));
  });
});

describe("a commit mark that was torn", { timeout: 120_000 }, () => {
  it.each([
    ["empty", (mark: Buffer) => mark.subarray(0, 0)],
    ["cut", (mark: Buffer) => mark.subarray(0, mark.length / 2)],
    ["no text", (mark: Buffer) => Buffer.alloc(mark.length, 7)],
  ])("C1: %s, says nothing, and harms nothing", async (_, torn) => {
    const refused = await expectRecovered(({ commitMark }) =>
      writeFileSync(commitMark, torn(readFileSync(commitMark))),
    );
    expect(refused).toBe(0);
  });

  it("C1: whose new text was cut before it took the place of the old one, is written anew", async () => {
    await expectRecovered(({ commitMark }) => writeFileSync(`${commitMark}.new`, '{"catalo'));
  });
});

describe("a writer's lock that was torn", { timeout: 120_000 }, () => {
  it.each([
    [
      "its rollback journal",
      ({ writerLock }: DataPaths) => writeFileSync(`${writerLock}-journal`, Buffer.alloc(700, 9)),
    ],
    ["its file", ({ writerLock }: DataPaths) => writeFileSync(writerLock, Buffer.alloc(700, 9))],
  ])("C1: in %s, is taken, and by one only", async (_, tear) => {
    expect(await expectRecovered(tear)).toBe(0);
    const { writerLock } = dataPaths(workspace.dataDir);
    const lock = lockWriter(writerLock);
    expect([lock === null, lockWriter(writerLock)]).toEqual([false, null]);
    lock?.release();
  });
});
