import { sql } from "kysely";
import type { Catalog } from "./ledger.ts";

/** A loss that has been made good is none any more. */
export const notUndone = sql<boolean>`coalesce(lost_segments.outcome, '') not in ('undone', 'summed')`;

export interface StoredRows {
  /** Lines that the ledger counts as stored. */
  readonly stored: number;
  /** Rows of calls that were committed and not replaced. */
  readonly rows: number;
  /** What retention took, and what was lost and has not been read again. */
  readonly gone: number;
}

/** What ledger and lake say of the calls, at one moment. */
export async function storedRows(catalog: Catalog): Promise<StoredRows> {
  const calls = sql`segments.tbl = 'invocations'`;
  const retained = (column: "added_snapshot" | "replaced_snapshot") =>
    sql`(select coalesce(sum(segments.rows), 0) from segments
      join commits on commits.snapshot = ${sql.ref(`segments.${column}`)} where ${calls} and commits.kind = 'retain')`;
  const lost = sql`(select coalesce(sum(segments.rows), 0) from lost_segments
    join segments on segments.id = lost_segments.id where ${calls} and ${notUndone})`;
  // One statement: a commit between two would look like a loss.
  const { rows } = await sql<StoredRows>`select
    (select coalesce(sum(stored), 0) from windows) as stored,
    (select coalesce(sum(rows), 0) from segments where ${calls} and replaced_snapshot is null) as rows,
    ${retained("replaced_snapshot")} - ${retained("added_snapshot")} + ${lost} as gone`.execute(catalog);
  return rows[0] ?? { stored: 0, rows: 0, gone: 0 };
}
