import { mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { expect, it } from "vitest";
import { type ConfiguredSource, configuredSources, type Discovered } from "../../server/ingest/discovery.ts";
import { ingest, type IngestRun } from "../../server/ingest.ts";
import { findSources } from "../../server/setup.ts";
import { openFolder } from "../../server/sources/folder.ts";
import { type ListFolder, readTree } from "../../server/sources/folder-tree.ts";
import { ingestStatus } from "../../server/store/catalog/coverage.ts";
import { closeSources, noteUnopened } from "../../server/store/catalog/unopened-places.ts";
import { takeLease } from "../../server/store/lease.ts";
import type { Store } from "../../server/store/store.ts";
import { account } from "../aws/small-world.ts";
import { bucketOf, homeRegion } from "../faults/stage.ts";
import { openTrial, type Trial } from "../faults/trial.ts";
import { hour, minute } from "../faults/virtual-time.ts";
import { anHourOn, hourPath, inWorkspace, lines, record } from "./kit.ts";

const { signal } = new AbortController();

async function told(store: Store): Promise<readonly (string | null)[]> {
  return (await ingestStatus(store)).findings.filter(({ kind }) => kind === "place-not-opened").map(({ key }) => key);
}

async function states(store: Store): Promise<readonly (readonly [string, string, string | null])[]> {
  const { sources } = await ingestStatus(store);
  return sources
    .map(({ place, reason, state }) => [path.basename(place), state, reason] as const)
    .toSorted((a, b) => a.join(" ").localeCompare(b.join(" ")));
}

/** As a run begins: asks for the sources, says which are closed, and reads the others. */
async function run(store: Store, paths: readonly string[]): Promise<IngestRun> {
  const places = paths.map((folder): ConfiguredSource => ({ kind: "folder", path: folder }));
  const found = await findSources(store, null, () => configuredSources(places, { aws: null, clock: Date.now, signal }));
  const open = new Set(found.sources.map(({ source }) => source.id));
  await closeSources(store.catalog, found.problems, { at: store.clock(), open });
  const lease = await takeLease(store, "test");
  try {
    return await ingest({ store, lease, sources: found.sources }, { once: true, since: "30d", signal, workers: 1 });
  } finally {
    await lease.release();
  }
}

it("a folder that is not there is missing since then, all else is read, and it is read when it comes", () =>
  inWorkspace(async (workspace) => {
    const { logs, root } = workspace;
    const gone = path.join(root, "gone");
    workspace.write(`${hourPath}/one.json.gz`, lines(record("a-1")));
    await workspace.withStore(async (store) => {
      workspace.now = Date.parse("2026-11-20T12:00:00Z");
      expect(await run(store, [gone, logs])).toMatchObject({ counts: { stored: 1 }, sources: 3, listed: 2 });
      expect(await states(store)).toEqual([
        ["gone", "missing", "listing failed: ENOENT"],
        ["logs", "active", null],
        ["logs", "active", null],
      ]);
      workspace.now += hour;
      await run(store, [gone, logs]);
      expect(await told(store)).toEqual([
        `The folder ${gone} could not be opened since 2026-11-20T12:00:00.000Z: ENOENT. Mount it and let this program read ` +
          "all that lies in it, or take it out of the configuration. It is tried again every hour.",
      ]);
      const [missing] = (await ingestStatus(store)).sources.filter(({ state }) => state === "missing");
      expect(missing?.stateSince).toBe("2026-11-20T12:00:00.000Z");

      mkdirSync(gone);
      workspace.write("../gone/AWSLogs/x.jsonl", lines(record("a-2")));
      expect((await run(store, [gone, logs])).counts.stored).toBe(1);
      expect((await states(store)).map(([, state]) => state)).toEqual(["active", "active", "active"]);
      expect(await told(store)).toEqual([]);
    });
  }));

it("no source of a folder that is gone stays active, whatever link leads to it, and a file in its place is no folder", () =>
  inWorkspace(async (workspace) => {
    const { logs, root } = workspace;
    const link = path.join(root, "link");
    symlinkSync("logs", link);
    workspace.write(`${hourPath}/one.json.gz`, lines(record("a-1")));
    await workspace.withStore(async (store) => {
      await run(store, [link]);
      renameSync(logs, `${logs}-away`);
      await run(store, [link]);
      const closed = "its place could not be opened: ENOENT";
      expect(await states(store)).toEqual([
        ["logs", "missing", closed],
        ["logs", "missing", "listing failed: ENOENT"],
      ]);
      workspace.write("../logs", "no folder");
      await run(store, [link]);
      expect((await told(store))[0]).toContain("ENOTDIR");
      rmSync(logs);
      renameSync(`${logs}-away`, logs);
      await run(store, [link]);
      expect((await states(store)).map(([, state]) => state)).toEqual(["active", "active"]);
    });
  }));

it("a folder in a folder that may not be read holds back its hours until it can, and all around it is read", () =>
  inWorkspace(async (workspace) => {
    const { logs } = workspace;
    const call = (day: number) => record(`a-${day}`, { timestamp: `2026-11-${day}T09:15:00Z` });
    // Three refusals in a row end the look at a place that does not answer: these are four.
    for (const day of [14, 16, 17, 18, 19, 20])
      workspace.write(`${hourPath.replace("11/20", `11/${day}`)}/one.json.gz`, lines(call(day)));
    workspace.write("flat.jsonl", lines(record("a-flat")));
    let refused = /2026\/11\/1[6-9]$/;
    const list: ListFolder = async (folder) => {
      if (refused.test(folder)) throw Object.assign(new Error("refused"), { code: "EACCES" });
      return readdir(folder, { withFileTypes: true });
    };
    const { sources: opened, unread } = await openFolder({
      path: logs,
      clock: anHourOn,
      readFolder: (root) => readTree(root, list),
    });
    expect([...unread.keys()].map((folder) => path.basename(folder)).toSorted()).toEqual(["16", "17", "18", "19"]);
    const sources = opened.map((source) => ({ source, origin: "configured" as const }));
    await workspace.withStore(async (store) => {
      const read = async () => {
        const lease = await takeLease(store, "test");
        try {
          return await ingest({ store, lease, sources }, { once: true, since: "30d", signal, workers: 1 });
        } finally {
          await lease.release();
        }
      };
      workspace.now = Date.parse("2026-11-20T12:00:00Z");
      expect(await read()).toMatchObject({ counts: { stored: 3 }, sources: 2, listed: 1 });
      expect(await states(store)).toEqual([
        ["logs", "active", null],
        ["logs", "degraded", "a part of it could not be listed: EACCES"],
      ]);
      expect((await ingestStatus(store)).targets).toMatchObject([
        { readThrough: null, hole: { from: "2026-11-16T00:00:00.000Z", reason: "listing failed: EACCES" } },
      ]);
      refused = /^none$/;
      workspace.now += hour;
      expect(await read()).toMatchObject({ counts: { stored: 4 }, listed: 2 });
      expect((await states(store)).map(([, state]) => state)).toEqual(["active", "active"]);
      expect((await ingestStatus(store)).targets).toMatchObject([
        { readThrough: "2026-11-20T10:00:00.000Z", hole: null },
      ]);
    });
  }));

async function runOnBucket(trial: Trial): Promise<Discovered> {
  const bucket = bucketOf(homeRegion);
  const place: ConfiguredSource = { kind: "s3", bucket, prefixes: [""], bucketOwner: account, region: homeRegion };
  let found: Discovered | null = null;
  await trial.run({
    find: async (aws) => (found ??= await configuredSources([place], { aws, clock: trial.clock, signal })),
  });
  if (found === null) throw new Error("nobody asked for the sources");
  return found;
}

it("a place that AWS did not refuse is told without a grant that would not help", () =>
  inWorkspace((workspace) =>
    workspace.withStore(async (store) => {
      const bucket = { kind: "bucket", place: "s3://central-logs", code: "CredentialsProviderError", covers: null };
      const tell = async (state: "degraded" | "missing") => {
        await noteUnopened(store.catalog, [{ ...bucket, kind: "bucket", state }], { at: 0, whole: true });
        return told(store);
      };
      expect(await tell("degraded")).toEqual([expect.stringContaining("Error. AWS did not refuse: look whether this")]);
      expect(await tell("missing")).toEqual([expect.stringContaining("Error. Grant s3:ListBucket on it")]);
    }),
  ));

it("a bucket whose listing is refused is told with place, reason and remedy until it opens", async () => {
  const trial = await openTrial({ deliveries: { [homeRegion]: "s3" } });
  const { stage, time } = trial;
  const bucket = bucketOf(homeRegion);
  const at = time.now - 90 * minute;
  stage.put([stage.call(at)], at);
  await runOnBucket(trial);
  const store = await trial.store();
  expect(await told(store)).toEqual([]);
  const since = new Date(time.now).toISOString();
  trial.plan([{ api: "ListObjectsV2", count: 999, do: { kind: "deny" } }]);
  const { problems } = await runOnBucket(trial);
  expect(await told(store)).toEqual([
    `The bucket s3://${bucket} could not be opened since ${since}: AccessDenied. Grant s3:ListBucket on it, and look ` +
      "whether its name, region, owner and role are right in the configuration. It is tried again every hour.",
  ]);
  expect((await states(store)).map(([, state]) => state)).toEqual(["active"]);
  await closeSources(store.catalog, problems, { at: time.now, open: new Set() });
  expect((await states(store)).map(([, ...state]) => state)).toEqual([
    ["denied", "its place could not be opened: AccessDenied"],
  ]);
  trial.plan([]);
  await runOnBucket(trial);
  expect(await told(store)).toEqual([]);
  expect((await states(store)).map(([, state]) => state)).toEqual(["active"]);
});

it("a bucket that has left the configuration, and cannot be opened any more, is told like the others", async () => {
  const trial = await openTrial({ deliveries: { [homeRegion]: "s3" } });
  await trial.run();
  const store = await trial.store();
  trial.plan([{ api: "GetCallerIdentity", count: 99, do: { kind: "deny" } }]);
  const target = { accountId: account, region: homeRegion, logging: "off", error: null } as const;
  const found = await findSources(store, trial.openAws(), async () => ({
    sources: [],
    problems: [],
    targets: [target],
  }));
  expect(found.sources).toEqual([]);
  expect(found.problems).toMatchObject([{ kind: "bucket", covers: `s3://${bucketOf(homeRegion)}/`, state: "denied" }]);
  expect(await told(store)).toEqual([expect.stringContaining(`The bucket s3://${bucketOf(homeRegion)}/`)]);
});

it("of more places than are named, the number is told", () =>
  inWorkspace(async (workspace) => {
    await workspace.withStore(async (store) => {
      const places = Array.from({ length: 103 }, (_, n) => `1111${String(n).padStart(8, "0")}`).map((place) => ({
        kind: "account" as const,
        place,
        code: "AccessDenied",
        state: "denied" as const,
        covers: `${place}/`,
      }));
      await noteUnopened(store.catalog, places, { at: store.clock(), whole: true });
      const lines = await told(store);
      expect(lines).toHaveLength(101);
      expect(lines.filter((line) => line?.startsWith("The account 1111"))).toHaveLength(100);
      expect(lines).toContain("3 more places could not be opened. The log of this program names each.");
    });
  }));
