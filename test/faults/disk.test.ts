import fs, { fstatSync, statSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { lawHolds } from "../../server/domain/coverage.ts";
import { counts } from "../../server/store/catalog/ledger-report.ts";
import { commit } from "../../server/store/commit.ts";
import { takeLease } from "../../server/store/lease.ts";
import { sql } from "../../server/store/sql.ts";
import type { Store } from "../../server/store/store.ts";
import { verify } from "../../server/store/verify.ts";
import { hourPath, lines, record, Workspace } from "../ingest/kit.ts";
import { commitWork } from "../store/commit-work.ts";
import { withStore } from "../store/temp-store.ts";
import { FlakyDisk } from "./flaky-disk.ts";
import { smallDisk } from "./small-disk.ts";
import { homeRegion } from "./stage.ts";
import { openTrial } from "./trial.ts";
import { minute } from "./virtual-time.ts";

interface Synced {
  readonly size: number;
  readonly changedAt: number;
}

/** Files and folders that are synced from now on, by inode, as they were at that moment. */
async function watchSyncs(): Promise<ReadonlyMap<number, Synced>> {
  const synced = new Map<number, Synced>();
  const note = (handle: number) => {
    const { ino, mtimeMs, size } = fstatSync(handle);
    synced.set(ino, { size, changedAt: mtimeMs });
  };
  const { fsyncSync } = fs;
  fs.fsyncSync = (handle) => {
    fsyncSync(handle);
    note(handle);
  };
  const opened = await fs.promises.open(import.meta.filename);
  const handles = Object.getPrototypeOf(opened) as fs.promises.FileHandle;
  await opened.close();
  const real = Object.getOwnPropertyDescriptor(handles, "sync");
  const sync = real?.value as (this: fs.promises.FileHandle) => Promise<void>;
  handles.sync = async function (this: fs.promises.FileHandle) {
    await sync.call(this);
    note(this.fd);
  };
  syncBuiltinESMExports();
  onTestFinished(() => {
    fs.fsyncSync = fsyncSync;
    Object.defineProperty(handles, "sync", real ?? {});
    syncBuiltinESMExports();
  });
  return synced;
}

describe("a power loss", () => {
  it("C4: takes what was not synced, and no row names a file that it takes or cuts", async () => {
    const synced = await watchSyncs();
    const trial = await openTrial({ deliveries: { [homeRegion]: "s3" }, since: "1d" });
    const { stage, time } = trial;
    for (let file = 1; file <= 3; file += 1)
      stage.put(
        [stage.call(time.now - file * 20 * minute), stage.call(time.now - file * 20 * minute)],
        time.now - file * 20 * minute,
      );
    const hourFolder = path.posix.dirname(stage.put([stage.call(time.now - 90 * minute)], time.now - 90 * minute));
    for (const name of ["broken-1.json", "broken-2.json"])
      stage.object(`${hourFolder}/${name}`, Buffer.from(`{ ${name}\n`));
    const store = await trial.store();
    const { catalog, paths } = store;
    const named = async () => [
      ...(await catalog.selectFrom("segments").select("path").where("replaced_snapshot", "is", null).execute()),
      ...(await catalog.selectFrom("quarantine").select("file as path").execute()),
    ];
    const known = new Set<string>();
    let commits = 0;
    // The power goes right after each transaction: nothing that is written later could save what that one names.
    const execute = async (work: Parameters<ReturnType<Store["catalog"]["transaction"]>["execute"]>[0]) => {
      const before = new Map(synced);
      const result = await catalog.transaction().execute(work);
      const fresh = (await named()).map(({ path: file }) => file ?? "").filter((file) => !known.has(file));
      for (const file of fresh) {
        known.add(file);
        const { ino, mtimeMs, size } = statSync(path.join(paths.root, file));
        expect(before.get(ino), file).toEqual({ size, changedAt: mtimeMs });
      }
      commits += fresh.length > 0 ? 1 : 0;
      return result;
    };
    const watched = new Proxy(catalog, {
      get(target, name) {
        if (name === "transaction") return () => ({ execute });
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
    Object.assign(store, { catalog: watched });
    await trial.run();
    Object.assign(store, { catalog });
    expect(commits).toBeGreaterThan(0);
    const files = await named();
    expect(files.filter(({ path: file }) => file?.startsWith("quarantine/"))).toHaveLength(2);
    expect(files.length).toBeGreaterThan(5);
    for (const { path: named } of files) {
      const file = path.join(paths.root, named ?? "");
      const { ino, mtimeMs, size } = statSync(file);
      expect(synced.get(ino), file).toEqual({ size, changedAt: mtimeMs });
      // Its name lasts when the folder was synced after the name was put there, and the folder's own name likewise.
      const above = path.dirname(path.dirname(file));
      for (const folder of [path.dirname(file), ...(above === paths.root ? [] : [above])]) {
        const now = statSync(folder);
        expect(synced.get(now.ino)?.changedAt, folder).toBe(now.mtimeMs);
      }
    }
  });
});

describe("a commit whose outcome is unknown", () => {
  const ioError = () => Object.assign(new Error("disk I/O error"), { code: "SQLITE_IOERR_FSYNC" });

  /** The store whose first transaction ends in an error, after it was written or before. */
  function withUnknownOutcome(store: Store, written: boolean): Store {
    let failed = false;
    const transaction = () => ({
      execute: async (work: Parameters<ReturnType<Store["catalog"]["transaction"]>["execute"]>[0]) => {
        if (failed) return store.catalog.transaction().execute(work);
        failed = true;
        if (written) await store.catalog.transaction().execute(work);
        throw ioError();
      },
    });
    const catalog = new Proxy(store.catalog, {
      get: (target, name) => {
        const value = Reflect.get(target, name) as unknown;
        if (name === "transaction") return transaction;
        return typeof value === "function" ? (value as () => unknown).bind(target) : value;
      },
    });
    return { ...store, catalog };
  }

  it.each([true, false])("C5: counts once and keeps its files, had it been written: %s", async (written) => {
    await withStore(async (store) => {
      const lease = await takeLease(store, "test");
      const work = await commitWork(store);
      const committed = await commit(withUnknownOutcome(store, written), lease, work);
      expect(committed.snapshot).toBe(1);
      const { rows } = await store.interactive.query(
        sql`select request_id from invocations where dt between ${"2026-11-01"} and ${"2026-11-30"} order by request_id`,
      );
      expect(rows.map((row) => row["request_id"])).toEqual(["a", "b", "c"]);
      expect(await store.catalog.selectFrom("commits").select("snapshot").execute()).toEqual([{ snapshot: 1 }]);
      await lease.release();
    });
  });
});

const disk = smallDisk(8);
if (disk === null) console.warn("the test of a full disk is skipped: this process may not mount one");

describe.skipIf(disk === null)("a full disk", { timeout: 120_000 }, () => {
  it("C3: what is stored stays readable, nothing is half counted, and it goes on where there is room again", async () => {
    if (disk === null) return;
    const workspace = new Workspace({ apart: true, dataDir: path.join(disk.folder, "data") });
    try {
      const few = lines(record("small-1"), record("small-2"));
      workspace.write(`${hourPath}/0.json.gz`, few);
      await workspace.withStore(async (store) => {
        await workspace.ingest(store);
        for (let file = 1; file <= 12; file += 1)
          workspace.write(`${hourPath}/${file}.json.gz`, lines(...Array.from({ length: 10 }, (_, n) => wide(file, n))));
        const run = await workspace.ingest(store);
        expect(run.failure).not.toBeNull();
        const sum = await counts(store.catalog);
        expect(lawHolds(sum)).toBe(true);
        expect(await storedRows(store)).toBe(sum.stored);
        expect(sum.stored).toBeLessThan(122);
      });
      disk.grow(256);
      await workspace.withStore(async (store) => {
        const run = await workspace.ingest(store);
        expect(run.failure).toBeNull();
        expect(await counts(store.catalog)).toEqual({
          read: 122,
          stored: 122,
          duplicates: 0,
          quarantined: 0,
          ignored: 0,
        });
        expect(await storedRows(store)).toBe(122);
        expect((await verify(store, { hashes: true })).faults).toEqual([]);
      });
    } finally {
      workspace.remove();
      disk.remove();
    }
  });
});

/** A call whose text does not become smaller by being compressed. */
function wide(file: number, n: number): Record<string, unknown> {
  const text = Array.from({ length: 14_000 }, (_, at) => Math.sin(file * 1e6 + n * 1e4 + at).toString(36)).join(" ");
  const input = { inputContentType: "application/json", inputBodyJson: { prompt: text }, inputTokenCount: 5 };
  return record(`wide-${file}-${n}`, { input });
}

async function storedRows({ batch }: Store): Promise<number> {
  const { rows } = await batch.query(sql`select count(*) as n from invocations where dt >= '0000'`);
  return Number(rows[0]?.["n"]);
}

it("a commit that failed is told to those who only read, until one is written", async () => {
  const disk = new FlakyDisk();
  const trial = await openTrial({ deliveries: { [homeRegion]: "s3" }, disk });
  const { stage, time } = trial;
  stage.put([stage.call(time.now - 20 * minute)], time.now - 20 * minute);
  disk.failAt(1, true);
  expect((await trial.run()).failure).toBe("ENOSPC");
  // As another process would see it.
  await trial.close();
  const failed = await trial.status();
  expect([failed.store, failed.failure?.code]).toEqual(["read-only", "ENOSPC"]);
  disk.mend();
  await trial.run();
  const mended = await trial.status();
  expect([mended.store, mended.failure]).toEqual(["ok", null]);
  await trial.expectExact();
});
