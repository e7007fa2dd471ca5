import path from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { withDiskCode } from "./disk-trouble.ts";
import { classify } from "./engine/classify.ts";
import { EngineError } from "./engine/engine-error.ts";
import { stagingFolder, type StagedSegment } from "./lake.ts";
import { parquetOptions } from "./segments/parquet-options.ts";
import { sealFile } from "./segments/segment-file.ts";
import { literal, tableSelect } from "./segments/table-views.ts";
import type { Store } from "./store.ts";
import { lakeSchemaVersion, type TableName, tableNames } from "./tables.ts";

/** What a rewrite needs to know of a segment. */
export interface LiveSegment {
  readonly id: string;
  readonly tbl: string;
  readonly dt: string;
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  readonly min_ts: number | null;
  readonly max_ts: number | null;
  readonly schema_version: number;
}

export const liveColumns = [
  "id",
  "tbl",
  "dt",
  "path",
  "rows",
  "bytes",
  "min_ts",
  "max_ts",
  "schema_version",
] as const satisfies readonly (keyof LiveSegment)[];

/** The table of a segment's row; null for one that this program does not know. */
export function tableOf({ tbl }: Pick<LiveSegment, "tbl">): TableName | null {
  return tableNames.find((name) => name === tbl) ?? null;
}

/** Makes new segments of the rows of old ones, in a small DuckDB of its own that sees files of this store alone. */
export interface Rewriter {
  readonly batchId: string;
  /** Makes a list of texts known as table `name`, column `value`, for conditions. */
  list(name: string, values: readonly string[]): Promise<void>;
  /** Number of rows for which the condition does not hold. Conditions name columns and lists only: never a value. */
  countBut(name: TableName, group: readonly LiveSegment[], condition: string): Promise<number>;
  /** Whether a file that no commit names holds rows of calls that the list names; null: it can't be read. */
  names(file: string, list: string): Promise<boolean | null>;
  /** The numbers that `query` makes of the rows. It gets the rows as something to select from, and names columns and our own numbers only. */
  numbers(name: TableName, group: readonly LiveSegment[], query: (rows: string) => string): Promise<readonly number[]>;
  /** What these expressions over all rows say, as texts. They name columns only. */
  totals(name: TableName, group: readonly LiveSegment[], expressions: readonly string[]): Promise<readonly string[]>;
  /** The same over segments that were written and are still staged. */
  totalsOfStaged(staged: readonly StagedSegment[], expressions: readonly string[]): Promise<readonly string[]>;
  /** Writes what `query` makes of the rows, sealed and staged. `query` gets the rows as something to select from. */
  write(name: TableName, group: readonly LiveSegment[], query: (rows: string) => string): Promise<StagedSegment>;
}

/** Runs `use` with a rewriter for one batch. */
export async function withRewriter<T>(
  store: Store,
  batchId: string,
  use: (rewriter: Rewriter) => Promise<T>,
): Promise<T> {
  // Most commands rewrite nothing, and need not wait until it is loaded.
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const settings = { threads: "1", memory_limit: "384MB", temp_directory: path.join(store.paths.tmp, "rewrite") };
  const instance = await DuckDBInstance.create(":memory:", settings);
  const connection = await instance.connect();
  try {
    return await use(rewriterOf(store, batchId, connection));
  } catch (error) {
    throw coded(error);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** DuckDB's errors have no code; its words, which can quote data, stay here. */
function coded(error: unknown): unknown {
  const known = withDiskCode(error);
  if (known !== error) return known;
  const { code } = classify(error);
  return code === "ENGINE_FAILED" ? error : new EngineError(code);
}

function rewriterOf(store: Store, batchId: string, connection: DuckDBConnection): Rewriter {
  const rowsOf = (name: TableName, group: readonly LiveSegment[]): string => {
    const files = group.map((segment) => path.join(store.paths.root, segment.path));
    return `(${tableSelect(name, { files, old: group.some((segment) => segment.schema_version < lakeSchemaVersion) })})`;
  };
  async function totalsOf(rows: string, expressions: readonly string[]): Promise<readonly string[]> {
    const list = expressions.map((expression) => `cast(${expression} as varchar)`).join(", ");
    const result = await connection.runAndReadAll(`select ${list} from ${rows} as row`);
    return (result.getRows()[0] ?? []).map(String);
  }
  let number = 0;
  return {
    batchId,
    async list(name, values) {
      await connection.run(`create or replace temp table "${name}" (value varchar)`);
      const appender = await connection.createAppender(name);
      for (const value of values) {
        appender.appendVarchar(value);
        appender.endRow();
      }
      appender.closeSync();
    },
    async countBut(name, group, condition) {
      const result = await connection.runAndReadAll(
        `select count(*) as n from ${rowsOf(name, group)} as row where (${condition}) is not true`,
      );
      return Number(result.getRows()[0]?.[0] ?? 0);
    },
    async names(file, list) {
      const rows = `select 1 from read_parquet(${literal(file)}) as row
        where exists (from "${list}" as named where named.value = row.account_id || '/' || row.region || '/' || row.request_id) limit 1`;
      try {
        return (await connection.runAndReadAll(rows)).getRows().length > 0;
      } catch (error) {
        // It has no such columns: no table of content.
        return classify(error).code === "ENGINE_REFUSED" ? false : null;
      }
    },
    async numbers(name, group, query) {
      const result = await connection.runAndReadAll(query(rowsOf(name, group)));
      return result.getRows().map(([value]) => Number(value));
    },
    totals(name, group, expressions) {
      return totalsOf(rowsOf(name, group), expressions);
    },
    totalsOfStaged(staged, expressions) {
      const files = staged.map(({ stagedFile }) => literal(stagedFile));
      return totalsOf(`read_parquet([${files.join(", ")}])`, expressions);
    },
    async write(name, group, query) {
      const stagedFile = path.join(stagingFolder(store.paths, store.disk, batchId), `${++number}.parquet`);
      const metadata = `{ catalog_id: ${literal(store.catalogId)}, "table": ${literal(name)}, batch_id: ${literal(batchId)}, schema_version: '${lakeSchemaVersion}' }`;
      const options = `${parquetOptions(name)}, kv_metadata ${metadata}`;
      const { rowsChanged: rows } = await connection.run(
        `copy (${query(rowsOf(name, group))}) to ${literal(stagedFile)} (${options})`,
      );
      const minTime = bound(group, ({ min_ts }) => min_ts, Math.min);
      const maxTime = bound(group, ({ max_ts }) => max_ts, Math.max);
      return {
        table: name,
        dt: group[0]?.dt ?? "",
        stagedFile,
        rows,
        ...(await sealFile(stagedFile)),
        minTime,
        maxTime,
      };
    },
  };
}

function bound(
  group: readonly LiveSegment[],
  of: (segment: LiveSegment) => number | null,
  choose: (...values: number[]) => number,
): number | null {
  const known = group.map(of).filter((value) => value !== null);
  return known.length === 0 ? null : choose(...known);
}
