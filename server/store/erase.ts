import { errorCode } from "../lib/errors.ts";
import { renewCatalogBackups } from "./backup.ts";
import { dropExcerpts } from "./catalog/finding-excerpts.ts";
import { endErasures, keepErasures, noteErasures, tellUnended } from "./catalog/kept-erasures.ts";
import { dropRows, type Keep } from "./drop-rows.ts";
import type { Lease } from "./lease.ts";
import { dropLoose } from "./loose-files.ts";
import { identityHash } from "./erased-names.ts";
import { withRewriter } from "./rewrite.ts";
import { join, type Sql, sql } from "./sql.ts";
import type { Store } from "./store.ts";
import { ulid } from "./ulid.ts";

/** Whose content goes; all that is said must hold. At least one of them. */
export interface ErasureScope {
  /** Principal as shown, its key, or the ARN of a session. */
  readonly principal?: string;
  /** `account/region/request id`. */
  readonly request?: string;
  /** Calls before this instant, ISO 8601. */
  readonly before?: string;
}

export interface Erased {
  readonly calls: number;
  /** Rows of content and copies that went. */
  readonly rows: number;
  /** Files that no commit names and that held such rows, or could not be read: they are gone. */
  readonly looseFiles: number;
  /** Code of the error for which the catalog was not backed up afterwards: the erasure stands all the same. Null: it was. */
  readonly backupFailed: string | null;
}

const maxCalls = 5_000_000;

/** A call whose content goes. */
export interface ErasedCall {
  /** `account/region/request id`. */
  readonly id: string;
  readonly account: string;
  /** UTC day. */
  readonly dt: string;
}

/**
 * Takes prompts and answers of some calls out of the store for good: their content, kept copies and the excerpts of their signals and
 * findings are rewritten away in one commit, and their identities are remembered, also by a catalog that comes back after a loss; so is what
 * went `beside` them, by its hashes. The calls themselves, and every count, stay. One that ends in between is told as begun, and is to be
 * run again: what it has noted by then is stored no more, and has not gone.
 */
export async function erase(
  store: Store,
  lease: Lease,
  {
    beside = [],
    by,
    calls,
    reason,
  }: {
    readonly calls: readonly ErasedCall[];
    readonly beside?: readonly string[];
    readonly by: string;
    readonly reason: string;
  },
): Promise<Erased> {
  const ids = calls.map(({ id }) => id);
  const days = [...new Set(calls.map(({ dt }) => dt))].toSorted();
  const condition = `not exists (from erased where erased.value = row.account_id || '/' || row.region || '/' || row.request_id)`;
  const keeps = days.flatMap((dt): readonly Keep[] => [
    { table: "content", dt, condition },
    { table: "copies", dt, condition },
    { table: "signals", dt, condition: `(row.excerpt is null or ${condition})`, blank: "excerpt" },
  ]);
  const at = store.clock();
  const hashes = new Set([...ids.map(identityHash), ...beside]);
  const erasures = [...hashes].map((hash) => ({ identity_hash: hash, at, by, reason }));
  if (erasures.length > 0) keepErasures(store.paths, erasures);
  await noteErasures(store.catalog, erasures);
  const { rows } = await dropRows(store, lease, {
    kind: "erase",
    keeps,
    lists: { erased: ids },
    async apply(transaction, snapshot) {
      for (const { dt, table } of keeps)
        await transaction
          .insertInto("commit_days")
          .values({ snapshot, tbl: table, dt, rows: 0 })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      await dropExcerpts(transaction, new Set(ids));
    },
  });
  const loose = ids.length === 0 ? 0 : await eraseLoose(store, ids, new Set(days));
  if (erasures.length > 0) await tellUnended(store, endErasures(store.paths, erasures));
  store.log.info({ event: "content-erased", calls: ids.length, rows });
  return {
    calls: ids.length,
    rows,
    looseFiles: loose,
    backupFailed: erasures.length === 0 ? null : await backupFailure(store),
  };
}

async function eraseLoose(store: Store, ids: readonly string[], days: ReadonlySet<string>): Promise<number> {
  return withRewriter(store, ulid(store.clock(), store.random), async (rewriter) => {
    await rewriter.list("erased", ids);
    return dropLoose(store, rewriter, { days, list: "erased" });
  });
}

/** Backs the catalog up as it is after an erasure; the error's code if that fails. The hourly job tries again at its next run. */
async function backupFailure(store: Store): Promise<string | null> {
  try {
    await renewCatalogBackups(store);
    return null;
  } catch (error) {
    store.log.warn({ event: "backup-after-erasure-failed", code: errorCode(error) });
    return errorCode(error);
  }
}

/** Stored calls within the scope. */
export async function callsWithin(
  { batch }: Store,
  { before, principal, request }: ErasureScope,
): Promise<readonly ErasedCall[]> {
  const conditions: Sql[] = [sql`dt >= '0000'`];
  if (principal !== undefined) conditions.push(sql`${principal} in (principal, principal_key, identity_arn)`);
  if (request !== undefined) conditions.push(sql`account_id || '/' || region || '/' || request_id = ${request}`);
  if (before !== undefined) conditions.push(sql`time < cast(${before} as timestamp)`);
  const { rows } = await batch.query(
    sql`/* erase/calls */ select dt, account_id, account_id || '/' || region || '/' || request_id as id
        from invocations where ${join(conditions, " and ")}`,
    { maxRows: maxCalls },
  );
  return rows.map((row) => ({
    id: String(row["id"]),
    account: String(row["account_id"]),
    dt: String(row["dt"]),
  }));
}

/** Hashes of all calls whose content was erased, and of pieces of the quarantine. */
export async function erasedHashes({ catalog }: Store): Promise<readonly string[]> {
  const rows = await catalog.selectFrom("erasures").select("identity_hash").execute();
  return rows.map(({ identity_hash: hash }) => hash);
}
