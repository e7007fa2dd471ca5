import {
  DuckDBInstance,
  type DuckDBConnection,
  type DuckDBPreparedStatement,
  type DuckDBValue,
  listValue,
  StatementType,
} from "@duckdb/node-api";
import type { SqlValue } from "../sql.ts";
import type { TableName } from "../tables.ts";
import { classify } from "./classify.ts";
import { EngineError } from "./engine-error.ts";
import type { EngineSettings, TableSegments } from "./protocol.ts";
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

type Tables = Readonly<Partial<Record<TableName, TableSegments>>>;

/** One connection: it runs one query at a time and keeps the views of the segments that it read last. */
export class Session {
  readonly connection: DuckDBConnection;
  /** By table, what its view shows. */
  readonly #views = new Map<string, string>();

  constructor(connection: DuckDBConnection) {
    this.connection = connection;
  }

  /** Makes each table a view of these segments. */
  async show(tables: Tables): Promise<void> {
    for (const [name, segments] of this.#changed(tables)) {
      this.#views.delete(name);
      const select = tableSelect(name, segments);
      await this.connection.run(`create or replace temp view "${name}" as ${select}`);
      this.#views.set(name, namesOf(segments));
    }
  }

  /** How many of the views would have to be made. */
  unlike(tables: Tables): number {
    return this.#changed(tables).length;
  }

  #changed(tables: Tables): readonly (readonly [TableName, TableSegments])[] {
    const entries = Object.entries(tables) as [TableName, TableSegments][];
    return entries.filter(([name, segments]) => this.#views.get(name) !== namesOf(segments));
  }
}

function namesOf({ files }: TableSegments): string {
  return files.join("\n");
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
