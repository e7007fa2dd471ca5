import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { DuckDBInstance } from "@duckdb/node-api";
import { writeTraffic } from "../../scripts/demo/traffic/bulk.ts";
import { heapFlags } from "../../server/supervise-ingest.ts";
import { startProgram } from "./program.ts";

export interface IngestBench {
  readonly records: number;
  readonly objects: number;
  readonly textMegabytes: number;
  /** Whole pipeline with signals, process start and compaction included. */
  readonly recordsPerSecond: number;
  /** The same, but no text is searched for signals. */
  readonly withoutSignalsRecordsPerSecond: number;
  readonly peakRssMegabytes: number;
  /** DuckDB reading the same files as JSON, bodies as text, and writing Parquet. */
  readonly baselineRecordsPerSecond: number;
  /** With signals; wanted ≥ 0.5. */
  readonly ratio: number;
  /** Wanted ≥ 0.9. */
  readonly withoutSignalsRatio: number;
}

const rssEveryMs = 250;

export async function benchIngest(options: {
  readonly rows: number;
  readonly seed: number;
  readonly rounds: number;
}): Promise<IngestBench> {
  const root = mkdtempSync(path.join(tmpdir(), "bedrock-audit-bench-"));
  const logs = path.join(root, "logs");
  try {
    const written = await writeTraffic(logs, { seed: options.seed, now: Date.now(), records: options.rows });
    const ingests: { seconds: number; rss: number }[] = [];
    const plain: number[] = [];
    const baselines: number[] = [];
    const data = path.join(root, "data");
    for (let round = 0; round < options.rounds; round += 1) {
      ingests.push(await timedIngest(logs, data));
      rmSync(data, { recursive: true });
      plain.push((await timedIngest(logs, data, { signals: false })).seconds);
      rmSync(data, { recursive: true });
      baselines.push(await timedBaseline(logs, path.join(root, `baseline-${round}.parquet`)));
    }
    const perSecond = written.records / median(ingests.map(({ seconds }) => seconds));
    const plainPerSecond = written.records / median(plain);
    const baseline = written.records / median(baselines);
    return {
      records: written.records,
      objects: written.objects,
      textMegabytes: Math.round(written.textBytes / 1e6),
      recordsPerSecond: Math.round(perSecond),
      withoutSignalsRecordsPerSecond: Math.round(plainPerSecond),
      peakRssMegabytes: Math.max(...ingests.map(({ rss }) => rss)),
      baselineRecordsPerSecond: Math.round(baseline),
      ratio: Number((perSecond / baseline).toFixed(2)),
      withoutSignalsRatio: Number((plainPerSecond / baseline).toFixed(2)),
    };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Seconds of a run in a process of its own, and the most memory that it and its children held together. */
export async function timedIngest(
  logs: string,
  data: string,
  { signals = true, workers }: { readonly signals?: boolean; readonly workers?: number } = {},
): Promise<{ seconds: number; rss: number }> {
  const given = [logs, data, workers === undefined ? "" : String(workers), signals ? "signals" : "none"];
  const running = await startProgram("ingest-run", given, { flags: heapFlags, stdio: "inherit" });
  const from = performance.now();
  let rss = 0;
  const timer = setInterval(() => (rss = Math.max(rss, familyRss(running.pid ?? 0))), rssEveryMs);
  const code = await new Promise<number | null>((resolve) => running.once("exit", resolve));
  clearInterval(timer);
  if (code !== 0) throw new Error(`ingest ended with ${code}`);
  return { seconds: (performance.now() - from) / 1_000, rss: Math.round(rss / 1e6) };
}

/** Resident bytes of a process and all its children; 0 where there is no /proc. */
export function familyRss(pid: number): number {
  return childrenOf(pid).reduce((sum, child) => sum + familyRss(child), rssOf(pid));
}

const pageBytes = 4_096;

export function rssOf(pid: number): number {
  return Number(textOf(`/proc/${pid}/statm`).split(" ")[1] ?? 0) * pageBytes;
}

export function childrenOf(pid: number): number[] {
  const tasks = namesIn(`/proc/${pid}/task`);
  const lists = tasks.map((task) => textOf(`/proc/${pid}/task/${task}/children`));
  return lists.flatMap((list) => list.split(" ").filter(Boolean).map(Number));
}

/** A process may end while it is looked at. */
export function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** What a reader could do at best that only copies: explicit columns, bodies as text, the same compression. */
async function timedBaseline(logs: string, file: string): Promise<number> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const from = performance.now();
  await connection.run(`copy (
    select * from read_json('${logs}/**/*.json.gz', format = 'newline_delimited', maximum_object_size = 16777216,
      ignore_errors = true, columns = {
        schemaType: 'VARCHAR', schemaVersion: 'VARCHAR', timestamp: 'TIMESTAMP', accountId: 'VARCHAR',
        "identity": 'STRUCT(arn VARCHAR)', region: 'VARCHAR', requestId: 'VARCHAR', operation: 'VARCHAR', modelId: 'VARCHAR',
        errorCode: 'VARCHAR', inferenceRegion: 'VARCHAR',
        "input": 'STRUCT(inputBodyJson JSON, inputTokenCount BIGINT, cacheReadInputTokenCount BIGINT, cacheWriteInputTokenCount BIGINT)',
        output: 'STRUCT(outputBodyJson JSON, outputTokenCount BIGINT)' })
    where schemaType = 'ModelInvocationLog'
    order by accountId, region, timestamp, requestId
  ) to '${file}' (format parquet, compression zstd)`);
  const seconds = (performance.now() - from) / 1_000;
  connection.closeSync();
  instance.closeSync();
  return seconds;
}
