import Database from "libsql";
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import { createPrivateFile } from "../data-dir.ts";

const preparedStatements = 300;

/** A transaction that reads, then writes, can't lose its snapshot to another process: it takes the write lock at once. */
class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("begin immediate"));
  }

  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    try {
      await super.rollbackTransaction(connection);
    } catch (error) {
      // On a full disk SQLite has undone it already; what it said then is the error to tell.
      if (!(error instanceof Error) || !/no transaction is active/.test(error.message)) throw error;
    }
  }
}

/** Opens a SQLite file of ours; the settings are those of the catalog. */
export function openSqlite(file: string): Database.Database {
  createPrivateFile(file);
  const database = new Database(file);
  database.exec("pragma busy_timeout = 5000");
  database.exec("pragma journal_mode = wal");
  database.exec("pragma synchronous = full");
  return database;
}

/**
 * A value as libsql can hold it. It cuts a text at NUL and can't take booleans (the process ends), so NUL is kept as its symbol U+2400
 * and a lone surrogate as U+FFFD.
 */
function bindable(value: unknown): unknown {
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value !== "string") return value;
  return Buffer.from(value.replaceAll("\0", "\u2400"), "utf8").toString("utf8");
}

type Statement = ReturnType<SqliteDatabase["prepare"]>;

function prepare(database: Database.Database, text: string): Statement {
  const statement = database.prepare(text);
  // One array: libsql takes a lone object argument for named parameters.
  const bound = (parameters: readonly unknown[]) => [parameters.map(bindable)] as [unknown];
  return {
    reader: statement.reader,
    all: (parameters) => statement.all(...bound(parameters)),
    run: (parameters) => statement.run(...bound(parameters)),
    iterate: (parameters) => statement.iterate(...bound(parameters)),
  };
}

/** kysely's view of the database; it prepares each text once, and forgets them all when they have become many. */
function asSqliteDatabase(database: Database.Database): SqliteDatabase {
  const prepared = new Map<string, Statement>();
  return {
    close: () => void database.close(),
    prepare(text) {
      if (prepared.size >= preparedStatements) prepared.clear();
      const statement = prepared.get(text) ?? prepare(database, text);
      prepared.set(text, statement);
      return statement;
    },
  };
}

export function libsqlDialect(database: Database.Database): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: (): Driver => new ImmediateDriver({ database: asSqliteDatabase(database) }),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}
