import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../../server/lib/errors.ts";
import { openSqlite } from "../../server/store/catalog/dialect.ts";
import { migrations, schemaVersion } from "../../server/store/catalog/migrations.ts";
import { openCatalog } from "../../server/store/catalog/open-catalog.ts";
import { commit } from "../../server/store/commit.ts";
import { type Disk, realDisk } from "../../server/store/disk.ts";
import { takeLease } from "../../server/store/lease.ts";
import { openTestStore, seededRandom, tempFolder, testNow, withStore } from "./temp-store.ts";

let dataDir: string;
beforeEach(() => (dataDir = tempFolder()));
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const deps = { clock: () => testNow, random: seededRandom("catalog") };
const catalogFile = () => path.join(dataDir, "catalog.db");

/** Makes a catalog of schema version 15. */
function openOlder(): ReturnType<typeof openSqlite> {
  const database = openSqlite(catalogFile());
  for (const { statements } of migrations.slice(0, 15)) for (const statement of statements) database.exec(statement);
  database.exec("insert into meta (key, value) values ('schema_version', '15')");
  return database;
}

/** One that holds a row to know it by. */
function olderCatalog(id: number): void {
  const database = openOlder();
  database
    .prepare("insert into holds (id, account_id, dt_from, dt_to, reason) values (?, '111122223333', '', '', '')")
    .run([String(id)]);
  database.close();
}

async function meta(catalog: ReturnType<typeof openCatalog>, key: string): Promise<string | undefined> {
  return (await catalog.selectFrom("meta").select("value").where("key", "=", key).executeTakeFirst())?.value;
}

describe("a catalog", () => {
  it("is made with its version, and is the same when opened again", async () => {
    const first = openCatalog(catalogFile(), deps);
    const id = await meta(first, "catalog_id");
    expect(await meta(first, "schema_version")).toBe(String(schemaVersion));
    await first.destroy();
    const second = openCatalog(catalogFile(), deps);
    expect(await meta(second, "catalog_id")).toBe(id);
    await second.destroy();
  });

  it("of a newer program is refused and not touched", async () => {
    await openCatalog(catalogFile(), deps).destroy();
    const database = openSqlite(catalogFile());
    database.exec("update meta set value = '99' where key = 'schema_version'");
    database.exec("pragma wal_checkpoint(truncate)");
    database.close();
    const error: unknown = await openTestStore(dataDir).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({ message: `store has version 99, this program knows ${schemaVersion}`, exitCode: 3 });
    const again = openSqlite(catalogFile());
    expect(again.prepare("select value from meta where key = 'schema_version'").all()).toEqual([{ value: "99" }]);
    again.close();
  });

  it("whose migration was cut is brought to the end at the next start", async () => {
    const [first] = migrations;
    const database = openSqlite(catalogFile());
    database.exec("begin immediate");
    for (const statement of first?.statements.slice(0, 4) ?? []) database.exec(statement);
    database.exec("rollback");
    database.close();
    const catalog = openCatalog(catalogFile(), deps);
    expect(await meta(catalog, "schema_version")).toBe(String(schemaVersion));
    await catalog.destroy();
  });

  it("of an older version is copied before its upgrade; a new one is not, and few copies are kept", async () => {
    const backups = path.join(dataDir, "backups");
    await openCatalog(catalogFile(), deps).destroy();
    expect(existsSync(backups)).toBe(false);
    for (const second of [1, 2, 3, 4]) {
      rmSync(catalogFile());
      olderCatalog(second);
      await openCatalog(catalogFile(), { ...deps, clock: () => testNow + second * 1_000 }).destroy();
    }
    const copies = () =>
      readdirSync(backups)
        .filter((name) => name.endsWith(".db"))
        .toSorted();
    const kept = copies();
    expect(readdirSync(backups)).toHaveLength(3);
    const time = new Date(testNow + 4_000).toISOString().replaceAll(/[-:.]/g, "");
    expect(kept[2]).toBe(`catalog-schema-15-${time}.db`);
    const copy = openSqlite(path.join(backups, kept[2] ?? ""));
    expect(copy.prepare("select value from meta where key = 'schema_version'").all()).toEqual([{ value: "15" }]);
    expect(copy.prepare("select id from holds").all()).toEqual([{ id: "4" }]);
    copy.close();
    const upgraded = openCatalog(catalogFile(), deps);
    expect(await meta(upgraded, "schema_version")).toBe(String(schemaVersion));
    expect(copies()).toEqual(kept);
    await upgraded.destroy();
  });

  it("that can't be copied before its upgrade is not changed", () => {
    olderCatalog(1);
    writeFileSync(path.join(dataDir, "backups"), "in the way");
    expect(() => openCatalog(catalogFile(), deps)).toThrow("could not be backed up before its upgrade");
    const database = openSqlite(catalogFile());
    expect(database.prepare("select value from meta where key = 'schema_version'").all()).toEqual([{ value: "15" }]);
    database.close();
  });

  it("has migrations without a gap", () => {
    expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, index) => index + 1));
  });

  it("takes up again the objects that came to an hour which is read, and had been left out for its age", async () => {
    const database = openOlder();
    const window = "insert into windows (source_id, start_at, end_at, state, read, stored, ignored) values";
    database.exec(
      `${window} ('s3:a', 3600000, 7200000, 'provisional', 3, 1, 2), ('s3:a', 7200000, 10800000, 'open', 1, 0, 1)`,
    );
    const unit = `insert into units (source_id, window_start, kind, key, version, size, state, rule, ignored_by, read, ignored, seen_at)
      values`;
    const late = `'1', 9, 'ignored', 'before-since', '{"before-since":1}', 1, 1, 0`;
    database.exec(`${unit} ('s3:a', 3600000, 'object', 'late', ${late}), ('s3:a', 3600000, 'page', 'late-page', ${late}),
      ('s3:a', 14400000, 'object', 'old', ${late}), ('s3:a', 7200000, 'object', 'note', '1', 9, 'ignored', 'not-a-log', '{"not-a-log":1}', 1, 1, 0)`);
    database.close();
    const catalog = openCatalog(catalogFile(), deps);
    const units = await catalog
      .selectFrom("units")
      .select(["key", "state", "read", "ignored", "ignored_by"])
      .orderBy("id")
      .execute();
    expect(units.map((row) => Object.values(row))).toEqual([
      ["late", "listed", 0, 0, "{}"],
      ["old", "ignored", 1, 1, '{"before-since":1}'],
      ["note", "ignored", 1, 1, '{"not-a-log":1}'],
    ]);
    const windows = await catalog
      .selectFrom("windows")
      .select(["state", "read", "stored", "ignored"])
      .orderBy("start_at")
      .execute();
    expect(windows.map((row) => Object.values(row))).toEqual([
      ["provisional", 1, 1, 0],
      ["open", 1, 0, 1],
      ["before-since", 1, 0, 1],
    ]);
    await catalog.destroy();
  });

  it("belongs to its owner alone, as all of the data directory does", async () => {
    const store = await openTestStore(dataDir);
    store.hmacKey();
    await store.snapshot();
    for (const entry of readdirSync(dataDir, { recursive: true, encoding: "utf8" })) {
      expect([entry, (statSync(path.join(dataDir, entry)).mode & 0o077).toString(8)]).toEqual([entry, "0"]);
    }
    await store.close();
  });

  it("keeps hostile text, and refuses to mix it with SQL", async () => {
    await withStore(async ({ catalog }) => {
      const texts = ["'; drop table trail; --", "a\u0000b", "\ud800", "\u202e", "?", "x".repeat(100_000)];
      const kept = ["'; drop table trail; --", "a\u2400b", "\ufffd", "\u202e", "?", "x".repeat(100_000)];
      for (const [index, text] of texts.entries()) {
        await catalog
          .insertInto("profiles")
          .values({ arn: String(index), answer: text })
          .execute();
      }
      const rows = await catalog.selectFrom("profiles").select("answer").orderBy("arn").execute();
      expect(rows.map(({ answer }) => answer)).toEqual(kept);
    });
  });

  it("keeps bytes, booleans as numbers, and big numbers", async () => {
    await withStore(async ({ catalog }) => {
      const window = { source_id: "s", start_at: Number.MAX_SAFE_INTEGER, end_at: 1, state: "open" };
      await catalog
        .insertInto("windows")
        .values({ ...window, known: new Uint8Array([1, 0, 255]) })
        .execute();
      const row = await catalog.selectFrom("windows").selectAll().executeTakeFirstOrThrow();
      expect(row.start_at).toBe(Number.MAX_SAFE_INTEGER);
      expect([...new Uint8Array(row.known ?? new ArrayBuffer(0))]).toEqual([1, 0, 255]);
    });
  });

  it("goes on after a refused statement, also with the same text", async () => {
    await withStore(async ({ catalog }) => {
      const insert = (arn: string) => catalog.insertInto("profiles").values({ arn }).execute();
      await insert("a");
      for (const _ of [1, 2]) await expect(insert("a")).rejects.toThrow();
      await expect(
        catalog.transaction().execute(async (transaction) => {
          await transaction.insertInto("profiles").values({ arn: "b" }).execute();
          await transaction.insertInto("profiles").values({ arn: "a" }).execute();
        }),
      ).rejects.toThrow();
      await insert("c");
      const rows = await catalog.selectFrom("profiles").select("arn").orderBy("arn").execute();
      expect(rows.map(({ arn }) => arn)).toEqual(["a", "c"]);
    });
  });

  it("takes the writes of two connections at once", async () => {
    const [one, two] = [await openTestStore(dataDir, { seed: "1" }), await openTestStore(dataDir, { seed: "2" })];
    const write = (store: typeof one, index: number) =>
      store.catalog
        .insertInto("holds")
        .values({ id: String(index), account_id: "", dt_from: "", dt_to: "", reason: "" })
        .execute();
    await Promise.all(Array.from({ length: 40 }, (_, index) => write(index % 2 ? one : two, index)));
    expect(await one.catalog.selectFrom("holds").select("id").execute()).toHaveLength(40);
    await Promise.all([one.close(), two.close()]);
  });
});

describe("a damaged catalog", () => {
  const damaged = () => readdirSync(dataDir).filter((name) => name.includes(".damaged-"));

  it("that is no database is set aside, and the store fills again", async () => {
    writeFileSync(catalogFile(), "not a database, but a long enough text to be read as a header".repeat(100));
    const store = await openTestStore(dataDir);
    expect(damaged()).toHaveLength(1);
    expect(await store.state()).toBe("refilling");
    await takeLease(store, "test");
    await store.close();
  });

  it("is set aside whole, with its journal, also where that was cut", async () => {
    writeFileSync(catalogFile(), "not a database, but a long enough text to be read as a header".repeat(100));
    writeFileSync(`${catalogFile()}-wal`, "what came last");
    const cut: Disk = {
      ...realDisk,
      move(from, to) {
        if (from.endsWith("-wal")) throw new Error("power cut");
        realDisk.move(from, to);
      },
    };
    await expect(openTestStore(dataDir, { disk: cut })).rejects.toThrow("power cut");
    await (await openTestStore(dataDir)).close();
    const time = new Date(testNow).toISOString().replaceAll(/[-:.]/g, "");
    const keptOf = (suffix: string) => readFileSync(`${catalogFile()}.damaged-${time}${suffix}`, "utf8");
    expect([keptOf("").slice(0, 14), keptOf("-wal")]).toEqual(["not a database", "what came last"]);
  });

  it("that has lost its newest commits is found out by the mark beside it", async () => {
    const store = await openTestStore(dataDir);
    const lease = await takeLease(store, "test");
    await commit(store, lease, { batchId: "one", kind: "ingest", segments: [] });
    await store.catalog.deleteFrom("commits").execute();
    await lease.release();
    await expect(takeLease(store, "test")).rejects.toMatchObject({ message: "the catalog is damaged", exitCode: 3 });
    await store.close();
    const again = await openTestStore(dataDir, { seed: "again" });
    expect(await again.state()).toBe("refilling");
    expect(damaged().length).toBeGreaterThan(0);
    await takeLease(again, "test");
    await again.close();
  });

  it("is not set aside under the process that writes it", async () => {
    const store = await openTestStore(dataDir);
    await takeLease(store, "test");
    writeFileSync(store.paths.damageMark, "");
    await expect(openTestStore(dataDir)).rejects.toMatchObject({ exitCode: 3 });
    await store.close();
  });
});

describe("the store's key", () => {
  it("is made once and kept", async () => {
    const store = await openTestStore(dataDir, { seed: "1" });
    const key = store.hmacKey();
    expect(key).toHaveLength(32);
    await store.close();
    const again = await openTestStore(dataDir, { seed: "2" });
    expect(again.hmacKey().equals(key)).toBe(true);
    await again.close();
  });
});
