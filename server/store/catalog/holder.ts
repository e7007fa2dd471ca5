import type Database from "libsql";
import type { LeasesTable } from "./schema.ts";

type Holder = Pick<LeasesTable, "command" | "pid" | "host" | "acquired_at">;

/** Who took the lease last, for the one who waits for it. */
export function holderWords(row: Holder | undefined): string {
  if (row === undefined) return "another process";
  return `${row.command} (pid ${row.pid} on ${row.host}, since ${new Date(row.acquired_at).toISOString()})`;
}

/** The same of a catalog that may be older than this program. */
export function holderIn(database: Database.Database): string {
  try {
    const rows = database.prepare("select command, pid, host, acquired_at from leases where name = 'lake'").all();
    return holderWords((rows as Holder[])[0]);
  } catch {
    return holderWords(undefined);
  }
}
