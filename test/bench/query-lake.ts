import { mkdirSync } from "node:fs";
import path from "node:path";
import { DuckDBInstance, type DuckDBConnection } from "@duckdb/node-api";
import { rowSums } from "../../server/metrics/catalog.ts";
import { commit } from "../../server/store/commit.ts";
import type { StagedSegment } from "../../server/store/lake.ts";
import { takeLease } from "../../server/store/lease.ts";
import { parquetOptions } from "../../server/store/segments/parquet-options.ts";
import { sealFile } from "../../server/store/segments/segment-file.ts";
import type { Store } from "../../server/store/store.ts";
import {
  orderOf,
  rollupTables,
  tables,
  type RollupTable,
  type Table,
  type TableName,
} from "../../server/store/tables.ts";

const days = 30;

/** The first instant of a generated lake and the one after its last. */
export const lakeRange = { from: "2026-10-25T00:00:00.000Z", to: "2026-11-24T00:00:00.000Z" } as const;

/**
 * Fills a store with rows of believable spread, one segment a table and day: 200 principals of very unequal diligence, 8 models,
 * 3 accounts, 6 regions. Made by the engine from row numbers, so that it is the same each time and quick.
 */
export async function fillLake(store: Store, rows: number, onDay: (day: number) => void): Promise<void> {
  // As reading does: without its key a store that holds something is not read into.
  store.hmacKey();
  const lease = await takeLease(store, "bench");
  const instance = await DuckDBInstance.create(":memory:", {
    threads: "2",
    memory_limit: "1200MB",
    temp_directory: store.paths.tmp,
  });
  const connection = await instance.connect();
  for (let day = 0; day < days; day += 1) {
    const segments = await stageDay(connection, store, day, Math.ceil(rows / days));
    await commit(store, lease, { batchId: `bench-${day}`, kind: "ingest", segments });
    onDay(day + 1);
  }
  connection.closeSync();
  instance.closeSync();
  await lease.release();
}

async function stageDay(
  connection: DuckDBConnection,
  store: Store,
  day: number,
  rows: number,
): Promise<StagedSegment[]> {
  const dt = new Date(Date.parse(lakeRange.from) + day * 86_400_000).toISOString().slice(0, 10);
  await connection.run(
    `create or replace temp table day_rows as ${selectAll("invocations", `(${daySql(dt, day * rows, rows)})`)}`,
  );
  const selects: readonly (readonly [TableName, string])[] = [
    ["invocations", "select * from day_rows"],
    ...rollupTables.map((table) => [table, rollupSql(table)] as const),
    ["sightings", sightingSql],
  ];
  const folder = path.join(store.paths.staging, dt);
  mkdirSync(folder, { recursive: true });
  const staged: StagedSegment[] = [];
  for (const [table, select] of selects) {
    const stagedFile = path.join(folder, `${table}.parquet`);
    const format = parquetOptions(table);
    await connection.run(`copy (${select} order by ${orderOf(tables[table])}) to '${stagedFile}' (${format})`);
    const count = (await connection.runAndReadAll(`select count(*) from read_parquet('${stagedFile}')`)).getRowsJS();
    const start = Date.parse(`${dt}T00:00:00Z`);
    staged.push({
      table,
      dt,
      stagedFile,
      rows: Number(count[0]?.[0]),
      ...(await sealFile(stagedFile)),
      minTime: start,
      maxTime: start + 86_399_999,
    });
  }
  return staged;
}

/** Column by column where the generator has a value, NULL where it has none. */
function selectAll(table: TableName, from: string): string {
  const { columns }: Table = tables[table];
  const given = new Set([...generated.keys(), "time", "ingested_at"]);
  return `select ${Object.entries(columns)
    .map(([name, type]) =>
      given.has(name) ? `cast(${name} as ${type}) as ${name}` : `cast(null as ${type}) as ${name}`,
    )
    .join(", ")} from ${from}`;
}

const listOf = (values: readonly string[]) => `[${values.map((value) => `'${value}'`).join(", ")}]`;
const part = (salt: number, of: number) => `cast(hash(n * 31 + ${salt}) % ${of} as bigint)`;
/** As `part`, but the same for all calls of a principal; `turns` values in turn. */
const ofCaller = (salt: number, of: number, turns = 1) =>
  `cast(hash(caller * 131 + ${salt} + ${part(salt, turns)}) % ${of} as bigint)`;
/** One of `of` numbers, the low ones far more often. */
const skewed = (salt: number, of: number) => `cast(floor(pow(${part(salt, 1000)} / 1000.0, 3) * ${of}) as bigint)`;
const oneOf = (values: readonly string[], salt: number) => `(${listOf(values)})[1 + ${skewed(salt, values.length)}]`;

const callers = (values: readonly string[], salt: number, turns = 1) =>
  `(${listOf(values)})[1 + ${ofCaller(salt, values.length, turns)}]`;

const models = [
  "anthropic.claude-sonnet-4-5-20250929-v1:0",
  "anthropic.claude-haiku-4-5-20251001-v1:0",
  "anthropic.claude-opus-4-5-20251101-v1:0",
  "anthropic.claude-sonnet-4-20250514-v1:0",
  "amazon.nova-lite-v1:0",
  "anthropic.claude-3-haiku-20240307-v1:0",
  "meta.llama3-3-70b-instruct-v1:0",
  "nobody.has-a-price-v1:0",
];

const generated: ReadonlyMap<string, string> = new Map([
  ["caller", skewed(6, 200)],
  ["account_id", callers(["111122223333", "444455556666", "777788889999"], 1)],
  ["region", callers(["us-east-1", "eu-central-1", "us-west-2", "eu-west-1", "ap-northeast-1", "ca-central-1"], 2)],
  ["request_id", "md5(cast(n as varchar))"],
  ["request_id_logged", "md5(cast(n as varchar))"],
  ["record_hash", "cast(n as bigint)"],
  ["operation", oneOf(["Converse", "InvokeModel", "ConverseStream", "InvokeModelWithResponseStream"], 3)],
  ["model", callers(models, 4, 2)],
  ["provider", "split_part(model, '.', 1)"],
  ["endpoint_type", callers(["global", "geo", "in-region"], 5)],
  ["geo", "case endpoint_type when 'global' then 'global' when 'geo' then 'us' end"],
  ["model_id", "case when endpoint_type = 'in-region' then model else geo || '.' || model end"],
  ["principal", "'role/service-' || caller"],
  ["principal_key", "account_id || '/' || principal"],
  ["actor_class", callers(["role", "lambda", "sso-human", "iam-user"], 7)],
  ["session_name", `'session-' || ${part(8, 5000)}`],
  [
    "status",
    oneOf(["success", "success", "success", "success", "throttled", "client-error", "blocked", "server-error"], 9),
  ],
  [
    "error_code",
    "case status when 'throttled' then 'ThrottlingException' when 'client-error' then 'ValidationException' when 'server-error' then 'InternalServerException' end",
  ],
  [
    "residency",
    "case when endpoint_type = 'in-region' then 'in-region-endpoint' when error_code is not null then 'did-not-run' else 'same-region' end",
  ],
  ["inference_region", "case when residency = 'same-region' then region end"],
  ["input_tokens", `case when error_code is null then 200 + ${part(10, 8000)} end`],
  ["output_tokens", `case when error_code is null then 20 + ${part(11, 1500)} end`],
  ["cache_read_tokens", `case when error_code is null and ${part(12, 3)} = 0 then ${part(13, 20000)} end`],
  ["cache_write_tokens", `case when cache_read_tokens > 15000 then ${part(14, 4000)} end`],
  ["context_tokens", "input_tokens + coalesce(cache_read_tokens, 0) + coalesce(cache_write_tokens, 0)"],
  ["latency_ms", `case when operation <> 'InvokeModel' then 300 + ${part(15, 30000)} end`],
  ["stop_class", oneOf(["end", "tool", "length"], 16)],
  ["guardrail_outcome", "case when status = 'blocked' then 'blocked' else 'no-evidence' end"],
  ["input_body_state", "'inline'"],
  ["output_body_state", "'inline'"],
  [
    "price_key",
    `model || '|' || endpoint_type || '|' || region || '|standard|base|' || case when error_code is null then 'io' else '' end
      || case when cache_read_tokens > 0 then 'r' else '' end || case when cache_write_tokens > 0 then 'w' else '' end`,
  ],
  ["source_id", "'bench'"],
  ["unit_id", "1"],
  ["position", "n"],
]);

function daySql(dt: string, first: number, rows: number): string {
  const columns = [...generated].map(([name, value]) => `${value} as ${name}`);
  return `select n, timestamp '${dt} 00:00:00' + interval 1 millisecond * (hash(n) % 86400000) as time,
    ${columns.join(", ")}, timestamp '${dt} 23:59:59' as ingested_at from range(${first}, ${first + rows}) as t(n)`;
}

function rollupSql(table: RollupTable): string {
  const { columns }: Table = tables[table];
  const [time = "", ...keys] = Object.keys(columns).filter((name) => !(name in rowSums));
  const key = keys.map((name) => (generated.has(name) ? name : `cast(null as varchar) as ${name}`));
  const sums = Object.entries(rowSums).map(([name, value]) => `cast(sum(${value.text}) as bigint) as ${name}`);
  return `select date_trunc('${time}', time) as ${time}, ${key.join(", ")}, ${sums.join(", ")} from day_rows s group by all`;
}

const sightingSql = `select 'principal' as kind, account_id, principal_key as key, min(time) as first_time, max(time) as last_time, count(*) as count
  from day_rows group by all
  union all select 'model', account_id, model, min(time), max(time), count(*) from day_rows group by all`;
