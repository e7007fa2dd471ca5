import { execFileSync } from "node:child_process";
import { appendFile, chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { folderSources } from "../../server/sources/folder.ts";
import { fileBytes } from "../../server/sources/folder-file.ts";
import { type ListFolder, readTree } from "../../server/sources/folder-tree.ts";
import type { Source, SourceError } from "../../server/sources/source.ts";
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

/** As one who may not do everything, which root may. */
async function withoutPrivilege(work: () => Promise<void>): Promise<void> {
  if (process.getuid?.() !== 0) return work();
  process.seteuid?.(65_534);
  try {
    await work();
  } finally {
    process.seteuid?.(0);
  }
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

  describe("of which a part can't be listed", () => {
    const bedrock = "AWSLogs/111122223333/BedrockModelInvocationLogs/us-east-1";

    /** Its sources by region, where the disk refuses one folder. */
    async function refusing(folder: string): Promise<(region: string | null) => Source> {
      const list: ListFolder = async (path) => {
        if (path === join(root, folder)) throw Object.assign(new Error("refused"), { code: "EACCES" });
        return readdir(path, { withFileTypes: true });
      };
      const readFolder: typeof readTree = (path) => readTree(path, list);
      const sources = await folderSources({ path: root, clock: later, readFolder });
      return (region) => {
        const source = sources.find(({ scope }) => (scope?.region ?? null) === region);
        if (source === undefined) throw new Error(`no source in ${region}`);
        return source;
      };
    }

    async function hoursOf(source: Source): Promise<readonly string[]> {
      const found: string[] = [];
      const ever = { from: "2000-01-01T00:00:00.000Z", to: "2100-01-01T00:00:00.000Z" };
      for await (const { start } of source.windows(ever, Date.now())) found.push(start);
      return found;
    }

    /** Keys of an hour, and how its listing ended. */
    async function listing(source: Source, start: string) {
      const keys: string[] = [];
      const scan = async () => {
        for await (const page of source.scan({ start, end: start }, forever)) keys.push(...page.map(({ key }) => key));
        return "whole";
      };
      const end = await scan().catch((error: SourceError) => `${error.class} ${error.code} ${error.isPart}`);
      return { keys, end };
    }

    const [hour, midnight] = ["2026-09-15T10:00:00.000Z", "2026-09-16T00:00:00.000Z"];

    beforeEach(async () => {
      await write(`${bedrock}/2026/09/15/10/x.json.gz`);
      await write(`${bedrock}/2026/09/16/11/y.json.gz`);
      await write("notes.jsonl");
    });

    it("has a hole where a day is not shown, and lists all else", async () => {
      const sources = await refusing(`${bedrock}/2026/09/16`);
      expect(await hoursOf(sources("us-east-1"))).toEqual([midnight, hour]);
      expect(await listing(sources("us-east-1"), midnight)).toEqual({ keys: [], end: "refused EACCES true" });
      expect(await listing(sources("us-east-1"), "2026-09-16T11:00:00.000Z")).toMatchObject({
        end: "refused EACCES true",
      });
      expect(await listing(sources("us-east-1"), hour)).toEqual({
        keys: [`${bedrock}/2026/09/15/10/x.json.gz`],
        end: "whole",
      });
      expect(await listing(sources(null), "flat")).toEqual({ keys: ["notes.jsonl"], end: "whole" });
    });

    it("lists the records of an hour whose bodies it may not, and does not call it whole", async () => {
      await write(`${bedrock}/2026/09/15/10/data/1_input.json.gz`);
      const sources = await refusing(`${bedrock}/2026/09/15/10/data`);
      expect(await listing(sources("us-east-1"), hour)).toEqual({
        keys: [`${bedrock}/2026/09/15/10/x.json.gz`],
        end: "refused EACCES true",
      });
      const body = sources("us-east-1").bodies[0]?.open(`${bedrock}/2026/09/15/10/data/1_input.json.gz`, {
        maxBytes: 100,
        signal: forever,
      });
      await expect(body).resolves.toMatchObject({ length: 8 });
    });

    it("is closed for a target of which nothing is shown", async () => {
      const sources = await refusing(bedrock);
      await expect(hoursOf(sources("us-east-1"))).rejects.toMatchObject({ class: "refused", isPart: false });
      expect(await listing(sources(null), "flat")).toEqual({ keys: ["notes.jsonl"], end: "whole" });
    });

    it("calls nothing whole when a folder is not shown that may hold anything", async () => {
      await write("more/z.jsonl");
      const sources = await refusing("more");
      expect(await listing(sources("us-east-1"), hour)).toMatchObject({ end: "refused EACCES true", keys: [{}] });
      expect(await listing(sources(null), "flat")).toEqual({ keys: ["notes.jsonl"], end: "refused EACCES true" });
    });

    it("does not call a file gone that may be there", async () => {
      const unit = { kind: "file", version: "v", size: 8, lastModified: null, window: hour, ignored: null } as const;
      const sources = await refusing(`${bedrock}/2026/09/16`);
      const open = (key: string) => sources("us-east-1").open({ ...unit, key }, forever);
      await expect(open(`${bedrock}/2026/09/16/11/y.json.gz`)).rejects.toMatchObject({ class: "refused" });
      await expect(open(`${bedrock}/2026/09/15/10/none.json.gz`)).rejects.toMatchObject({ class: "gone" });
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

  it("lists a file that may not be read, and says so when it is opened", async () => {
    await write("a.json");
    await chmod(join(root, "a.json"), 0);
    await chmod(root, 0o755);
    await withoutPrivilege(async () => {
      const source = await flat();
      const [unit] = await allUnits(source);
      if (unit === undefined) throw new Error("no unit");
      const read = async () => readAll((await source.open(unit, forever)).bytes);
      await expect(read()).rejects.toMatchObject({ class: "refused" });
    });
  });

  it("does not wait for a pipe that was put in the place of a file", async () => {
    const pipe = join(root, "a.json");
    execFileSync("mkfifo", [pipe]);
    const chunks: Buffer[] = [];
    for await (const chunk of fileBytes(pipe, forever)) chunks.push(chunk);
    expect(chunks).toEqual([]);
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
