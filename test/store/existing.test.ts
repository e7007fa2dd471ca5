import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { silentLog } from "../../server/lib/log.ts";
import { schemaVersion } from "../../server/store/catalog/migrations.ts";
import { dataPaths } from "../../server/store/data-dir.ts";
import { openStore } from "../../server/store/open-store.ts";
import { takeLease } from "../../server/store/lease.ts";
import { lockWriter } from "../../server/store/writer-lock.ts";
import { frozenStores } from "./frozen.ts";
import { seededRandom, tempFolder, testNow } from "./temp-store.ts";

/* What only reads leaves a store as it is: its server may be another program. */

let root: string;
let dataDir: string;
beforeEach(() => {
  root = tempFolder();
  dataDir = path.join(root, "data");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const open = (existing: boolean | "upgrade") =>
  openStore({ dataDir, clock: () => testNow, random: seededRandom("existing"), log: silentLog, existing });

/** A store that an older version has left. */
function older(): { readonly catalog: Buffer } {
  cpSync(path.join(frozenStores, "0.1.0-schema-8", "store"), dataDir, { recursive: true });
  return { catalog: readFileSync(dataPaths(dataDir).catalog) };
}

it.each([true, "upgrade"] as const)("makes no store where there is none (existing: %s)", async (existing) => {
  await expect(open(existing)).rejects.toMatchObject({
    message: `there is no store in ${dataDir}`,
    remedy: expect.stringContaining("--data") as unknown,
    exitCode: 3,
  });
  expect(existsSync(dataDir)).toBe(false);
});

it("upgrades no store", async () => {
  const { catalog } = older();
  await expect(open(true)).rejects.toMatchObject({
    message: `store has version 8, this program ${schemaVersion}`,
    remedy: expect.stringMatching(/Nothing was changed\.$/) as unknown,
    exitCode: 3,
  });
  expect(readFileSync(dataPaths(dataDir).catalog).equals(catalog)).toBe(true);
  expect(existsSync(dataPaths(dataDir).backups)).toBe(false);
});

it("what writes in a store alone upgrades it, and makes the folders that a copy of it lacks", async () => {
  older();
  const upgraded = await open("upgrade");
  const lease = await takeLease(upgraded, "ingest compact");
  expect(await upgraded.snapshot()).toMatchObject({ snapshot: expect.any(Number) as unknown });
  await lease.release();
  await upgraded.close();
  await (await open(true)).close();
});

it("sets no damaged catalog aside", async () => {
  await (await open(false)).close();
  for (const suffix of ["-wal", "-shm"]) rmSync(`${dataPaths(dataDir).catalog}${suffix}`, { force: true });
  writeFileSync(dataPaths(dataDir).catalog, "no catalog at all, and long enough to be read as one".repeat(100));
  for (const existing of [true, "upgrade"] as const)
    await expect(open(existing)).rejects.toMatchObject({ message: "the catalog is damaged", exitCode: 3 });
  expect(readdirSync(dataDir).filter((name) => name.includes("damaged"))).toEqual([]);
});

it("what writes in a store alone does not go on in one that is known to be damaged", async () => {
  await (await open(false)).close();
  writeFileSync(dataPaths(dataDir).damageMark, "damaged");
  await expect(open("upgrade")).rejects.toMatchObject({
    message: "the catalog is damaged",
    remedy: expect.stringContaining('"bedrock-audit serve" or "ingest run"') as unknown,
    exitCode: 3,
  });
  expect(existsSync(dataPaths(dataDir).damageMark)).toBe(true);
});

it("reads one that is there, beside its writer", async () => {
  const writer = await open(false);
  const lease = await takeLease(writer, "serve");
  const reader = await open(true);
  expect(await reader.snapshot()).toMatchObject({ snapshot: 0 });
  await reader.close();
  await lease.release();
  await writer.close();
});

it("a writer upgrades no store that another process writes, and says which one; then it does", async () => {
  const { catalog } = older();
  mkdirSync(path.join(dataDir, "locks"));
  const lock = lockWriter(dataPaths(dataDir).writerLock);
  await expect(open(false)).rejects.toMatchObject({
    message: expect.stringMatching(
      new RegExp(
        `^store has version 8, this program ${schemaVersion}, and it is being written by frozen \\(pid \\d+ on \\S+, since `,
      ),
    ) as unknown,
    exitCode: 5,
  });
  expect(readFileSync(dataPaths(dataDir).catalog).equals(catalog)).toBe(true);
  lock?.release();
  const upgraded = await open(false);
  const version = upgraded.catalog.selectFrom("meta").select("value").where("key", "=", "schema_version");
  expect(await version.executeTakeFirst()).toEqual({ value: String(schemaVersion) });
  await upgraded.close();
});
