import { mkdtempSync, rmSync } from "node:fs";
import { cpus, totalmem, tmpdir } from "node:os";
import path from "node:path";
import { randomBytes } from "node:crypto";
import { InvocationQuery } from "../../server/domain/api.ts";
import { MetricQuery, type MetricQueryInput } from "../../server/domain/metric.ts";
import { silentLog } from "../../server/lib/log.ts";
import { answerMetric, type MetricDeps } from "../../server/metrics/answer.ts";
import { findInvocation } from "../../server/metrics/invocation.ts";
import { queryInvocations } from "../../server/metrics/invocations.ts";
import { openPriceBook } from "../../server/pricing/price-book.ts";
import { openStore } from "../../server/store/open-store.ts";
import { Sql } from "../../server/store/sql.ts";
import type { Engine, Store } from "../../server/store/store.ts";
import { fillLake, lakeRange } from "./query-lake.ts";

const runs = 5;
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
}

interface Case {
  readonly name: string;
  readonly run: (engine: Engine) => Promise<unknown>;
}

/** Times the queries of the dashboard over a generated lake; prints medians of warm runs, each with the cache of results out of play. */
export async function benchQueries({ rows = 1_000_000, json = false }: QueryBenchOptions): Promise<void> {
  const dataDir = mkdtempSync(path.join(tmpdir(), "bench-queries-"));
  const store = await openStore({ dataDir, clock: Date.now, random: (bytes) => randomBytes(bytes), log: silentLog });
  try {
    const begun = performance.now();
    await fillLake(store, rows, (day) => process.stderr.write(`\r${day} of 30 days`));
    process.stderr.write(`\rlake of ${rows} rows in ${Math.round((performance.now() - begun) / 1000)} s\n`);
    const medians: Record<string, number> = {};
    for (const { name, run } of await casesOf(store))
      medians[name] = await medianMs(() => run(uncached(store.interactive)));
    print({ machine: machine(), rows, runs, medians }, json);
  } finally {
    await store.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

let turn = 0;

/** Each statement differs in a comment, so that the answer is computed and not remembered. */
function uncached(engine: Engine): Engine {
  turn += 1;
  const mark = turn;
  return {
    close: () => engine.close(),
    query: (statement, options) =>
      engine.query(new Sql(`/* run ${mark} */ ${statement.text}`, statement.params), options),
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
  return [
    ...panels.map(([name, query]) => {
      const parsed = MetricQuery.parse({ measures: ["invocations"], ...query });
      return { name, run: (engine: Engine) => answerMetric(deps(engine), parsed, signal) };
    }),
    { name: "newest 50 of 30 d", run: (engine) => list(engine, {}) },
    { name: "the page after", run: (engine) => list(engine, { cursor: first.next }) },
    {
      name: "newest 50 of one principal",
      run: (engine) => list(engine, { filters: [{ field: "principal", op: "in", values: [item.principalKey] }] }),
    },
    { name: "dearest 50 of 30 d", run: (engine) => list(engine, { sort: { by: "cost", dir: "desc" } }) },
    { name: "one record by id and time", run: (engine) => findInvocation(record(engine), item.id, item.time, signal) },
    { name: "one record by id", run: (engine) => findInvocation(record(engine), item.id, undefined, signal) },
  ];
}

async function medianMs(run: () => Promise<unknown>): Promise<number> {
  await run();
  const times: number[] = [];
  for (let index = 0; index < runs; index += 1) {
    const begun = performance.now();
    await run();
    times.push(performance.now() - begun);
  }
  return Math.round((times.sort((a, b) => a - b)[Math.floor(runs / 2)] ?? 0) * 10) / 10;
}

function machine(): string {
  return `${cpus().length} × ${cpus()[0]?.model ?? "?"}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
}

interface Report {
  readonly machine: string;
  readonly rows: number;
  readonly runs: number;
  readonly medians: Readonly<Record<string, number>>;
}

function print(report: Report, json: boolean): void {
  if (json) return console.log(JSON.stringify(report));
  console.log(`${report.machine}; ${report.rows} rows, 30 day files, median of ${report.runs} warm runs, ms`);
  for (const [name, ms] of Object.entries(report.medians)) console.log(`${ms.toFixed(1).padStart(9)}  ${name}`);
}
