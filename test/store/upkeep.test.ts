import {
  copyFileSync,
  cpSync,
  existsSync,
  readdirSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { sql as statement } from "kysely";
import { describe, expect, it } from "vitest";
import { holdDays, releaseHold } from "../../server/ingest/hold-days.ts";
import { ingest } from "../../server/ingest.ts";
import { folderSources } from "../../server/sources/folder.ts";
import { backup, backupCatalog, backupCatalogDue, catalogBackups } from "../../server/store/backup.ts";
import { listHolds } from "../../server/store/catalog/holds.ts";
import { keepErasures } from "../../server/store/catalog/kept-erasures.ts";
import { upkeepFailures } from "../../server/store/catalog/upkeep.ts";
import type { DataPaths } from "../../server/store/data-dir.ts";
import type { Disk } from "../../server/store/disk.ts";
import { callsWithin, erase, erasedHashes } from "../../server/store/erase.ts";
import { identityHash } from "../../server/store/erased-names.ts";
import { takeLease } from "../../server/store/lease.ts";
import { retain } from "../../server/store/retain.ts";
import { raw, sql } from "../../server/store/sql.ts";
import type { Store } from "../../server/store/store.ts";
import { sweep } from "../../server/store/sweep.ts";
import { verify } from "../../server/store/verify.ts";
import { newestTrail } from "../../server/trail/trail.ts";
import { anHourOn, lines, inWorkspace, record, type Workspace } from "../ingest/kit.ts";
import { openTestStore, withStore } from "./temp-store.ts";

const ids = async (store: Store, table: string): Promise<string[]> => {
  const { rows } = await store.interactive.query(
    sql`select distinct request_id from ${raw(table)} where dt >= '0000' order by 1`,
  );
  return rows.map((row) => String(row["request_id"]));
};
const folder = (day: string) =>
  `AWSLogs/111122223333/BedrockModelInvocationLogs/us-east-1/${day.replaceAll("-", "/")}/09`;
const key = "AKIAQ3EGTX7RNWD2VK5M";

/** Two days of calls by two people; one text holds a key, so that there are signals. */
async function filled(workspace: Workspace, store: Store, kind: "folder" | "s3" = "folder"): Promise<void> {
  const by = (name: string, day: string, requestId: string) =>
    record(requestId, {
      timestamp: `${day}T09:15:00Z`,
      identity: { arn: `arn:aws:iam::111122223333:user/${name}` },
      input: {
        inputContentType: "application/json",
        inputBodyJson: { messages: [{ role: "user", content: [{ text: `my key is ${key}` }] }] },
        inputTokenCount: 12,
      },
    } as never);
  for (const day of ["2026-09-20", "2026-11-19"])
    workspace.write(
      `${folder(day)}/x.json.gz`,
      lines(by("petra", day, `p-${day}`), by("omar", day, `o-${day}`), "no record"),
    );
  workspace.now = Date.parse("2026-11-20T12:00:00Z");
  if (kind === "folder") return void (await workspace.ingest(store));
  // The same files, as if they had come from a bucket: what lies in a folder has no age.
  const found = await folderSources({ path: workspace.logs, clock: anHourOn });
  const sources = found.map((source) => {
    const id = source.id.replace("dir:", "s3:");
    return { source: { ...source, id, kind }, origin: "configured" as const };
  });
  const lease = await takeLease(store, "test");
  await ingest(
    { store, lease, sources },
    { once: true, since: "200d", signal: new AbortController().signal, workers: 1 },
  );
  await lease.release();
}

describe("verify", () => {
  it("finds nothing in a sound store, and names what is not", () =>
    inWorkspace(async (workspace) => {
      await workspace.withStore(async (store) => {
        await filled(workspace, store);
        expect(await verify(store, { hashes: true })).toMatchObject({ rows: 4, units: 2, faults: [] });

        const live = await store.catalog.selectFrom("segments").selectAll().where("tbl", "=", "signals").execute();
        const file = path.join(store.paths.root, live[0]?.path ?? "");
        copyFileSync(file, `${file}.kept`);
        writeFileSync(file, Buffer.alloc(live[0]?.bytes ?? 0, 1));
        expect((await verify(store, { hashes: false })).faults).toEqual([]);
        expect((await verify(store, { hashes: true })).faults).toMatchObject([{ what: "segment" }]);
        truncateSync(file, 1);
        expect((await verify(store, { hashes: false })).faults).toMatchObject([{ what: "segment" }]);
        copyFileSync(`${file}.kept`, file);

        await store.catalog.updateTable("units").set({ duplicates: 5 }).where("id", "=", 1).execute();
        await store.catalog.updateTable("commits").set({ rows: 1 }).where("snapshot", "=", 1).execute();
        const { faults } = await verify(store, { hashes: false });
        expect(faults.map(({ what }) => what)).toEqual(["law", "window", "commits"]);
        await store.catalog
          .updateTable("units")
          .set({ duplicates: 0, stored: 1, read: 2 })
          .where("id", "=", 1)
          .execute();
        const more = await verify(store, { hashes: false });
        expect(more.faults.map(({ what }) => what)).toContain("rows");
      });
    }));
});

describe("verify beside a writer", () => {
  it("holds one moment against itself, whatever is committed meanwhile", () =>
    inWorkspace(async (workspace) => {
      await workspace.withStore(async (store) => {
        await filled(workspace, store);
        let asked = 0;
        const query: Store["batch"]["query"] = async (statement, options) => {
          const number = (asked += 1);
          if (number === 2 || number === 5) {
            workspace.write(`${folder("2026-11-20")}/${number}.json.gz`, lines(record(`late-${number}`), "no record"));
            await workspace.ingest(store);
          }
          return store.batch.query(statement, options);
        };
        const { snapshot } = await store.snapshot();
        const verified = await verify({ ...store, batch: { ...store.batch, query } }, { hashes: true });
        expect(verified).toMatchObject({ snapshot, rows: 4, units: 2, faults: [] });
        expect(asked).toBeGreaterThan(5);
        expect(await verify(store, { hashes: true })).toMatchObject({ rows: 6, units: 4, faults: [] });
      });
    }));
});

describe("retention", () => {
  const days = { content: 30, invocations: 60, rollups: 400 };

  it("takes what is left of damaged files with the rows that they held, but for what a hold names", () =>
    inWorkspace(async (workspace) => {
      await workspace.withStore(async (store) => {
        await filled(workspace, store, "s3");
        const lease = await takeLease(store, "test");
        const live = await store.catalog.selectFrom("segments").selectAll().orderBy("dt").execute();
        const left = (id: string) => path.join(store.paths.trash, `${id}.parquet.damaged-20261120T110000000Z`);
        const ofDay = (table: string) => live.filter(({ tbl }) => tbl === table).map(({ id }) => left(id));
        const files = ["content", "invocations", "rollups"].flatMap(ofDay);
        const [unknown, recent] = [left("unknown"), left("recent")];
        for (const file of [...files, unknown, recent]) writeFileSync(file, "x");
        const written = workspace.now ?? 0;
        utimesSync(unknown, new Date(written - 31 * 86_400_000), new Date(written - 31 * 86_400_000));
        utimesSync(recent, new Date(written), new Date(written));
        const there = () => [...files, unknown, recent].filter((file) => existsSync(file));
        const held = { account: "111122223333", from: "2026-09-20", to: "2026-09-20" };
        const { id } = await holdDays(store, { ...held, by: "cli", reason: "case 12" });
        await retain(store, lease, days);
        expect(there()).toEqual([...files, unknown, recent]);
        await releaseHold(store, id, { by: "cli", reason: "case 12" });
        await retain(store, lease, days);
        // Of the two days the older one is over, for content and calls; that of sums is not.
        const [, newContent, , newCalls, ...sums] = files;
        expect(there()).toEqual([newContent, newCalls, ...sums, recent]);
      });
    }));

  it("leaves what is left of a damaged file that a folder may have given: that has no age", () =>
    inWorkspace(async (workspace) => {
      await workspace.withStore(async (store) => {
        await filled(workspace, store);
        const lease = await takeLease(store, "test");
        const [old] = await store.catalog
          .selectFrom("segments")
          .select("id")
          .where("tbl", "=", "content")
          .orderBy("dt")
          .execute();
        const file = path.join(store.paths.trash, `${old?.id}.parquet.damaged-20261120T110000000Z`);
        writeFileSync(file, "x");
        await retain(store, lease, days);
        expect(existsSync(file)).toBe(true);
      });
    }));

  it("takes old days out by table, keeps what a hold names, and every count", () =>
    inWorkspace(async (workspace) => {
      await workspace.withStore(async (store) => {
        await filled(workspace, store, "s3");
        const lease = await takeLease(store, "test");
        const asked = { by: "cli:petra", reason: "case 12" };
        const held = { account: "111122223333", from: "2026-08-01", to: "2026-09-20" };
        const { id } = await holdDays(store, { ...held, ...asked });
        expect(await listHolds(store.catalog)).toEqual([{ id, ...held, reason: "case 12" }]);
        expect(await retain(store, lease, days)).toBe(0);
        await releaseHold(store, id, asked);
        // Neither another account's days nor later ones hold these.
        await holdDays(store, { ...held, account: "444455556666", ...asked });
        await holdDays(store, { ...held, from: "2026-09-21", to: "9999-12-31", ...asked });
        const acts = (await newestTrail(store.catalog, 10)).map(({ action, objects, reason }) => [
          action,
          objects[0]?.id,
          reason,
        ]);
        expect(acts.slice(-2)).toEqual([
          ["retention.release", id, "case 12"],
          ["retention.hold", id, "case 12"],
        ]);
        expect(await retain(store, lease, { ...days, invocations: 400 })).toBeGreaterThan(0);
        expect(await ids(store, "content")).toEqual(["o-2026-11-19", "p-2026-11-19"]);
        expect(await ids(store, "invocations")).toHaveLength(4);
        await retain(store, lease, days);
        expect(await ids(store, "invocations")).toEqual(["o-2026-11-19", "p-2026-11-19"]);
        expect(await ids(store, "signals")).toEqual(["o-2026-11-19", "p-2026-11-19"]);
        const { rows } = await store.interactive.query(
          sql`select cast(sum(invocations) as bigint) as n from rollups where dt >= '0000'`,
        );
        expect(rows).toEqual([{ n: 4 }]);
        expect((await verify(store, { hashes: true })).faults).toEqual([]);
        expect(await retain(store, lease, days)).toBe(0);
      });
    }));

  it("a hold that ends before it begins, or that there is not, is refused before anything is written", () =>
    withStore(async (store) => {
      const asked = { by: "cli:petra", reason: "case" };
      const wrong = holdDays(store, { account: "111122223333", from: "2026-09-21", to: "2026-09-20", ...asked });
      await expect(wrong).rejects.toThrow("the hold ends on 2026-09-20, before it begins");
      await expect(releaseHold(store, "none", asked)).rejects.toThrow('there is no hold "none"');
      expect([await listHolds(store.catalog), await newestTrail(store.catalog, 10)]).toEqual([[], []]);
    }));

  it("leaves alone what a person gave as a folder", () =>
    inWorkspace(async (workspace) => {
      await workspace.withStore(async (store) => {
        await filled(workspace, store);
        const lease = await takeLease(store, "test");
        expect(await retain(store, lease, days)).toBe(0);
        for (const table of ["content", "invocations", "signals"]) expect(await ids(store, table)).toHaveLength(4);
      });
    }));

  it("looks once at a day that stays, until that or its holds change", () =>
    inWorkspace(async (workspace) => {
      await workspace.withStore(async (store) => {
        await filled(workspace, store);
        const lease = await takeLease(store, "test");
        let asked = 0;
        const query: Store["batch"]["query"] = (statement, options) => {
          asked += 1;
          return store.batch.query(statement, options);
        };
        const counted = { ...store, batch: { query, close: () => store.batch.close() } };
        const looks = async () => {
          asked = 0;
          expect(await retain(counted, lease, days)).toBe(0);
          return asked;
        };
        expect([await looks(), await looks()]).toEqual([1, 0]);
        const hold = { account: "444455556666", from: "2026-09-20", to: "2026-09-20" };
        await holdDays(store, { ...hold, by: "cli:petra", reason: "case" });
        expect([await looks(), await looks()]).toEqual([1, 0]);
        await lease.release();
        workspace.write(`${folder("2026-09-20")}/y.json.gz`, lines(record("y", { timestamp: "2026-09-20T09:30:00Z" })));
        workspace.now = (workspace.now ?? 0) + 60_000;
        await workspace.ingest(store, { retention: { ...days, content: 400, invocations: 400 } });
        expect([await looks(), await looks()]).toEqual([1, 0]);
      });
    }));

  it("keeps the sums of calls as long as the calls, however short their own time", () =>
    inWorkspace(async (workspace) => {
      const short = { content: 30, invocations: 60, rollups: 30 };
      await workspace.withStore(async (store) => {
        await filled(workspace, store);
        workspace.now = Date.parse("2027-03-01T12:00:00Z");
        const lease = await takeLease(store, "test");
        expect(await retain(store, lease, short)).toBe(0);
        expect((await verify(store, { hashes: true })).faults).toEqual([]);
      });
    }));

  it("takes the sums of calls after the calls", () =>
    inWorkspace(async (workspace) => {
      const summed = sql`select (select count(*) from rollups where dt >= '0000') + (select count(*) from rollups_model_day where dt >= '0000')
        + (select count(*) from sightings where dt >= '0000' and account_id is not null) as n`;
      await workspace.withStore(async (store) => {
        await filled(workspace, store, "s3");
        workspace.now = Date.parse("2027-03-01T12:00:00Z");
        const lease = await takeLease(store, "test");
        const short = { content: 30, invocations: 60, rollups: 30 };
        await retain(store, lease, short);
        expect(await ids(store, "invocations")).toEqual([]);
        expect((await store.interactive.query(summed)).rows).not.toEqual([{ n: 0 }]);
        await retain(store, lease, short);
        expect((await store.interactive.query(summed)).rows).toEqual([{ n: 0 }]);
        expect(await retain(store, lease, short)).toBe(0);
      });
    }));

  it("goes on behind a day that cannot be read, and tells of it at the end", () =>
    inWorkspace(async (workspace) => {
      await workspace.withStore(async (store) => {
        await filled(workspace, store, "s3");
        workspace.now = Date.parse("2027-03-01T12:00:00Z");
        const lease = await takeLease(store, "test");
        const content = store.catalog.selectFrom("segments").select(["path", "bytes"]).where("tbl", "=", "content");
        const { bytes, path: place } = await content.where("dt", "=", "2026-09-20").executeTakeFirstOrThrow();
        writeFileSync(path.join(store.paths.root, place), Buffer.alloc(bytes, 1));
        await expect(retain(store, lease, days)).rejects.toThrow("2026-09-20 could not be taken out (SEGMENT_MISSING)");
        const live = store.catalog.selectFrom("segments").select("dt").where("replaced_snapshot", "is", null);
        expect(await live.where("tbl", "in", ["content", "invocations"]).execute()).toEqual([
          { dt: "2026-09-20" },
          { dt: "2026-09-20" },
        ]);
        expect(readdirSync(store.paths.quarantine)).toEqual([]);
      });
    }));

  it("takes the bytes in quarantine with the content, not their entries", () =>
    inWorkspace(async (workspace) => {
      await workspace.withStore(async (store) => {
        await filled(workspace, store, "s3");
        const lease = await takeLease(store, "test");
        const held = () => readdirSync(store.paths.quarantine).length;
        expect(held()).toBe(2);
        await retain(store, lease, days);
        expect(held()).toBe(2);
        workspace.now = Date.parse("2026-12-30T00:00:00Z");
        const asked = { by: "cli:petra", reason: "case" };
        const hold = { account: "111122223333", from: "2026-09-20", to: "2026-09-20" };
        const { id } = await holdDays(store, { ...hold, ...asked });
        await retain(store, lease, days);
        expect(held()).toBe(1);
        await releaseHold(store, id, asked);
        await retain(store, lease, days);
        expect(held()).toBe(0);
        expect(await store.catalog.selectFrom("quarantine").selectAll().execute()).toHaveLength(2);
      });
    }));
});

/** The same records come again, as after a loss of the lake. */
async function expectErasedWhenReadAgain(workspace: Workspace, store: Store): Promise<void> {
  await store.catalog.deleteFrom("units").execute();
  await store.catalog.deleteFrom("windows").execute();
  await store.catalog.updateTable("segments").set({ replaced_snapshot: 1 }).execute();
  await workspace.ingest(store);
  expect(await ids(store, "invocations")).toHaveLength(4);
  expect(await ids(store, "content")).toEqual(["o-2026-09-20", "o-2026-11-19"]);
}

describe("erasure", () => {
  it("takes one person's texts away, keeps calls and counts, and forgets nothing of it after a refill", () =>
    inWorkspace(async (workspace) => {
      await workspace.withStore(async (store) => {
        await filled(workspace, store);
        const lease = await takeLease(store, "test");
        const scope = { principal: "arn:aws:iam::111122223333:user/petra" };
        expect(
          await erase(store, lease, { calls: await callsWithin(store, scope), by: "cli", reason: "request 7" }),
        ).toEqual({
          calls: 2,
          rows: 4,
          looseFiles: 0,
          backupFailed: null,
        });
        expect(await ids(store, "content")).toEqual(["o-2026-09-20", "o-2026-11-19"]);
        expect(await ids(store, "invocations")).toHaveLength(4);
        expect((await verify(store, { hashes: true })).faults).toEqual([]);
        expect(await erasedHashes(store)).toContain(identityHash("111122223333/us-east-1/p-2026-11-19"));
        workspace.now = Date.parse("2026-11-20T12:16:00Z");
        await sweep(store, lease);
        expect(readdirSync(store.paths.trash)).toEqual([]);
        await lease.release();

        await expectErasedWhenReadAgain(workspace, store);
      });
    }));
});

const petra = { principal: "arn:aws:iam::111122223333:user/petra" };

/** Brings a late call of a finished day, which ingest compacts at its end: the copy before is a replaced segment. */
async function compactContent(workspace: Workspace, store: Store): Promise<void> {
  workspace.write(`${folder("2026-11-19")}/y.json.gz`, lines(record("later", { timestamp: "2026-11-19T09:30:00Z" })));
  await workspace.ingest(store);
  const compacted = store.catalog.selectFrom("commits").select("snapshot").where("kind", "=", "compact");
  expect(await compacted.execute()).not.toEqual([]);
}

/** Files below the data directory that hold text of a call, in this column. */
async function filesWith(store: Store, requestId: string, column = "body"): Promise<readonly string[]> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  try {
    const files = readdirSync(store.paths.root, { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith(".parquet"),
    );
    const holding: string[] = [];
    for (const name of files) {
      const found = await connection.runAndReadAll("select * from read_parquet($file) limit 0", {
        file: path.join(store.paths.root, name),
      });
      if (!found.columnNames().includes(column)) continue;
      const { currentRowCount } = await connection.runAndReadAll(
        `select 1 from read_parquet($file) where request_id = $id and ${column} is not null`,
        { file: path.join(store.paths.root, name), id: requestId },
      );
      if (currentRowCount > 0) holding.push(name);
    }
    return holding;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** Damages the catalog of a store that is closed. */
function damageCatalog({ catalog }: DataPaths): void {
  for (const suffix of ["-wal", "-shm"]) rmSync(`${catalog}${suffix}`, { force: true });
  writeFileSync(catalog, "no catalog");
}

describe("erased content", () => {
  it.each([
    { replaced: "shortly before", waitedMs: 0 },
    { replaced: "and moved to the trash before", waitedMs: 16 * 60_000 },
  ])("is in no file after its grace, also where compaction had replaced one $replaced", ({ waitedMs }) =>
    inWorkspace(async (workspace) => {
      await workspace.withStore(async (store) => {
        await filled(workspace, store);
        await compactContent(workspace, store);
        const lease = await takeLease(store, "test");
        workspace.now = (workspace.now ?? 0) + waitedMs;
        await sweep(store, lease);
        expect(await filesWith(store, "p-2026-11-19")).toHaveLength(2);
        await erase(store, lease, { calls: await callsWithin(store, petra), by: "cli", reason: "request 7" });
        workspace.now += 10 * 60_000;
        await sweep(store, lease);
        expect(await filesWith(store, "p-2026-11-19")).toHaveLength(2);
        workspace.now += 6 * 60_000;
        await sweep(store, lease);
        for (const column of ["body", "excerpt"]) {
          for (const id of ["p-2026-09-20", "p-2026-11-19"]) expect(await filesWith(store, id, column)).toEqual([]);
          expect(await filesWith(store, "o-2026-11-19", column)).not.toEqual([]);
        }
        expect(await ids(store, "signals")).toHaveLength(4);
        expect((await verify(store, { hashes: true })).faults).toEqual([]);
      });
    }),
  );

  it.each([
    { backups: "the backup that follows", lost: () => false, state: 4 },
    { backups: "only backups from before", lost: (name: string) => name.includes("T120000001"), state: 0 },
    { backups: "no backup", lost: () => true, state: 0 },
  ])("does not come back with $backups when the catalog is damaged at once", ({ lost, state }) =>
    inWorkspace(async (workspace) => {
      const older = path.join(workspace.root, "older.db");
      const paths = await workspace.withStore(async (store) => {
        await filled(workspace, store);
        await backupCatalog(store);
        const [name = ""] = catalogBackups(store.paths);
        copyFileSync(path.join(store.paths.backups, name), older);
        workspace.now = (workspace.now ?? 0) + 1;
        const lease = await takeLease(store, "test");
        await erase(store, lease, { calls: await callsWithin(store, petra), by: "cli", reason: "request 7" });
        expect(catalogBackups(store.paths)).toEqual(["catalog-20261120T120000001Z.db"]);
        await lease.release();
        // One that was not removed in time, as after a crash.
        copyFileSync(older, path.join(store.paths.backups, name));
        for (const kept of catalogBackups(store.paths).filter(lost)) rmSync(path.join(store.paths.backups, kept));
        return store.paths;
      });
      damageCatalog(paths);
      await workspace.withStore(async (store) => {
        expect(await store.state()).toBe("refilling");
        expect(await ids(store, "invocations")).toHaveLength(state);
        expect(await ids(store, "content")).toEqual(state === 0 ? [] : ["o-2026-09-20", "o-2026-11-19"]);
        expect(await erasedHashes(store)).toContain(identityHash("111122223333/us-east-1/p-2026-11-19"));
        await expectErasedWhenReadAgain(workspace, store);
      });
    }),
  );

  it("is in no evidence of a finding, whose other evidence stays as it is", () =>
    inWorkspace(async (workspace) => {
      await workspace.withStore(async (store) => {
        await filled(workspace, store);
        const lease = await takeLease(store, "test");
        const evidence = ["p-2026-11-19", "o-2026-11-19"].map((requestId) => {
          return {
            requestId,
            accountId: "111122223333",
            region: "us-east-1",
            excerpt: "my key is …VK5M",
            path: "/input",
          };
        });
        const row = { detection_id: "d", severity: "high", subject: "s", bucket: "-", state: "new", version: 0 };
        const times = { first_seen: 0, last_seen: 0, updated_at: 0 };
        const body = JSON.stringify({ id: "f", evidence, summary: "two" });
        await store.catalog
          .insertInto("findings")
          .values({ id: "f", ...row, ...times, body })
          .execute();
        await erase(store, lease, { calls: await callsWithin(store, petra), by: "cli", reason: "request 7" });
        const left = await store.catalog.selectFrom("findings").select("body").executeTakeFirstOrThrow();
        const [first, second] = evidence;
        const after = { id: "f", evidence: [{ ...first, excerpt: null }, second], summary: "two" };
        expect(JSON.parse(left.body)).toEqual(after);
      });
    }));

  it("is told to be there still after an erasure that did not end, until that one is run again", () =>
    inWorkspace(async (workspace) => {
      await workspace.withStore(async (store) => {
        await filled(workspace, store);
        // As a crash leaves it: noted, and nothing taken out.
        const [hash, at] = [identityHash("111122223333/us-east-1/p-2026-11-19"), store.clock()];
        keepErasures(store.paths, [{ identity_hash: hash, at, by: "cli", reason: "request 7" }]);
      });
      await workspace.withStore(async (store) => {
        const told = async () => (await upkeepFailures(store.catalog)).map((failure) => failure.told);
        const lease = await takeLease(store, "test");
        await erase(store, lease, {
          calls: await callsWithin(store, { request: "444455556666/none/none" }),
          by: "cli",
          reason: "request 8",
        });
        expect(await told()).toEqual([
          expect.stringMatching(/^An erasure was begun and did not end, .* since .*: 1 calls/),
        ]);
        await erase(store, lease, { calls: await callsWithin(store, petra), by: "cli", reason: "request 7" });
        expect(await told()).toEqual([]);
        expect(await ids(store, "content")).toEqual(["o-2026-09-20", "o-2026-11-19"]);
      });
    }));

  it("of very many calls holds no other writer up, and stands whole when it is run again after an end in between", () =>
    inWorkspace(async (workspace) => {
      await workspace.withStore(async (store) => {
        await filled(workspace, store);
        const lease = await takeLease(store, "test");
        const many = (region: string) =>
          Array.from({ length: 25_000 }, (_, call) => identityHash(`444455556666/${region}/${call}`));
        const asked = { by: "cli", reason: "request 7" };
        const noted = async () => (await erasedHashes(store)).length;
        const steps: number[] = [];
        const inSteps = (endsAfter: number): Store => {
          const execute = async (work: Parameters<ReturnType<Store["catalog"]["transaction"]>["execute"]>[0]) => {
            const before = await noted();
            if (before >= endsAfter) throw new Error("killed");
            const result = await store.catalog.transaction().execute(work);
            steps.push((await noted()) - before);
            return result;
          };
          const catalog = new Proxy(store.catalog, {
            get(target, name) {
              if (name === "transaction") return () => ({ execute });
              const value: unknown = Reflect.get(target, name, target);
              return typeof value === "function" ? (value.bind(target) as unknown) : value;
            },
          });
          return { ...store, catalog };
        };
        await erase(inSteps(Infinity), lease, { calls: [], beside: many("us-east-1"), ...asked });
        expect(steps.filter((step) => step > 0)).toEqual([10_000, 10_000, 5_000]);

        const calls = await callsWithin(store, petra);
        const cut = erase(inSteps(35_000), lease, { calls, beside: many("eu-west-1"), ...asked });
        await expect(cut).rejects.toThrow("killed");
        expect(await noted()).toBe(35_000);
        expect(await ids(store, "content")).toHaveLength(4);
        await lease.release();
      });
      await workspace.withStore(async (store) => {
        const told = async () => (await upkeepFailures(store.catalog)).map((failure) => failure.told);
        const lease = await takeLease(store, "test");
        expect(await told()).toEqual([expect.stringContaining("25002 calls are noted as erased")]);
        await erase(store, lease, { calls: await callsWithin(store, petra), by: "cli", reason: "request 7" });
        expect(await ids(store, "content")).toEqual(["o-2026-09-20", "o-2026-11-19"]);
        expect((await erasedHashes(store)).length).toBe(50_002);
        expect((await verify(store, { hashes: true })).faults).toEqual([]);
      });
    }));

  it("is erased although the catalog can't be backed up, which is told and made up for", () =>
    inWorkspace(async (workspace) => {
      await workspace.withStore(async (store) => {
        await filled(workspace, store);
        await backupCatalog(store);
        const lease = await takeLease(store, "test");
        const failing = { ...store, disk: fullForBackups(store.disk) };
        const done = await erase(failing, lease, {
          calls: await callsWithin(store, petra),
          by: "cli",
          reason: "request 7",
        });
        expect(done).toEqual({ calls: 2, rows: 4, looseFiles: 0, backupFailed: "ENOSPC" });
        expect(await ids(store, "content")).toEqual(["o-2026-09-20", "o-2026-11-19"]);
        expect(catalogBackups(store.paths)).toEqual([]);
        await backupCatalogDue(store);
        expect(catalogBackups(store.paths)).toHaveLength(1);
      });
    }));

  it("is known by the file beside the catalog again, and by the catalog, whichever of them missed it", () =>
    inWorkspace(async (workspace) => {
      await workspace.withStore(async (store) => {
        await filled(workspace, store);
        let lease = await takeLease(store, "test");
        await erase(store, lease, { calls: await callsWithin(store, petra), by: "cli", reason: "request 7" });
        await lease.release();
        const known = await erasedHashes(store);
        for (const suffix of ["", "-wal", "-shm"]) rmSync(`${store.paths.erasures}${suffix}`, { force: true });
        lease = await takeLease(store, "test");
        await lease.release();
        await store.catalog.deleteFrom("erasures").execute();
        await (await takeLease(store, "test")).release();
        expect(await erasedHashes(store)).toEqual(known);
      });
    }));
});

/** A disk that is full when the copy of the catalog is put into its place. */
function fullForBackups(disk: Disk): Disk {
  return {
    ...disk,
    move(from, to) {
      if (path.basename(to).startsWith("catalog-")) throw Object.assign(new Error("full"), { code: "ENOSPC" });
      disk.move(from, to);
    },
  };
}

/** Lets an entry of the quarantine lose its bytes as soon as a backup has copied the catalog. */
async function loseWhileCopied({ catalog }: Store, name: string): Promise<void> {
  await statement`create trigger lose after update of snapshot on pins begin
    update quarantine set file = null where file = ${statement.lit(`quarantine/${name}`)}; end`.execute(catalog);
}

describe("backup", () => {
  it("is a whole store, also while the store goes on", () =>
    inWorkspace(async (workspace) => {
      const to = path.join(workspace.root, "copy");
      await workspace.withStore(async (store) => {
        await filled(workspace, store);
        expect(await backup(store, to)).toMatchObject({ snapshot: (await store.snapshot()).snapshot });
        await expect(backup(store, to)).rejects.toThrow("is not empty");
        expect(await store.catalog.selectFrom("pins").selectAll().execute()).toEqual([]);
      });
      const copy = await openTestStore(to, { clock: () => workspace.now ?? 0 });
      try {
        expect(await ids(copy, "content")).toHaveLength(4);
        expect((await verify(copy, { hashes: true })).faults).toEqual([]);
        expect((await takeLease(copy, "test")).startUp).toEqual({ lost: [], orphans: 0 });
      } finally {
        await copy.close();
      }
    }));

  it("goes without bytes that leave the quarantine meanwhile, and does not go without others", () =>
    inWorkspace(async (workspace) => {
      const to = path.join(workspace.root, "copy");
      await workspace.withStore(async (store) => {
        await filled(workspace, store);
        const [first = "", second = ""] = readdirSync(store.paths.quarantine);
        rmSync(path.join(store.paths.quarantine, first));
        await expect(backup(store, path.join(workspace.root, "refused"))).rejects.toThrow(
          `quarantine/${first} is not there any more`,
        );
        await loseWhileCopied(store, first);
        await backup(store, to);
        expect(readdirSync(path.join(to, "quarantine"))).toEqual([second]);
      });
      const copy = await openTestStore(to, { clock: () => workspace.now ?? 0 });
      try {
        expect((await verify(copy, { hashes: true })).faults).toEqual([]);
        const files = await copy.catalog.selectFrom("quarantine").select("file").orderBy("file").execute();
        expect(files.filter(({ file }) => file === null)).toHaveLength(1);
      } finally {
        await copy.close();
      }
    }));

  it("that is put back over what was erased since is told, until the erasure is run again", () =>
    inWorkspace(async (workspace) => {
      const to = path.join(workspace.root, "copy");
      const paths = await workspace.withStore(async (store) => {
        await filled(workspace, store);
        await backup(store, to);
        const lease = await takeLease(store, "test");
        await erase(store, lease, { calls: await callsWithin(store, petra), by: "cli", reason: "request 7" });
        await lease.release();
        return store.paths;
      });
      for (const suffix of ["-wal", "-shm"]) rmSync(`${paths.catalog}${suffix}`, { force: true });
      cpSync(to, paths.root, { recursive: true });
      await workspace.withStore(async (store) => {
        const told = async () => (await upkeepFailures(store.catalog)).map((failure) => failure.told);
        expect(await ids(store, "content")).toHaveLength(4);
        const lease = await takeLease(store, "test");
        expect(await told()).toEqual([expect.stringContaining("2 calls are noted as erased")]);
        await erase(store, lease, { calls: await callsWithin(store, petra), by: "cli", reason: "request 7" });
        expect(await told()).toEqual([]);
        expect(await ids(store, "content")).toHaveLength(2);
      });
    }));

  it("of the catalog takes the place of a damaged one, and what came since is read again", () =>
    inWorkspace(async (workspace) => {
      await workspace.withStore(async (store) => {
        await filled(workspace, store);
        await backupCatalog(store);
        workspace.write(`${folder("2026-11-20")}/y.json.gz`, lines(record("late")));
        await workspace.ingest(store);
        expect(await ids(store, "invocations")).toHaveLength(5);
      });
      const { paths } = await workspace.open().then(async (store) => (await store.close(), store));
      damageCatalog(paths);
      await workspace.withStore(async (store) => {
        expect(existsSync(`${paths.catalog}.damaged-20261120T120000000Z`)).toBe(true);
        expect(await store.state()).toBe("refilling");
        expect(await ids(store, "invocations")).toHaveLength(4);
        await workspace.ingest(store);
        expect(await ids(store, "invocations")).toHaveLength(5);
        expect((await verify(store, { hashes: true })).faults).toEqual([]);
        expect(await store.state()).toBe("ok");
      });
    }));

  it("of the catalog that names a file that is gone is better than none: what was in that file is read again", () =>
    inWorkspace(async (workspace) => {
      const paths = await workspace.withStore(async (store) => {
        await filled(workspace, store);
        await backupCatalog(store);
        const content = store.catalog.selectFrom("segments").select("path").where("tbl", "=", "content");
        const { path: place } = await content.where("dt", "=", "2026-09-20").executeTakeFirstOrThrow();
        rmSync(path.join(store.paths.root, place));
        return store.paths;
      });
      damageCatalog(paths);
      await workspace.withStore(async (store) => {
        expect(await store.state()).toBe("refilling");
        expect(await ids(store, "invocations")).toHaveLength(4);
        await workspace.ingest(store);
        expect(await ids(store, "content")).toHaveLength(4);
        expect((await verify(store, { hashes: true })).faults).toEqual([]);
        expect(await store.state()).toBe("ok");
      });
    }));

  it("of the catalog is not taken where none of its files is left", () =>
    inWorkspace(async (workspace) => {
      const paths = await workspace.withStore(async (store) => {
        await filled(workspace, store);
        await backupCatalog(store);
        return store.paths;
      });
      rmSync(paths.lake, { recursive: true });
      damageCatalog(paths);
      await workspace.withStore(async (store) => {
        await workspace.ingest(store);
        expect(await ids(store, "content")).toHaveLength(4);
      });
    }));

  it("of the catalog keeps the newest day of them", () =>
    inWorkspace(async (workspace) => {
      await workspace.withStore(async (store) => {
        workspace.now = Date.parse("2026-11-20T12:00:00Z");
        for (let hour = 0; hour < 26; hour += 1) {
          workspace.now += 3_600_000;
          await backupCatalog(store);
        }
        const kept = catalogBackups(store.paths);
        expect(kept).toHaveLength(24);
        expect(kept[0]).toBe("catalog-20261121T140000000Z.db");
      });
    }));

  it("of the catalog is made each hour again when the clock that was ahead is right", () =>
    inWorkspace(async (workspace) => {
      await workspace.withStore(async (store) => {
        for (const time of ["2027-01-01T00:00", "2026-11-20T12:00", "2026-11-20T12:59", "2026-11-20T13:00"]) {
          workspace.now = Date.parse(`${time}:00Z`);
          await backupCatalogDue(store);
        }
        expect(catalogBackups(store.paths)).toEqual([
          "catalog-20261120T130000000Z.db",
          "catalog-20261120T120000000Z.db",
        ]);
      });
    }));
});
