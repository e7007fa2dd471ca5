import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { cpus, loadavg, totalmem, tmpdir } from "node:os";
import path from "node:path";
import { randomBytes } from "node:crypto";
import { createApp } from "../../server/app.ts";
import { api } from "../../server/domain/api.ts";
import { InvocationQuery } from "../../server/domain/invocation-answers.ts";
import { MetricQuery, type MetricQueryInput } from "../../server/domain/metric.ts";
import { silentLog } from "../../server/lib/log.ts";
import { answerMetric, type MetricDeps } from "../../server/metrics/answer.ts";
import { findInvocation } from "../../server/metrics/invocation.ts";
import { queryInvocations } from "../../server/metrics/invocations.ts";
import { openPriceBook } from "../../server/pricing/price-book.ts";
import { openStore } from "../../server/store/open-store.ts";
import { Sql, sql } from "../../server/store/sql.ts";
import type { Engine, Store } from "../../server/store/store.ts";
import { fillLake, lakeRange } from "./query-lake.ts";

const runs = 5;
/** Of each query, asked over HTTP on an idle machine of two cores. */
const goalMs = 100;
const month = lakeRange;
const week = { from: "2026-11-17T00:00:00Z", to: month.to };
const oddDay = { from: "2026-11-22T09:05:00Z", to: "2026-11-23T09:05:00Z" };

/** The questions of the dashboard's first screens, and the two that only rows can answer. */
const panels: readonly (readonly [string, Partial<MetricQueryInput>])[] = [
  [
    "four numbers, 24 h at odd minutes, compared",
    {
      range: oddDay,
      measures: ["invocations", "principals", "newPrincipals", "interventions", "detected", "costUsd"],
      compare: "previous",
    },
  ],
  ["calls an hour by status, 7 d", { range: week, dimensions: ["status"], bucket: "1h", top: 7 }],
  ["calls an hour by status, 30 d", { range: month, dimensions: ["status"], bucket: "1d", top: 7 }],
  [
    "top principals, 30 d",
    {
      range: month,
      measures: ["invocations", "totalTokens", "costUsd", "blocked"],
      dimensions: ["principal"],
      top: 10,
    },
  ],
  [
    "top models, 30 d",
    {
      range: month,
      measures: ["invocations", "totalTokens", "costUsd", "pricedShare"],
      dimensions: ["model"],
      top: 10,
    },
  ],
  ["cost a day by model, 30 d", { range: month, measures: ["costUsd"], dimensions: ["model"], bucket: "1d", top: 6 }],
  [
    "cost a day by model, 30 d of Berlin",
    {
      range: { from: "2026-10-25T22:00:00Z", to: "2026-11-23T23:00:00Z" },
      timeZone: "Europe/Berlin",
      measures: ["costUsd"],
      dimensions: ["model"],
      bucket: "1d",
      top: 6,
    },
  ],
  [
    "endpoint types, 30 d",
    { range: month, measures: ["invocations", "costUsd"], dimensions: ["endpoint"], bucket: "1d" },
  ],
  ["residency matrix, 30 d", { range: month, dimensions: ["region", "inferenceRegion"], top: 100 }],
  [
    "regional premium, 30 d",
    {
      range: month,
      measures: ["invocations", "costUsd", "costAtGlobalUsd", "regionalPremiumUsd"],
      dimensions: ["principal", "model"],
      top: 100,
    },
  ],
  [
    "one principal by day, 30 d",
    {
      range: month,
      measures: ["invocations", "costUsd"],
      bucket: "1d",
      filters: [{ field: "principal", op: "in", values: ["111122223333/role/service-3"] }],
    },
  ],
  [
    "latency by model, 24 h (rows)",
    { range: oddDay, measures: ["latencyP50Ms", "latencyP95Ms"], dimensions: ["model"] },
  ],
  [
    "latency by model, 30 d (rows)",
    { range: month, measures: ["latencyP50Ms", "latencyP95Ms"], dimensions: ["model"] },
  ],
  ["sessions of a day (rows)", { range: oddDay, measures: ["invocations"], dimensions: ["session"], top: 50 }],
];

export interface QueryBenchOptions {
  readonly rows?: number;
  readonly json?: boolean;
  /** Folder of a store to ask, which is kept; filled first if it holds nothing. Null: a store of its own, for this run alone. */
  readonly data?: string | null;
}

interface Case {
  readonly name: string;
  readonly run: (engine: Engine) => Promise<unknown>;
  /** The same question to the app: a body is posted. */
  readonly path: string;
  readonly body?: unknown;
}

/** Null in JSON where there was no answer. */
interface Times {
  readonly engineMs: number;
  readonly httpMs: number;
}

/**
 * Times the queries of the dashboard over a generated lake, asked of the code and of the app over HTTP; prints medians of warm runs, each
 * with the cache of results out of play. The process ends with 1 when one of them takes longer than the goal.
 */
export async function benchQueries({ rows = 1_000_000, json = false, data = null }: QueryBenchOptions): Promise<void> {
  const dataDir = data ?? mkdtempSync(path.join(tmpdir(), "bench-queries-"));
  const store = await openStore({ dataDir, clock: Date.now, random: (bytes) => randomBytes(bytes), log: silentLog });
  const server = await serve({ ...store, interactive: uncached(store.interactive) });
  try {
    if ((await store.snapshot()).snapshot === 0) await fill(store, rows);
    const loadBefore = load();
    const coldMs = await elapsedMs(() =>
      store.interactive.query(sql`select count(*) from rollups_day where dt > '2026'`),
    );
    const medians: Record<string, Times> = {};
    const engine = uncached(store.interactive);
    for (const { name, run, path: url, body } of await casesOf(store)) {
      const engineMs = await medianMs(() => run(engine));
      medians[name] = { engineMs, httpMs: await medianMs(() => server.ask(url, body)) };
    }
    const screen = panels.map(([, query]) => ({ measures: ["invocations"], ...query }));
    const screenMs = await medianMs(() => server.askAll(api.metrics.path, screen));
    const missed = Object.keys(medians).filter((name) => (medians[name]?.httpMs ?? 0) >= goalMs);
    print(
      { machine: machine(), load: [loadBefore, load()], rows, runs, goalMs, missed, coldMs, medians, screenMs },
      json,
    );
    if (missed.length > 0) process.exitCode = 1;
  } finally {
    await server.close();
    await store.close();
    if (data === null) rmSync(dataDir, { recursive: true, force: true });
  }
}

async function fill(store: Store, rows: number): Promise<void> {
  const begun = performance.now();
  await fillLake(store, rows, (day) => process.stderr.write(`\r${day} of 30 days`));
  process.stderr.write(`\rlake of ${rows} rows in ${Math.round((performance.now() - begun) / 1000)} s\n`);
}

interface AppServer {
  ask(path: string, body?: unknown): Promise<void>;
  /** Four at a time, as the web does. */
  askAll(path: string, bodies: readonly unknown[]): Promise<void>;
  close(): Promise<void>;
}

async function serve(store: Store): Promise<AppServer> {
  const app = createApp({
    store,
    prices: openPriceBook(),
    demo: false,
    version: "bench",
    timeZone: "UTC",
    revealTtl: 60,
    webDir: null,
    ingestProgress: () => null,
    notWriting: () => null,
    awsRequests: () => [],
  });
  const server = app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  const headers = { "content-type": "application/json", "x-bedrock-audit": "1", origin };
  const ask = async (url: string, body?: unknown) => {
    turn += 1;
    const posted = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    const response = await fetch(origin + url, { headers, ...posted });
    const text = await response.text();
    if (!response.ok) throw new Error(`${url}: ${response.status} ${text}`);
  };
  return {
    ask,
    async askAll(url, bodies) {
      const left = [...bodies];
      const one = async () => {
        for (let body = left.shift(); body !== undefined; body = left.shift()) await ask(url, body);
      };
      await Promise.all([one(), one(), one(), one()]);
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

let turn = 0;

/** Each turn's statements differ in a comment, so that the answer is computed and not remembered. */
function uncached(engine: Engine): Engine {
  return {
    close: () => engine.close(),
    query: (statement, options) =>
      engine.query(new Sql(`/* run ${turn} */ ${statement.text}`, statement.params), options),
  };
}

async function casesOf(store: Store): Promise<readonly Case[]> {
  const { signal } = new AbortController();
  const deps = (engine: Engine): MetricDeps => ({
    engine,
    snapshot: () => store.snapshot(),
    prices: openPriceBook(),
    coverage: [],
    since: null,
    clock: () => Date.parse(month.to),
  });
  const list = (engine: Engine, query: Partial<InvocationQuery>) =>
    queryInvocations(deps(engine), InvocationQuery.parse({ range: month, ...query }), signal);
  const first = await list(store.interactive, {});
  const [item] = first.items;
  if (item === undefined) throw new Error("the lake is empty");
  const record = (engine: Engine) => ({ ...deps(engine), catalog: store.catalog });
  const page = (name: string, query: Partial<InvocationQuery>): Case => ({
    name,
    run: (engine) => list(engine, query),
    path: api.invocations.path,
    body: { range: month, ...query },
  });
  const recordPath = api.invocation.path.replace(":id", encodeURIComponent(item.id));
  return [
    ...panels.map(([name, query]) => {
      const body = { measures: ["invocations"], ...query };
      const parsed = MetricQuery.parse(body);
      return {
        name,
        run: (engine: Engine) => answerMetric(deps(engine), parsed, signal),
        path: api.metrics.path,
        body,
      };
    }),
    page("newest 50 of 30 d", {}),
    page("the page after", { cursor: first.next }),
    page("newest 50 of one principal", { filters: [{ field: "principal", op: "in", values: [item.principalKey] }] }),
    page("dearest 50 of 30 d", { sort: { by: "cost", dir: "desc" } }),
    page("slowest 50 of 30 d", { sort: { by: "latency", dir: "desc" } }),
    {
      name: "one record by id and time",
      run: (engine) => findInvocation(record(engine), item.id, item.time, signal),
      path: `${recordPath}?time=${encodeURIComponent(item.time)}`,
    },
    {
      name: "one record by id",
      run: (engine) => findInvocation(record(engine), item.id, undefined, signal),
      path: recordPath,
    },
  ];
}

async function elapsedMs(run: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await run();
  return Math.round((performance.now() - begun) * 10) / 10;
}

/** Infinity: a turn was refused, or took longer than a query may. */
async function medianMs(run: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index <= runs; index += 1) {
    turn += 1;
    const ms = await elapsedMs(run).catch(() => Infinity);
    if (ms === Infinity) return ms;
    if (index > 0) times.push(ms);
  }
  return times.sort((a, b) => a - b)[Math.floor(runs / 2)] ?? 0;
}

function machine(): string {
  return `${cpus().length} × ${cpus()[0]?.model ?? "?"}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
}

/** Of the last minute: others at work on the machine make every time longer. */
function load(): number {
  return Math.round((loadavg()[0] ?? 0) * 10) / 10;
}

function shown(ms: number): string {
  return Number.isFinite(ms) ? ms.toFixed(1) : "none";
}

interface Report {
  readonly machine: string;
  /** Before and after. */
  readonly load: readonly [number, number];
  readonly rows: number;
  readonly runs: number;
  readonly goalMs: number;
  /** The queries that take that long or longer. */
  readonly missed: readonly string[];
  /** The first query: the engine starts and reads what the files hold. */
  readonly coldMs: number;
  readonly medians: Readonly<Record<string, Times>>;
  /** All panels, four at a time. */
  readonly screenMs: number;
}

function print(report: Report, json: boolean): void {
  if (json) return console.log(JSON.stringify(report));
  const { machine: where, load: loads, rows, missed, coldMs, screenMs } = report;
  const line = (a: string, b: string, name: string) => console.log(`${a.padStart(9)} ${b.padStart(9)}  ${name}`);
  console.log(
    `${where}; load ${loads.join(" to ")}; ${rows} rows, 30 day files, median of ${report.runs} warm runs, ms`,
  );
  line("code", "HTTP", "");
  for (const [name, { engineMs, httpMs }] of Object.entries(report.medians)) {
    line(shown(engineMs), shown(httpMs), `${name}${missed.includes(name) ? "  MISSED" : ""}`);
  }
  line("", screenMs.toFixed(1), `all ${panels.length} panels, four at a time`);
  line(coldMs.toFixed(1), "", "first query of a cold engine");
  const count = Object.keys(report.medians).length;
  console.log(`${count - missed.length} of ${count} queries in less than ${report.goalMs} ms over HTTP`);
}
