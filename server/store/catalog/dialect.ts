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
import { errorCode, UserError } from "../../lib/errors.ts";
import { createPrivateFile, damageMarkOf } from "../data-dir.ts";

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

/** The catalog was set aside, or another one put in its place: what is open here is not the store's any more. */
export class CatalogReplaced extends UserError {
  readonly code = "CATALOG_REPLACED";

  constructor(file: string, options: { readonly cause?: unknown } = {}) {
    super(
      `the catalog ${file} was set aside, replaced or damaged while it was open`,
      "A server opens it anew by itself; run a command again.",
      { exitCode: 3, ...options },
    );
  }
}

interface Watch {
  /** Whether the path still names the file that it named at first, and nobody but SQLite has written it. */
  readonly isSame: () => boolean;
  /** It is not, whatever it looks like: SQLite can't read it. */
  readonly spoil: () => void;
}

/**
 * What another program has copied into the place of a file is told by what SQLite never does: it shrinks no file of ours. Such a file is
 * marked as damaged: the journal that lies beside it belongs to what it was. To look into the file is no way: who closes it lets go of
 * SQLite's locks. Nor is its time: a clock can be set back.
 */
function watch(file: string): Watch {
  const look = () => statSync(file, { bigint: true, throwIfNoEntry: false });
  const first = look();
  let last = first;
  let isOver = false;
  const spoil = () => {
    isOver = true;
    createPrivateFile(damageMarkOf(file));
  };
  return {
    spoil,
    isSame() {
      const now = look();
      if (isOver || now?.dev !== first?.dev || now?.ino !== first?.ino) return false;
      if (now !== undefined && last !== undefined && now.size < last.size) spoil();
      last = now;
      return !isOver;
    },
  };
}

/** Says from now on whether the path still names the file that it names now, and nobody but SQLite has written it. */
export function watchFile(file: string): () => boolean {
  return watch(file).isSame;
}

const damageCodes = /^SQLITE_(CORRUPT|NOTADB)$/;

/** Closing one would remove the journal of the catalog that has taken its place: they stay open as long as the process. */
const leftOpen: Database.Database[] = [];

const rollback = "rollback";

type Statement = ReturnType<SqliteDatabase["prepare"]>;

function prepare(database: Database.Database, text: string, guard: <T>(execute: () => T) => T): Statement {
  const statement = database.prepare(text);
  const guarded =
    <T>(execute: (parameters: [unknown]) => T) =>
    (parameters: readonly unknown[]): T => {
      const run = () => execute(bound(parameters));
      // What was begun in a file that is set aside is undone there.
      return text === rollback ? run() : guard(run);
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
  const { isSame, spoil } = watch(file);
  function guard<T>(execute: () => T): T {
    if (!isSame()) throw new CatalogReplaced(file);
    try {
      return execute();
    } catch (error) {
      if (!damageCodes.test(errorCode(error))) throw error;
      spoil();
      throw new CatalogReplaced(file, { cause: error });
    }
  }
  return {
    close() {
      if (isSame()) database.close();
      else leftOpen.push(database);
    },
    prepare(text) {
      if (prepared.size >= preparedStatements) prepared.clear();
      const make = () => prepare(database, text, guard);
      const statement = prepared.get(text) ?? (text === rollback ? make() : guard(make));
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
