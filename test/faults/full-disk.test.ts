import { rmSync, mkdirSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleepFor } from "node:timers/promises";
import { sql as statement } from "kysely";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../server/config.ts";
import { api } from "../../server/domain/api.ts";
import { Status } from "../../server/domain/status.ts";
import { ingest, type IngestProgress } from "../../server/ingest.ts";
import type { Log, LogFields } from "../../server/lib/log.ts";
import { serve } from "../../server/main.ts";
import { problemOf } from "../../server/problem.ts";
import { ingestStatus } from "../../server/store/catalog/coverage.ts";
import { counts } from "../../server/store/catalog/ledger-report.ts";
import { takeLease } from "../../server/store/lease.ts";
import { sql } from "../../server/store/sql.ts";
import type { Store } from "../../server/store/store.ts";
import { verify } from "../../server/store/verify.ts";
import { hourPath, lines, record, Workspace } from "../ingest/kit.ts";
import { smallDisk } from "./small-disk.ts";

const disk = smallDisk(32);
if (disk === null) console.warn("the tests of a full disk are skipped: this process may not mount one");

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleepFor(50);
}

/** Not even the catalog can be written: what its journal has room for is taken, too. */
async function fillUp({ catalog }: Pick<Store, "catalog">): Promise<void> {
  await statement`pragma wal_checkpoint(truncate)`.execute(catalog);
  disk?.fill();
}

async function storedIds({ batch }: Store): Promise<readonly unknown[]> {
  const { rows } = await batch.query(sql`select request_id from invocations where dt >= '0000' order by request_id`);
  return rows.map((row) => row["request_id"]);
}

function writeMany(workspace: Workspace, name: string): string[] {
  const ids = Array.from({ length: 20 }, (_, n) => `${name}-${String(n).padStart(2, "0")}`);
  for (const id of ids) workspace.write(`${hourPath}/${id}.json.gz`, lines(record(id)));
  return ids;
}

describe.skipIf(disk === null)("a disk that takes nothing more, not even for the catalog", { timeout: 240_000 }, () => {
  it("C3: a run that goes on pauses, says what, where and what to do, and goes on where there is room again", async () => {
    if (disk === null) return;
    const workspace = new Workspace({ apart: true, dataDir: path.join(disk.folder, "watched") });
    const stop = new AbortController();
    try {
      const first = writeMany(workspace, "first");
      await workspace.withStore(async (store) => {
        const lease = await takeLease(store, "test");
        const sources = await workspace.sources();
        let now: IngestProgress | null = null;
        const stopped = () => now?.stopped ?? null;
        const sleep = (ms: number, signal?: AbortSignal) =>
          sleepFor(ms / 50, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
        const running = ingest(
          { store, lease, sources, sleep },
          {
            once: false,
            since: "30d",
            signal: stop.signal,
            workers: 1,
            onProgress: (progress) => (now = progress),
          },
        );
        let ended = false;
        running.finally(() => (ended = true)).catch(() => undefined);
        await until(async () => ended || (await counts(store.catalog)).stored === first.length);

        await fillUp(store);
        const second = writeMany(workspace, "second");
        await until(() => ended || stopped() !== null);
        expect(stopped()).toMatch(/^the disk of \S+watched is full \((SQLITE_FULL|ENOSPC)\)\. Make room there: /);
        // Again and again, without an end of the run.
        await sleepFor(2_000);
        expect([ended, stopped() === null]).toEqual([false, false]);
        expect(await storedIds(store)).toEqual(first);
        expect((await ingestStatus(store)).store).toBe("read-only");

        disk.free();
        await until(async () => ended || (await counts(store.catalog)).stored === 40);
        await until(() => ended || stopped() === null);
        expect(ended).toBe(false);
        stop.abort();
        await running;
        await lease.release();
        expect(await storedIds(store)).toEqual([...first, ...second]);
        expect(await counts(store.catalog)).toEqual({
          read: 40,
          stored: 40,
          duplicates: 0,
          quarantined: 0,
          ignored: 0,
        });
        expect((await verify(store, { hashes: true })).faults).toEqual([]);
        expect((await ingestStatus(store)).store).toBe("ok");
        const waiting = await store.catalog.selectFrom("units").select("id").where("state", "!=", "done").execute();
        expect(waiting).toEqual([]);
      });
    } finally {
      stop.abort();
      disk.free();
      workspace.remove();
      rmSync(workspace.dataDir, { recursive: true, force: true });
    }
  });

  it("C3: a server serves what is stored, says so on every page, keeps its process that reads, and goes on", async () => {
    if (disk === null) return;
    const dataDir = path.join(disk.folder, "served");
    const workspace = new Workspace({ apart: true, dataDir });
    const events: LogFields[] = [];
    const note = (fields: LogFields) => void events.push(fields);
    const log: Log = { info() {}, warn: note, error: note };
    const told: string[] = [];
    const config = loadConfig({ data: dataDir, port: 0 }, { BEDROCK_AUDIT_INGEST_POLL_SECONDS: "5" }, null);
    mkdirSync(path.join(workspace.logs, hourPath), { recursive: true });
    writeMany(workspace, "first");
    const options = { config, folders: [workspace.logs], discover: false, demo: false, version: "0", webDir: null };
    const serving = await serve({ ...options, log, tell: (sentence) => told.push(sentence) });
    try {
      const status = async () => Status.parse(await (await fetch(serving.url + api.status.path)).json());
      await until(async () => (await status()).counts.stored === 20);
      await fillUp(serving.store);
      writeMany(workspace, "second");
      await until(async () => (await status()).notWriting !== null);
      const full = await status();
      expect(full).toMatchObject({ store: "read-only", counts: { stored: 20 } });
      expect(full.notWriting).toMatch(/^the disk of \S+served is full \((SQLITE_FULL|ENOSPC)\)\. Make room there: /);
      expect(told).toEqual([`Reading only: ${full.notWriting}.`]);

      disk.free();
      await until(async () => (await status()).counts.stored === 40);
      await until(async () => (await status()).notWriting === null);
      expect((await status()).store).toBe("ok");
      expect(told.slice(1)).toEqual(["What is read is stored again."]);
      expect(events.filter(({ event, job }) => event === "ingest-process-died" || job === "ingest")).toEqual([]);
    } finally {
      disk.free();
      await serving.close();
      workspace.remove();
      rmSync(dataDir, { recursive: true, force: true });
    }
  });

  it("C3: a command that would write says in one sentence what is full, and one that reads works", async () => {
    if (disk === null) return;
    const workspace = new Workspace({ apart: true, dataDir: path.join(disk.folder, "refused") });
    try {
      await workspace.withStore(async (store) => {
        await fillUp(store);
        await expect(takeLease(store, "test")).rejects.toMatchObject({
          message: expect.stringMatching(/refused is full \(SQLITE_FULL\)$/) as unknown,
          exitCode: 3,
        });
        disk.free();
        await (await takeLease(store, "test")).release();
      });
      disk.fill();
      await workspace.withStore(async (store) => expect((await ingestStatus(store)).store).toBe("read-only"));
    } finally {
      disk.free();
      workspace.remove();
      disk.remove();
    }
  });
});

it("a request whose outcome cannot be kept is answered with what to do, not as a fault of the program", () => {
  const error = Object.assign(new Error("database or disk is full"), { code: "SQLITE_FULL" });
  const { problem, unexpected } = problemOf(error, "r-1");
  expect(problem).toMatchObject({ type: "read_only", status: 503 });
  expect(problem.detail).toMatch(/^the disk of the data directory is full \(SQLITE_FULL\)\. Make room there: .*\.$/);
  expect(unexpected).toBeNull();
});
