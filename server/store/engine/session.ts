import {
  DuckDBInstance,
  type DuckDBConnection,
  type DuckDBPreparedStatement,
  type DuckDBValue,
  listValue,
  StatementType,
} from "@duckdb/node-api";
import type { SqlValue } from "../sql.ts";
import { type TableName, tableNames } from "../tables.ts";
import { classify } from "./classify.ts";
import { EngineError } from "./engine-error.ts";
import type { EngineSettings, SnapshotSegments } from "./protocol.ts";
import { literal, tableSelect } from "../segments/table-views.ts";

/** Opens DuckDB so that no statement can reach beyond the lake, nor loosen this again. */
export async function openLockedInstance(settings: EngineSettings): Promise<DuckDBInstance> {
  const { lake, temp, threads, memoryMb } = settings;
  const instance = await DuckDBInstance.create(":memory:", {
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    allow_community_extensions: "false",
    threads: String(threads),
    memory_limit: `${memoryMb}MB`,
    temp_directory: temp,
    max_temp_directory_size: "2GB",
    preserve_insertion_order: "false",
  });
  const connection = await instance.connect();
  await connection.run("set global parquet_metadata_cache = true");
  // A segment never changes: what was read of it needs no look at the disk for each of a month's files.
  await connection.run("set global validate_external_file_cache = 'NO_VALIDATION'");
  await connection.run(`set global allowed_directories = [${literal(lake)}]`);
  await connection.run("set global enable_external_access = false");
  await connection.run("set global lock_configuration = true");
  connection.closeSync();
  return instance;
}

const words = Object.fromEntries(tableNames.map((name) => [name, new RegExp(`\\b${name}\\b`, "i")])) as Record<
  TableName,
  RegExp
>;

/** One connection: it runs one query at a time and keeps the views of the snapshot that it read last. */
export class Session {
  readonly connection: DuckDBConnection;
  #snapshot = 0;
  readonly #views = new Set<string>();

  constructor(connection: DuckDBConnection) {
    this.connection = connection;
  }

  /** Makes the views of the tables whose names stand in the statement, as of the snapshot. */
  async show(sql: string, snapshot: number, segments: SnapshotSegments): Promise<void> {
    if (this.#snapshot !== snapshot) this.#views.clear();
    this.#snapshot = snapshot;
    for (const name of tableNames) {
      if (this.#views.has(name) || !words[name].test(sql)) continue;
      const select = tableSelect(name, segments[name] ?? { files: [], old: false });
      await this.connection.run(`create or replace temp view "${name}" as ${select}`);
      this.#views.add(name);
    }
  }
}

function bindable(value: SqlValue): DuckDBValue {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value === "object" && value !== null) return listValue([...value]);
  return value;
}

async function prepareOne(connection: DuckDBConnection, sql: string): Promise<DuckDBPreparedStatement> {
  try {
    const statements = await connection.extractStatements(sql);
    if (statements.count !== 1) throw new EngineError("ENGINE_REFUSED", "not exactly one statement");
    return await statements.prepare(0);
  } catch (error) {
    const { code } = classify(error);
    if (code !== "ENGINE_FAILED") throw error;
    throw new EngineError("ENGINE_REFUSED", error instanceof Error ? error.message : null);
  }
}

/** The statement with its values, if it is exactly one SELECT: an allowed directory is writable, so nothing else may pass. */
export async function admit(
  connection: DuckDBConnection,
  sql: string,
  params: readonly SqlValue[],
): Promise<DuckDBPreparedStatement> {
  const prepared = await prepareOne(connection, sql);
  if (prepared.statementType !== StatementType.SELECT) throw new EngineError("ENGINE_REFUSED", "not a SELECT");
  prepared.bind(params.map(bindable));
  return prepared;
}
