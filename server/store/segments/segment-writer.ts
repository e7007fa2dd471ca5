import { type DuckDBConnection, type DuckDBDataChunk, DuckDBInstance, DuckDBTableFunction } from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";
import { withDiskCode } from "../disk-trouble.ts";
import { type ColumnType, lakeSchemaVersion, type Table, type TableName, tables } from "../tables.ts";
import { compressionOf } from "./parquet-options.ts";
import { duckTypes } from "./duck-type.ts";
import { fillVector } from "./fill-vector.ts";
import type { RowBatch } from "./row-batch.ts";
import { type SegmentFile, sealFile } from "./segment-file.ts";
import { literal } from "./table-views.ts";
import { sortedRows } from "./sort-rows.ts";

export interface SegmentMetadata {
  readonly catalogId: string;
  readonly batchId: string;
}

/** Writes segments from rows in memory. DuckDB sees typed values alone: it never parses what a record said. */
export interface SegmentWriter {
  /**
   * Writes the rows, sorted, as one Parquet file and syncs it; the batch must not change until it has ended. Of several that are asked for at
   * once, one is written while those before it are synced.
   */
  write<N extends TableName>(
    table: N,
    batch: RowBatch<N>,
    file: string,
    metadata: SegmentMetadata,
  ): Promise<SegmentFile>;
  close(): void;
}

type ColumnCells = Readonly<Record<string, readonly unknown[]>>;

interface FilledColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly cells: readonly unknown[];
}

/** The batch that the table function hands over, and how far it has come. */
interface Feed {
  readonly columns: readonly FilledColumn[];
  readonly order: Uint32Array;
  next: number;
}

const rowsPerCall = 2_048;

/** The columns that have a value; the others need not pass through DuckDB row by row. */
function filledColumns({ columns }: Table, { rows, cells }: { rows: number; cells: ColumnCells }): FilledColumn[] {
  const all = Object.entries(columns).map(([name, type]) => ({ name, type, cells: cells[name] ?? [] }));
  const filled = all.filter((column) => column.cells.some((cell) => cell !== null));
  return filled.length > 0 ? filled : all.slice(0, 1).map((column) => ({ ...column, cells: Array(rows).fill(null) }));
}

/** Fills the chunk with the next rows; an empty chunk ends the scan. */
function handOver(feed: Feed, chunk: DuckDBDataChunk): void {
  const from = feed.next;
  const rows = Math.min(rowsPerCall, feed.order.length - from);
  chunk.rowCount = rows;
  feed.next += rows;
  if (rows === 0) return;
  feed.columns.forEach(({ type, cells }, index) => {
    const vector = duckdb.data_chunk_get_vector(chunk.chunk, index);
    fillVector(vector, type, rows, (row) => cells[feed.order[from + row] ?? 0] ?? null);
  });
}

function copyStatement(
  name: TableName,
  filled: readonly FilledColumn[],
  file: string,
  metadata: SegmentMetadata,
): string {
  const given = new Set(filled.map((column) => column.name));
  const select = Object.entries(tables[name].columns).map(([column, type]) =>
    given.has(column) ? `"${column}"` : `cast(null as ${type}) as "${column}"`,
  );
  const { catalogId, batchId } = metadata;
  const compression = compressionOf(name);
  const level = compression === "zstd" ? ", compression_level 1" : "";
  return `copy (select ${select.join(", ")} from batch_rows()) to ${literal(file)} (format parquet, compression ${compression}${level}, kv_metadata {
    catalog_id: ${literal(catalogId)}, "table": ${literal(name)}, batch_id: ${literal(batchId)}, schema_version: '${lakeSchemaVersion}' })`;
}

const timeColumns = ["time", "hour", "day", "first_time", "last_time"];

function timeBounds(cells: ColumnCells): { minTime: number | null; maxTime: number | null } {
  let [minTime, maxTime]: [number | null, number | null] = [null, null];
  for (const time of timeColumns.flatMap((name) => cells[name] ?? [])) {
    if (typeof time !== "number") continue;
    if (minTime === null || time < minTime) minTime = time;
    if (maxTime === null || time > maxTime) maxTime = time;
  }
  return { minTime, maxTime };
}

class DuckDBSegmentWriter implements SegmentWriter {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  #feed: Feed = { columns: [], order: new Uint32Array(), next: 0 };
  #copying: Promise<void> = Promise.resolve();

  constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance;
    this.#connection = connection;
    connection.registerTableFunction(
      DuckDBTableFunction.create({
        name: "batch_rows",
        bindFunction: (bind) =>
          this.#feed.columns.forEach(({ name, type }) => bind.addResultColumn(name, duckTypes[type])),
        initFunction: (init) => init.setMaxThreads(1),
        mainFunction: (_, chunk) => handOver(this.#feed, chunk),
      }),
    );
  }

  async write<N extends TableName>(
    name: N,
    batch: RowBatch<N>,
    file: string,
    metadata: SegmentMetadata,
  ): Promise<SegmentFile> {
    const { rows } = batch;
    const cells = batch.columns as ColumnCells;
    const copied = this.#copying.then(async () => {
      const columns = filledColumns(tables[name], { rows, cells });
      this.#feed = { columns, order: sortedRows(tables[name], rows, cells), next: 0 };
      await this.#connection.run(copyStatement(name, columns, file, metadata));
    });
    this.#copying = copied.catch(() => undefined);
    await copied.catch((error: unknown) => {
      throw withDiskCode(error);
    });
    return { rows, ...(await sealFile(file)), ...timeBounds(cells) };
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }
}

/** A writer with a DuckDB of its own in memory: one for each worker thread. */
export async function openSegmentWriter(): Promise<SegmentWriter> {
  const settings = { threads: "1", memory_limit: "256MB", autoinstall_known_extensions: "false" };
  const instance = await DuckDBInstance.create(":memory:", settings);
  return new DuckDBSegmentWriter(instance, await instance.connect());
}
