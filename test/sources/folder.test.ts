import { appendFile, chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { folderSources } from "../../server/sources/folder.ts";
import { readTree } from "../../server/sources/folder-tree.ts";
import type { Source } from "../../server/sources/source.ts";
import { otherAccount } from "../aws/small-world.ts";
import { allUnits, entry, forever, keyOf, readAll } from "./source-kit.ts";

let root = "";
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "folder-"));
  return () => rm(root, { recursive: true, force: true });
});

async function write(path: string, text = `{"n":1}\n`): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

/** The disk's time, as if each file had stood still for a minute. */
const later = () => Date.now() + 60_000;

async function flat(clock = later): Promise<Source> {
  const source = (await folderSources({ path: root, clock })).find(({ scope }) => scope === null);
  if (source === undefined) throw new Error("no source of flat files");
  return source;
}

const rules = async (source: Source) =>
  Object.fromEntries((await allUnits(source)).map(({ key, ignored }) => [key, ignored]));

describe("a folder", () => {
  it("is one source a target, and one for all other files", async () => {
    await write(`a/${keyOf(entry("x"))}`);
    await write(`b/AWSLogs/${otherAccount}/BedrockModelInvocationLogs/eu-west-1/2026/09/15/10/y.json.gz`);
    await write("notes.jsonl");
    const scopes = (await folderSources({ path: root, clock: later })).map(({ scope }) => scope);
    expect(new Set(scopes.map((scope) => scope?.accountId ?? "flat"))).toEqual(
      new Set(["111122223333", otherAccount, "flat"]),
    );
    expect(scopes).toContainEqual({ accountId: otherAccount, region: "eu-west-1" });
  });

  it("is walked once a look, however many sources it has", async () => {
    await write(`a/${keyOf(entry("x"))}`);
    await write(`b/AWSLogs/${otherAccount}/BedrockModelInvocationLogs/eu-west-1/2026/09/15/10/y.json.gz`);
    await write("notes.jsonl");
    let walks = 0;
    const readFolder: typeof readTree = (folder) => {
      walks += 1;
      return readTree(folder);
    };
    const sources = await folderSources({ path: root, clock: later, readFolder });
    walks = 0;
    const looks = await Promise.all(sources.map(allUnits));
    expect(looks.flat()).toHaveLength(3);
    expect(walks).toBe(1);
    await write("more.jsonl");
    expect((await Promise.all(sources.map(allUnits))).flat()).toHaveLength(4);
    expect(walks).toBe(2);
  });

  it("that does not exist is the reader's to mend", async () => {
    await expect(folderSources({ path: join(root, "none"), clock: later })).rejects.toMatchObject({
      name: "UserError",
      exitCode: 2,
    });
    await write("file.json");
    await expect(folderSources({ path: join(root, "file.json"), clock: later })).rejects.toMatchObject({
      name: "UserError",
    });
  });

  it("names the rule by which a file is not read", async () => {
    for (const name of ["a.json", "b.jsonl", "c.json.gz", "d.jsonl.gz", "e.txt", ".jsonl"]) await write(`deep/${name}`);
    await write("empty.json", "");
    await write("AWSLogs/111122223333/BedrockModelInvocationLogs/amazon-bedrock-logs-permission-check", "");
    await symlink(join(root, "deep/a.json"), join(root, "link.json"));
    expect(await rules(await flat())).toEqual({
      "deep/a.json": null,
      "deep/b.jsonl": null,
      "deep/c.json.gz": null,
      "deep/d.jsonl.gz": null,
      "deep/e.txt": "not-a-log",
      "deep/.jsonl": "not-a-log",
      "empty.json": "empty",
      "AWSLogs/111122223333/BedrockModelInvocationLogs/amazon-bedrock-logs-permission-check": "permission-check",
    });
  });

  it("knows bodies by their folder, and begins a key at the last AWSLogs/", async () => {
    await write(`x/AWSLogs/y/${keyOf(entry("x"))}`);
    await write(`x/AWSLogs/y/${dirname(keyOf(entry("x")))}/data/1_input.json.gz`);
    const [source] = await folderSources({ path: root, clock: later });
    if (source === undefined) throw new Error("no source");
    expect(await rules(source)).toEqual({
      [keyOf(entry("x"))]: null,
      [`${dirname(keyOf(entry("x")))}/data/1_input.json.gz`]: "body-object",
    });
  });

  it("knows a file by its content: a copy is no new unit, a changed file is", async () => {
    await write(`one/${keyOf(entry("x"))}`, "same\n");
    await write(`two/${keyOf(entry("x"))}`, "same\n");
    const [source] = await folderSources({ path: root, clock: later });
    if (source === undefined) throw new Error("no source");
    const before = await allUnits(source);
    expect(new Set(before.map(({ key, version }) => `${key} ${version}`)).size).toBe(1);
    await write(`two/${keyOf(entry("x"))}`, "other\n");
    const after = await allUnits(source);
    expect(new Set(after.map(({ version }) => version)).size).toBe(2);
    for (const unit of after) expect((await readAll((await source.open(unit, forever)).bytes)).length).toBe(unit.size);
  });

  it("says that a file was changed after it was listed", async () => {
    await write("a.json");
    const source = await flat();
    const [unit] = await allUnits(source);
    if (unit === undefined) throw new Error("no unit");
    await appendFile(join(root, "a.json"), "more");
    const read = async () => readAll((await source.open(unit, forever)).bytes);
    await expect(read()).rejects.toMatchObject({ class: "replaced" });
  });

  it("waits until a file that was written just now stands still", async () => {
    await write("a.json");
    expect(await rules(await flat(Date.now))).toEqual({ "a.json": null });
  });

  it("does not call a listing complete while a file grows, and lists the others", async () => {
    await write("still.json");
    await write("growing.json");
    const timer = setInterval(() => void appendFile(join(root, "growing.json"), "x").catch(() => {}), 100);
    onTestFinished(() => clearInterval(timer));
    const source = await flat(Date.now);
    const seen: string[] = [];
    const scan = async () => {
      for await (const page of source.scan({ start: "flat", end: "flat" }, forever))
        seen.push(...page.map(({ key }) => key));
    };
    await expect(scan()).rejects.toMatchObject({ class: "transport", code: "FileStillChanging" });
    expect(seen).toEqual(["still.json"]);
  });

  it.skipIf(process.getuid?.() === 0)("lists a file that may not be read, and says so when it is opened", async () => {
    await write("a.json");
    await chmod(join(root, "a.json"), 0);
    const source = await flat();
    const [unit] = await allUnits(source);
    if (unit === undefined) throw new Error("no unit");
    const read = async () => readAll((await source.open(unit, forever)).bytes);
    await expect(read()).rejects.toMatchObject({ class: "refused" });
  });

  it("does not follow a link that was put in the place of a listed file", async () => {
    await write("a.json");
    const source = await flat();
    const [unit] = await allUnits(source);
    if (unit === undefined) throw new Error("no unit");
    await rm(join(root, "a.json"));
    await symlink("/etc/hostname", join(root, "a.json"));
    const read = async () => readAll((await source.open(unit, forever)).bytes);
    await expect(read()).rejects.toMatchObject({ name: "SourceError" });
  });
});
