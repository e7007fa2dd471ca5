import { statSync } from "node:fs";
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
import { UserError } from "../../lib/errors.ts";
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

/** Another process has set the catalog aside or put another one in its place: what is open here is not the store's any more. */
export class CatalogReplaced extends UserError {
  readonly code = "CATALOG_REPLACED";

  constructor(file: string) {
    super(
      `the catalog ${file} was set aside or replaced while it was open`,
      "A server opens it anew by itself; run a command again.",
      { exitCode: 3 },
    );
  }
}

function identityOf(file: string): string | null {
  const found = statSync(file, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? null : `${found.dev} ${found.ino}`;
}

/** Says from now on whether the path still names the file that it names now. */
export function watchFile(file: string): () => boolean {
  const known = identityOf(file);
  return () => identityOf(file) === known;
}

/** Closing one would remove the journal of the catalog that has taken its place: they stay open as long as the process. */
const leftOpen: Database.Database[] = [];

type Statement = ReturnType<SqliteDatabase["prepare"]>;

function prepare(database: Database.Database, text: string, requireSame: () => void): Statement {
  const statement = database.prepare(text);
  const guarded =
    <T>(execute: (parameters: [unknown]) => T) =>
    (parameters: readonly unknown[]): T => {
      // What was begun in a file that is set aside is undone there.
      if (text !== "rollback") requireSame();
      return execute(bound(parameters));
    };
  // One array: libsql takes a lone object argument for named parameters.
  const bound = (parameters: readonly unknown[]) => [parameters.map(bindable)] as [unknown];
  return {
    reader: statement.reader,
    all: guarded((parameters) => statement.all(...parameters)),
    run: guarded((parameters) => statement.run(...parameters)),
    iterate: guarded((parameters) => statement.iterate(...parameters)),
  };
}

/** kysely's view of the database; it prepares each text once, and forgets them all when they have become many. */
function asSqliteDatabase(database: Database.Database, file: string): SqliteDatabase {
  const prepared = new Map<string, Statement>();
  const isSame = watchFile(file);
  const requireSame = () => {
    if (!isSame()) throw new CatalogReplaced(file);
  };
  return {
    close() {
      if (isSame()) database.close();
      else leftOpen.push(database);
    },
    prepare(text) {
      if (prepared.size >= preparedStatements) prepared.clear();
      const statement = prepared.get(text) ?? prepare(database, text, requireSame);
      prepared.set(text, statement);
      return statement;
    },
  };
}

export function libsqlDialect(database: Database.Database, file: string): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: (): Driver => new ImmediateDriver({ database: asSqliteDatabase(database, file) }),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}
