import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { loadConfig } from "../../server/config.ts";
import { api } from "../../server/domain/api.ts";
import { Status } from "../../server/domain/status.ts";
import { CheckReport } from "../../server/domain/compliance.ts";
import { silentLog } from "../../server/lib/log.ts";
import { nodeArguments } from "../../server/lib/worker.ts";
import { type Serving, serve } from "../../server/main.ts";
import { sql } from "../../server/store/sql.ts";
import { hourPath, lines, record, Workspace } from "../ingest/kit.ts";
import { childPids } from "../store/child-pids.ts";

/* One server that writes its store; every other command beside it works, or says who holds what. */

const program = nodeArguments(new URL("../../scripts/bedrock-audit", import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

let workspace: Workspace;
let server: Serving;

beforeAll(async () => {
  workspace = new Workspace({ apart: true });
  mkdirSync(path.join(workspace.logs, hourPath), { recursive: true });
  workspace.write(`${hourPath}/one.json.gz`, lines(record("a-1"), record("a-2"), "{no record"));
  const config = loadConfig({ data: workspace.dataDir, port: 0 }, {}, null);
  const where = { folders: [workspace.logs], discover: false, demo: false, webDir: null };
  server = await serve({ config, ...where, version: "0", log: silentLog, tell() {} });
  const status = async () => Status.parse(await (await fetch(server.url + api.status.path)).json());
  while ((await status()).counts.read < 3) await sleep(100);
});

afterAll(async () => {
  await server.close();
  workspace.remove();
});

/** The command beside the server, ended by SIGTERM once it has said `until`; null: when it ends by itself. */
function beside(args: readonly string[], until: RegExp | null = null): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const cwd = workspace.root;
    const env = { PATH: process.env["PATH"], HOME: cwd, AWS_EC2_METADATA_DISABLED: "true" };
    const running = spawn(process.execPath, [...program, ...args], { cwd, env });
    let [out, err] = ["", ""];
    let told = false;
    const heard = () => {
      if (told || until?.test(out + err) !== true) return;
      told = running.kill("SIGTERM");
    };
    running.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString("utf8");
      heard();
    });
    running.stderr.on("data", (chunk: Buffer) => {
      err += chunk.toString("utf8");
      heard();
    });
    running.once("error", reject);
    running.once("close", (code) => resolve({ code, out, err }));
  });
}

const data = () => ["--data", workspace.dataDir];
const heldByServer = () =>
  new RegExp(`the store is being written by serve \\(pid \\d+ on ${hostname()}, since 20\\d\\d-\\d\\d-\\d\\dT\\S+\\)`);

/** Of each thread of each process of the server's that runs this module: how far it stands back. */
function niceness(module: string): readonly (readonly number[])[] {
  const running = childPids().filter((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(`/${module}.`));
  return running.map((pid) =>
    readdirSync(`/proc/${pid}/task`).map((thread) => {
      const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, "utf8");
      return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[16]);
    }),
  );
}

it.runIf(process.platform === "linux")(
  "who looks goes before detections, and both before every thread that reads logs",
  async () => {
    const { batch, interactive } = server.store;
    await Promise.all([batch, interactive].map((engine) => engine.query(sql`select 1 as one`)));
    const [ingest = [], ...others] = niceness("supervised-ingest");
    expect(others).toEqual([]);
    expect(ingest.length).toBeGreaterThan(4);
    expect(new Set(ingest)).toEqual(new Set([15]));
    const engines = niceness("engine-child").map((threads) => [...new Set(threads)].join(" "));
    expect(engines.toSorted()).toEqual(["10", "3"]);
  },
);

it("ingest status, verify and the quarantine are read", async () => {
  const status = await beside(["ingest", "status", "--json", ...data()]);
  expect([status.code, status.err]).toEqual([0, ""]);
  expect(JSON.parse(status.out)).toMatchObject({ store: "ok", counts: { read: 3, stored: 2, quarantined: 1 } });
  const listed = await beside(["ingest", "quarantine", "list", ...data()]);
  expect([listed.code, listed.out]).toEqual([0, expect.stringContaining("open not-json")]);
  const verified = await beside(["ingest", "verify", ...data()]);
  expect([verified.code, verified.out]).toEqual([0, expect.stringContaining("everything adds up")]);
});

it("detect judges, and keeps its findings", async () => {
  const from = ["--from", "2026-11-20", "--to", "2026-11-21"];
  const { code, err } = await beside(["detect", ...from, "--fail-on", "none", ...data()]);
  expect(err).toMatch(/ detections ran over 2 records, /);
  expect([0, 4]).toContain(code);
});

it("report makes its document, and notes that it did", async () => {
  const window = ["--from", "2026-11-20", "--to", "2026-11-21"];
  const made = await beside(["report", "run", ...window, "--format", "json", ...data()]);
  expect([0, 4]).toContain(made.code);
  expect(() => JSON.parse(made.out) as unknown).not.toThrow();
  expect(made.err).not.toContain("could not note");
  const listed = await beside(["report", "list", ...data()]);
  expect([listed.code, listed.out]).toEqual([0, expect.stringContaining(": 2026-11-20T")]);
});

it("check looks, and keeps its run", async () => {
  const { code, err, out } = await beside([
    "check",
    "--demo",
    "--region",
    "us-east-1",
    "--format",
    "json",
    "--fail-on",
    "none",
    ...data(),
  ]);
  expect([0, 4], err).toContain(code);
  const { run } = CheckReport.parse(JSON.parse(out));
  const kept = await server.store.catalog.selectFrom("check_runs").select("id").execute();
  expect(kept).toEqual([{ id: run.id }]);
});

it.each([
  ["ingest run", ["ingest", "run", "--once", "--folder", "logs"]],
  ["ingest compact", ["ingest", "compact"]],
  ["ingest retain", ["ingest", "retain"]],
  ["ingest erase", ["ingest", "erase", "--request", "a", "--reason", "a test"]],
])("%s says who writes the store, and ends with 5", async (_, args) => {
  const { code, err, out } = await beside([...args, ...data()]);
  expect([code, out]).toEqual([5, ""]);
  expect(err).toMatch(new RegExp(`^${heldByServer().source}\\nWait until it has ended, or stop it\\.\\n$`));
});

it("a second server serves what is stored, and says who writes", async () => {
  const { code, err, out } = await beside(["serve", "--port", "0", "--folder", "logs", ...data()], /Reading only: /);
  expect(out).toMatch(/^Dashboard: http:\/\/127\.0\.0\.1:\d+$/m);
  expect(err).toMatch(
    new RegExp(`^Reading only: ${heldByServer().source}\\. Wait until it has ended, or stop it\\.$`, "m"),
  );
  expect(code).toBe(0);
});

it("what only reads makes no store where there is none, and says so", async () => {
  const none = path.join(workspace.root, "none");
  const status = await beside(["ingest", "status", "--json", "--data", none]);
  expect([status.code, JSON.parse(status.out)]).toMatchObject([0, { snapshot: 0, counts: { read: 0 }, sources: [] }]);
  expect(status.err).toBe(`There is no store in ${none} yet: nothing was read into it.\n`);
  for (const args of [["detect"], ["report", "list"], ["ingest", "verify"]]) {
    const { code, err, out } = await beside([...args, "--data", none]);
    expect([code, out]).toEqual([3, ""]);
    expect(err).toBe(
      `there is no store in ${none}\nName its folder with --data, or read logs into it first with "bedrock-audit ingest run".\n`,
    );
  }
  expect(existsSync(none)).toBe(false);
});
