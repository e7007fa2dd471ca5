import { existsSync } from "node:fs";
import type Database from "libsql";
import type { Clock } from "../../lib/clock.ts";
import { UserError } from "../../lib/errors.ts";
import type { DataPaths } from "../data-dir.ts";
import { openSqlite } from "./dialect.ts";
import { type Catalog, parts } from "./ledger.ts";
import type { ErasuresTable } from "./schema.ts";
import { noteUpkeep } from "./upkeep.ts";

type Places = Pick<DataPaths, "catalog" | "erasures">;

/**
 * Notes erasures in a file of their own beside the catalog, so that a catalog that comes back in place of a damaged one knows them, whatever
 * became of its copies. Lasting when it returns. Throws `UserError` when the file can't be read.
 */
export function keepErasures({ erasures }: Places, added: readonly ErasuresTable[]): void {
  withKept(erasures, (database) => {
    const insert = database.prepare(
      'insert or ignore into erasures (identity_hash, at, "by", reason) values (?, ?, ?, ?)',
    );
    const begin = database.prepare("insert or ignore into begun (identity_hash) values (?)");
    database.exec("begin immediate");
    for (const { at, by, identity_hash, reason } of added) {
      insert.run([identity_hash, at, by, reason]);
      begin.run([identity_hash]);
    }
    database.exec("commit");
  });
}

/** A statement takes so many values, and a transaction so many of them that no other writer gives up waiting for it. */
const [notedAtOnce, notedInOne] = [500, 10_000];

/** Writes erasures that are kept into the catalog, in transactions that each are short: after a crash the kept ones say what is missing. */
export async function noteErasures(catalog: Catalog, erasures: readonly ErasuresTable[]): Promise<void> {
  for (const step of parts(erasures, notedInOne))
    await catalog.transaction().execute(async (transaction) => {
      for (const part of parts(step, notedAtOnce))
        await transaction
          .insertInto("erasures")
          .values(part)
          .onConflict((conflict) => conflict.column("identity_hash").doNothing())
          .execute();
    });
}

/** Their content is gone. Says of how many calls an erasure was begun and has not ended. */
export function endErasures({ erasures }: Places, ended: readonly Pick<ErasuresTable, "identity_hash">[]): number {
  return withKept(erasures, (database) => {
    const end = database.prepare("delete from begun where identity_hash = ?");
    database.exec("begin immediate");
    for (const { identity_hash } of ended) end.run([identity_hash]);
    database.exec("commit");
    return unended(database);
  });
}

function unended(database: Database.Database): number {
  const [row] = database.prepare("select count(*) as calls from begun").all() as { calls: number }[];
  return row?.calls ?? 0;
}

/**
 * Lets the catalog and the file beside it know the same erasures: one of them may have missed the last, or be new. A catalog that missed one
 * may have come back with the content: that erasure counts as begun. Says of how many calls one was begun and has not ended.
 */
export function alignErasures({ catalog, erasures }: Places): number {
  return withKept(erasures, (database) => {
    database.prepare("attach database ? as catalog").run([catalog]);
    const [count] = database
      .prepare("select (select count(*) from main.erasures) = (select count(*) from catalog.erasures) as same")
      .all() as { same: number }[];
    if (count?.same !== 1) {
      database.exec(copy("catalog", "main"));
      database.exec(`insert or ignore into begun (identity_hash) select identity_hash from main.erasures as kept
        where not exists (select 1 from catalog.erasures as known where known.identity_hash = kept.identity_hash)`);
      database.exec(copy("main", "catalog"));
    }
    return unended(database);
  });
}

/**
 * Keeps of how many calls an erasure was begun and has not ended, as after a crash or with an older copy of the store: they count as erased,
 * and their content may be there.
 */
export async function tellUnended(
  store: { readonly catalog: Catalog; readonly clock: Clock },
  calls: number,
): Promise<void> {
  const reason = { why: `${calls} calls are noted as erased`, remedy: "Run the erasure again." };
  await noteUpkeep(store, "erase", calls === 0 ? null : reason);
}

const kept = "kept";

/** Joins the kept erasures, if there are any, to a catalog as the schema `kept`. Throws `UserError` when they can't be read. */
export function attachErasures(database: Database.Database, erasures: string): boolean {
  if (!existsSync(erasures)) return false;
  try {
    database.prepare(`attach database ? as ${kept}`).run([erasures]);
    database.prepare(`select identity_hash from ${kept}.erasures limit 1`).all();
    return true;
  } catch (error) {
    throw unreadable(erasures, error);
  }
}

export function detachErasures(database: Database.Database): void {
  database.exec(`detach database ${kept}`);
}

/** Writes the kept erasures into a catalog to which they are joined. */
export function takeErasures(database: Database.Database): void {
  database.exec(copy(kept, "main"));
}

/** Whether a catalog to which the kept erasures are joined knows all of them: then it names nothing that was erased since. */
export function knowsErasures(database: Database.Database): boolean {
  const missing = database
    .prepare(
      `select 1 from ${kept}.erasures as kept
       where not exists (select 1 from main.erasures as known where known.identity_hash = kept.identity_hash) limit 1`,
    )
    .all();
  return missing.length === 0;
}

function copy(from: string, to: string): string {
  return `insert or ignore into ${to}.erasures (identity_hash, at, "by", reason)
    select identity_hash, at, "by", reason from ${from}.erasures`;
}

function withKept<T>(file: string, use: (database: Database.Database) => T): T {
  let database: Database.Database | null = null;
  try {
    database = openSqlite(file);
    database.exec(
      'create table if not exists erasures (identity_hash text primary key, at integer not null, "by" text not null, reason text not null)',
    );
    database.exec("create table if not exists begun (identity_hash text primary key)");
    return use(database);
  } catch (error) {
    throw unreadable(file, error);
  } finally {
    database?.close();
  }
}

function unreadable(file: string, cause: unknown): UserError {
  return new UserError(
    `${file}, which keeps what was erased, can't be read or written`,
    "Make room, or put it back from a copy of the data directory. Without it, and with a damaged catalog, erased content is stored again.",
    { exitCode: 3, cause },
  );
}
