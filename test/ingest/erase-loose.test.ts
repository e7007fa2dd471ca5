import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { eraseContent } from "../../server/ingest/erase-content.ts";
import { isWithin } from "../../server/ingest/erase-quarantined.ts";
import { takeLease } from "../../server/store/lease.ts";
import type { Store } from "../../server/store/store.ts";
import { sweep } from "../../server/store/sweep.ts";
import { hourPath, inWorkspace, lines, record, type RecordFields, type Workspace } from "./kit.ts";

/* What an erasure reaches beside the lake that the catalog names. */

const petra = "arn:aws:iam::111122223333:user/petra";
const otto = { identity: { arn: "arn:aws:iam::111122223333:user/otto" } } as RecordFields;
const asked = { by: "cli", reason: "request 7" };

async function erasing<T>(store: Store, principal: string, use: (done: Awaited<ReturnType<typeof eraseContent>>) => T) {
  const lease = await takeLease(store, "test");
  try {
    return use(await eraseContent(store, lease, { scope: { principal }, ...asked }));
  } finally {
    await lease.release();
  }
}

/** One segment of content each: of petra alone, then of otto alone. */
async function fill(workspace: Workspace, store: Store): Promise<{ readonly petra: string; readonly otto: string }> {
  // The day is not over: its segments stay as they are.
  workspace.now = Date.parse("2026-11-20T12:30:00Z");
  workspace.write(`${hourPath}/petra.json.gz`, lines(record("p-1")));
  await workspace.ingest(store, { isPart: true });
  const before = await contentFiles(store);
  workspace.write(`${hourPath}/otto.json.gz`, lines(record("o-1", otto)));
  await workspace.ingest(store, { isPart: true });
  const after = (await contentFiles(store)).filter((file) => !before.includes(file));
  return { petra: before[0] ?? "", otto: after[0] ?? "" };
}

async function contentFiles({ catalog, paths }: Store): Promise<readonly string[]> {
  const rows = await catalog
    .selectFrom("segments")
    .select("path")
    .where("tbl", "=", "content")
    .where("replaced_snapshot", "is", null)
    .orderBy("id")
    .execute();
  return rows.map((row) => path.join(paths.root, row.path));
}

describe("an erasure reaches files that no commit names", () => {
  it("in the lake, the orphans and the trash; those of others stay", () =>
    inWorkspace(async (workspace) => {
      await workspace.withStore(async (store) => {
        const files = await fill(workspace, store);
        const { orphans, trash } = store.paths;
        const places = [
          path.join(path.dirname(files.petra), "unnamed.parquet"),
          path.join(orphans, "unnamed.parquet"),
          path.join(trash, "unnamed.parquet"),
          path.join(trash, `${path.basename(files.petra)}.damaged-20261120T120000000Z`),
        ];
        for (const place of places) copyFileSync(files.petra, place);
        const others = [path.join(orphans, "other.parquet"), path.join(trash, "other.parquet")];
        for (const place of others) copyFileSync(files.otto, place);
        await erasing(store, petra, (done) => expect(done).toMatchObject({ calls: 1, looseFiles: 4 }));
        expect(places.filter((place) => existsSync(place))).toEqual([]);
        expect(others.filter((place) => existsSync(place))).toEqual(others);
      });
    }));

  it("that can't be read: they go, unless they are known to be of another day or hold no text", () =>
    inWorkspace(async (workspace) => {
      await workspace.withStore(async (store) => {
        const files = await fill(workspace, store);
        const cut = readFileSync(files.petra).subarray(0, 200);
        const [day, table] = [path.dirname(files.petra), path.dirname(path.dirname(files.petra))];
        const otherDay = path.join(table, "dt=2026-11-02");
        const sums = path.join(store.paths.lake, "rollups", path.basename(day));
        for (const folder of [otherDay, sums]) mkdirSync(folder, { recursive: true });
        const going = [
          path.join(store.paths.orphans, "cut.parquet"),
          path.join(day, "cut.parquet"),
          path.join(store.paths.trash, `${path.basename(files.otto)}.damaged-20261120T120000000Z`),
        ];
        const staying = [path.join(otherDay, "cut.parquet"), path.join(sums, "cut.parquet")];
        for (const place of [...going, ...staying]) writeFileSync(place, cut);
        await erasing(store, petra, (done) => expect(done.looseFiles).toBe(3));
        expect(going.filter((place) => existsSync(place))).toEqual([]);
        expect(staying.filter((place) => existsSync(place))).toEqual(staying);
      });
    }));
});

it("bytes of the quarantine that no entry names go with an erasure, unless they are of others; and after 7 days", () =>
  inWorkspace(async (workspace) => {
    await workspace.withStore(async (store) => {
      const { quarantine } = store.paths;
      const cut = (id: string, more: RecordFields = {}) => JSON.stringify(record(id, more)).slice(0, -20);
      workspace.write(`${hourPath}/a.json.gz`, lines(cut("p-2"), cut("o-2", otto)));
      await workspace.ingest(store);
      const kept = readdirSync(quarantine);
      const texts: Readonly<Record<string, string>> = { petra: cut("p-3"), nobody: "{", otto: cut("o-3", otto) };
      for (const [name, text] of Object.entries(texts)) writeFileSync(path.join(quarantine, `${name}.bin`), text);
      await erasing(store, petra, (done) =>
        expect(done).toMatchObject({ looseFiles: 2, quarantine: { removed: 1, untold: 0 } }),
      );
      const held = () => readdirSync(quarantine).filter((name) => !kept.includes(name));
      expect(held()).toEqual(["otto.bin"]);
      const lease = await takeLease(store, "test");
      await sweep(store, lease);
      expect(held()).toEqual(["otto.bin"]);
      const longAgo = new Date(Date.now() - 8 * 24 * 3_600_000);
      for (const name of readdirSync(quarantine)) utimesSync(path.join(quarantine, name), longAgo, longAgo);
      await sweep(store, lease);
      await lease.release();
      expect(readdirSync(quarantine)).toHaveLength(1);
      expect(held()).toEqual([]);
    });
  }));

it("what no catalog names leaves the trash after its time; what is left of a damaged file stays", () =>
  inWorkspace(async (workspace) => {
    await workspace.withStore(async (store) => {
      const { trash } = store.paths;
      const names = ["old.parquet", "new.parquet", "old.parquet.damaged-20261120T120000000Z"];
      for (const name of names) writeFileSync(path.join(trash, name), "x");
      const longAgo = new Date(Date.now() - 49 * 3_600_000);
      for (const name of names.filter((one) => one.startsWith("old")))
        utimesSync(path.join(trash, name), longAgo, longAgo);
      const lease = await takeLease(store, "test");
      await sweep(store, lease);
      await lease.release();
      expect(readdirSync(trash).toSorted()).toEqual([names[1], names[2]]);
    });
  }));

it("copies of the catalog that a crash has cut are cleared away at the next start", () =>
  inWorkspace(async (workspace) => {
    await workspace.withStore(async (store) => {
      const { backups } = store.paths;
      mkdirSync(backups);
      const kept = ["catalog-20261120T120000000Z.db", "catalog-schema-15-20261120T120000000Z.db"];
      for (const name of [...kept, "draft", "draft-01M85NMP40NXRZSVG5QMPHV59Z", "draft-journal"])
        writeFileSync(path.join(backups, name), "x");
      await (await takeLease(store, "test")).release();
      expect(readdirSync(backups).toSorted()).toEqual(kept);
    });
  }));

describe("an erasure reaches the quarantine", () => {
  it("takes the bytes of one person, leaves those of others, and tells of what does not say whose it is", () =>
    inWorkspace(async (workspace) => {
      await workspace.withStore(async (store) => {
        const cut = (id: string, more: RecordFields = {}) => JSON.stringify(record(id, more)).slice(0, -20);
        const broken = gzipSync(lines(...Array.from({ length: 200 }, (_, n) => record(`b-${n}`))));
        workspace.write(
          `${hourPath}/a.json.gz`,
          lines(cut("p-2"), cut("o-2", otto), "{nothing of anybody", record("o-3", otto)),
        );
        workspace.write(`${hourPath}/b.json.gz`, broken.subarray(0, broken.length - 40));
        await workspace.ingest(store);
        const held = () =>
          store.catalog.selectFrom("quarantine").select(["state", "file"]).where("file", "is not", null).execute();
        expect(await held()).toHaveLength(3);
        await erasing(store, petra, (done) =>
          expect(done).toMatchObject({ calls: 0, quarantine: { removed: 1, untold: 1 } }),
        );
        expect(await held()).toHaveLength(2);
        expect(readdirSync(store.paths.quarantine)).toHaveLength(2);
        const texts = readdirSync(store.paths.quarantine).map((name) =>
          readFileSync(path.join(store.paths.quarantine, name), "utf8"),
        );
        expect(texts.filter((text) => text.includes("petra"))).toEqual([]);
        const entries = await store.catalog.selectFrom("quarantine").select("state").execute();
        expect(entries.map(({ state }) => state)).toEqual(["open", "open", "open"]);
      });
    }));

  it.each([
    [{ principal: "user/petra" }, `{"identity":{"arn":"${petra}"`, true],
    [{ principal: "111122223333/user/petra" }, `{"identity":{"arn":"${petra}"`, true],
    [{ principal: petra }, `{"identity" : { "arn" : "arn:aws:iam::111122223333:user\\/petra"`, true],
    [{ principal: "user/petra" }, '{"arn":"arn:aws:iam::111122223333:user/petra2"', false],
    [{ principal: "role/app" }, '{"arn":"arn:aws:sts::111122223333:assumed-role/app/s-1"', true],
    [{ principal: "user/petra" }, "a prompt that speaks of user/petra", null],
    [{ request: "111122223333/us-east-1/r/3" }, '{"requestId":"r/3"', true],
    [{ request: "111122223333/us-east-1/r" }, '{"requestId":"r/3"', false],
    [{ before: "2026-11-20T10:00:00Z" }, '{"timestamp":"2026-11-20T09:59:59Z"', true],
    [{ before: "2026-11-20T10:00:00Z" }, '{"timestamp":"2026-11-20T10:00:00Z"', false],
    [{ before: "2026-11-20T10:00:00Z" }, "{", true],
    [{ before: "2026-11-20T09:30:00Z" }, "{", null],
    [{ before: "2026-11-20T09:00:00Z" }, "{", false],
    [{ before: "2026-11-21T00:00:00Z", principal: "user/otto" }, `{"arn":"${petra}"`, false],
    [{ before: "2026-11-21T00:00:00Z", principal: "user/otto" }, null, null],
  ] as const)("%j asked of %s is %s", (scope, text, within) => {
    expect(isWithin(scope, { text, windowStart: Date.parse("2026-11-20T09:00:00Z") })).toBe(within);
  });
});
