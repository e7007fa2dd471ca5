import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { loadConfig } from "../../server/config.ts";
import { api } from "../../server/domain/api.ts";
import { Status } from "../../server/domain/status.ts";
import { silentLog } from "../../server/lib/log.ts";
import { readersBeside, serve } from "../../server/main.ts";
import { storeOf } from "../../server/setup-store.ts";
import { takeLease } from "../../server/store/lease.ts";
import { hourPath, lines, record, Workspace } from "../ingest/kit.ts";

it("serves reads while another process writes the store, and says who does", { timeout: 120_000 }, async () => {
  const data = mkdtempSync(join(tmpdir(), "bedrock-audit-serve-"));
  const folder = join(data, "logs");
  mkdirSync(folder);
  const config = loadConfig({ data: join(data, "store"), port: 0 }, {}, null);
  const writer = await storeOf(config, silentLog);
  const lease = await takeLease(writer, "ingest run");
  const told: string[] = [];
  const tell = (sentence: string) => told.push(sentence);
  const options = { config, folders: [folder], discover: false, demo: false, version: "0", webDir: null };
  const serving = await serve({ ...options, log: silentLog, tell });
  try {
    const status = async () => Status.parse(await (await fetch(serving.url + api.status.path)).json());
    let now = await status();
    while (now.store === "ok") {
      await sleep(200);
      now = await status();
    }
    expect(now).toMatchObject({ store: "read-only", ingest: null });
    expect(now.notWriting).toMatch(/^the store is being written by ingest run \(pid \d+ /);
    expect(told).toEqual([`Reading only: ${now.notWriting}.`]);
  } finally {
    await serving.close();
    await lease.release();
    await writer.close();
    rmSync(data, { recursive: true, force: true });
  }
});

it("judges what it has when it has read what is new, not while it is about to", { timeout: 120_000 }, async () => {
  const workspace = new Workspace({ apart: true });
  try {
    workspace.write(`${hourPath}/one.json.gz`, lines(record("a-1")));
    await workspace.withStore((store) => workspace.ingest(store));
    workspace.write(`${hourPath}/two.json.gz`, lines(record("b-1"), record("b-2")));
    const config = loadConfig({ data: workspace.dataDir, port: 0 }, {}, null);
    const states: string[] = [];
    const log = {
      ...silentLog,
      info: ({ event }: { event: string }) => event === "detections-ran" && states.push(event),
    };
    const serving = await serve({
      config,
      folders: [workspace.logs],
      discover: false,
      demo: false,
      version: "0",
      webDir: null,
      log,
      onProgress: ({ state }) => states.push(state),
      tell() {},
    });
    try {
      const runs = () => serving.store.catalog.selectFrom("detect_runs").select("body").execute();
      await expect.poll(runs, { timeout: 100_000 }).not.toEqual([]);
      const [first] = await runs();
      expect(JSON.parse(first?.body ?? "")).toMatchObject({ records: 3 });
      expect(states[0]).toBe("listing");
      expect(states.slice(0, states.indexOf("detections-ran")).at(-1)).toBe("idle");
    } finally {
      await serving.close();
    }
  } finally {
    workspace.remove();
  }
});

it("reads with a core less than there are, which is for those who ask", () => {
  expect([1, 2, 3, 8].map(readersBeside)).toEqual([1, 1, 2, 4]);
});

it("shows a store that the demo has filled as demo data for ever", { timeout: 120_000 }, async () => {
  const data = mkdtempSync(join(tmpdir(), "bedrock-audit-serve-"));
  const folder = join(data, "logs");
  mkdirSync(folder);
  const config = loadConfig({ data: join(data, "store"), port: 0 }, {}, null);
  const told: string[] = [];
  const options = { config, folders: [folder], discover: false, version: "0", webDir: null, log: silentLog };
  const marked = async (demo: boolean) => {
    const serving = await serve({ ...options, demo, tell: (sentence) => told.push(sentence) });
    try {
      return Status.parse(await (await fetch(serving.url + api.status.path)).json()).demo;
    } finally {
      await serving.close();
    }
  };
  try {
    expect([await marked(false), await marked(true), await marked(false)]).toEqual([false, true, true]);
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
});
