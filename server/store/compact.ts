import path from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { commit } from "./commit.ts";
import { stagingFolder } from "./lake.ts";
import type { Lease } from "./lease.ts";
import { sealFile } from "./segments/segment-file.ts";
import { literal, tableSelect } from "./segments/table-views.ts";
import type { Store } from "./store.ts";
import {
  isRollup,
  lakeSchemaVersion,
  rollupMeasureColumns,
  type Table,
  type TableName,
  tableNames,
  tables,
} from "./tables.ts";
import { ulid } from "./ulid.ts";

interface LiveSegment {
  readonly id: string;
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  readonly min_ts: number | null;
  readonly max_ts: number | null;
  readonly schema_version: number;
}

/** A day may have so many segments while it is still being written. */
const openDaySegments = 16;
const largestRows = 2_000_000;
const largestBytes = 512 * 1024 * 1024;

const quoted = (name: string) => `"${name}"`;

/** How the rows of several segments become those of one: partial sums are added up, all others are kept. */
function mergeSelect(name: TableName, source: string): string {
  const { columns, sort }: Table = tables[name];
  const names = Object.keys(columns);
  const order = `order by ${sort.map(quoted).join(", ")}`;
  const merged = new Map<string, string>();
  if (isRollup(name)) {
    for (const measure of rollupMeasureColumns) merged.set(measure, `cast(sum("${measure}") as bigint)`);
  }
  if (name === "sightings") {
    merged.set("first_time", `min("first_time")`).set("last_time", `max("last_time")`);
    merged.set("count", `cast(sum("count") as bigint)`);
  }
  const select = names.map((column) => `${merged.get(column) ?? quoted(column)} as ${quoted(column)}`).join(", ");
  const keys = names.filter((column) => !merged.has(column)).map(quoted);
  return `select ${select} from ${source} ${merged.size === 0 ? "" : `group by ${keys.join(", ")} `}${order}`;
}

/** Cuts a day's segments into groups that each make one segment of allowed size. A group of one stays as it is. */
function groupsOf(segments: readonly LiveSegment[]): LiveSegment[][] {
  const groups: LiveSegment[][] = [];
  let [rows, bytes] = [Infinity, Infinity];
  for (const segment of segments) {
    if (rows + segment.rows > largestRows || bytes + segment.bytes > largestBytes) {
      groups.push([]);
      [rows, bytes] = [0, 0];
    }
    groups.at(-1)?.push(segment);
    rows += segment.rows;
    bytes += segment.bytes;
  }
  return groups.filter((group) => group.length > 1);
}

function bound(values: readonly (number | null)[], choose: (...values: number[]) => number): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : choose(...known);
}

async function rewrite(
  store: Store,
  name: TableName,
  group: readonly LiveSegment[],
  file: string,
  batchId: string,
): Promise<number> {
  const settings = { threads: "1", memory_limit: "256MB", temp_directory: path.join(store.paths.tmp, "compact") };
  const instance = await DuckDBInstance.create(":memory:", settings);
  const connection = await instance.connect();
  try {
    const files = group.map((segment) => path.join(store.paths.root, segment.path));
    const old = group.some((segment) => segment.schema_version < lakeSchemaVersion);
    const metadata = `{ catalog_id: ${literal(store.catalogId)}, "table": ${literal(name)}, batch_id: ${literal(batchId)}, schema_version: '${lakeSchemaVersion}' }`;
    const source = `(${tableSelect(name, { files, old })})`;
    const options = `format parquet, compression zstd, kv_metadata ${metadata}`;
    const result = await connection.run(`copy (${mergeSelect(name, source)}) to ${literal(file)} (${options})`);
    return result.rowsChanged;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function compactGroup(
  store: Store,
  lease: Lease,
  name: TableName,
  dt: string,
  group: readonly LiveSegment[],
): Promise<void> {
  const batchId = ulid(store.clock(), store.random);
  const stagedFile = path.join(stagingFolder(store.paths, store.disk, batchId), "1.parquet");
  const rows = await rewrite(store, name, group, stagedFile, batchId);
  const before = group.reduce((sum, segment) => sum + segment.rows, 0);
  const merges = isRollup(name) || name === "sightings";
  if (merges ? rows > before : rows !== before)
    throw new Error(`compaction of ${name} ${dt} changed the number of rows`);
  const minTime = bound(
    group.map(({ min_ts }) => min_ts),
    Math.min,
  );
  const maxTime = bound(
    group.map(({ max_ts }) => max_ts),
    Math.max,
  );
  const segment = { table: name, dt, stagedFile, rows, ...(await sealFile(stagedFile)), minTime, maxTime };
  await commit(store, lease, { batchId, kind: "compact", segments: [segment], replaces: group.map(({ id }) => id) });
  store.log.info({ event: "segments-compacted", table: name, day: dt, segments: group.length, rows });
}

/** Rewrites a table's segments of one day into as few as allowed, sorted, partial sums added up. Says how many were replaced. */
export async function compactDay(store: Store, lease: Lease, name: TableName, dt: string): Promise<number> {
  const segments = await store.catalog
    .selectFrom("segments")
    .select(["id", "path", "rows", "bytes", "min_ts", "max_ts", "schema_version"])
    .where("tbl", "=", name)
    .where("dt", "=", dt)
    .where("replaced_snapshot", "is", null)
    .orderBy("min_ts")
    .orderBy("id")
    .execute();
  const groups = groupsOf(segments);
  for (const group of groups) await compactGroup(store, lease, name, dt, group);
  return groups.flat().length;
}

/** Table-days with over 16 segments, and finished days with over one. */
async function dueDays({ catalog, clock }: Store): Promise<{ readonly tbl: string; readonly dt: string }[]> {
  const today = new Date(clock()).toISOString().slice(0, 10);
  const days = await catalog
    .selectFrom("segments")
    .select(({ fn }) => ["tbl", "dt", fn.countAll<number>().as("segments")])
    .where("replaced_snapshot", "is", null)
    .groupBy(["tbl", "dt"])
    .having(({ fn }) => fn.countAll(), ">", 1)
    .orderBy("dt", "desc")
    .execute();
  return days.filter(({ dt, segments }) => segments > openDaySegments || dt < today);
}

/** Compacts every table-day that is due, newest first; stops between two at the signal. Says how many segments were replaced. */
export async function compactDue(store: Store, lease: Lease, signal?: AbortSignal): Promise<number> {
  let replaced = 0;
  for (const { tbl, dt } of await dueDays(store)) {
    const name = tableNames.find((known) => known === tbl);
    if (signal?.aborted === true) break;
    if (name !== undefined) replaced += await compactDay(store, lease, name, dt);
  }
  return replaced;
}
