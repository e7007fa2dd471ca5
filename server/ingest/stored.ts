import { IdentityTable, identityWords, writeIdentity } from "./identity.ts";
import type { Copy } from "./protocol.ts";
import { loggedColumns, loggedText } from "./rows.ts";
import { shiftedDay } from "../lib/time.ts";
import { join, raw, sql } from "../store/sql.ts";
import type { Row, Store } from "../store/store.ts";

const maxIdentities = 20_000_000;

/** The identities of a day's committed records. */
export async function loadIdentities({ batch, catalog }: Store, dt: string): Promise<IdentityTable> {
  const { rows } = await catalog
    .selectFrom("segments")
    .select(({ fn }) => fn.sum<number | null>("rows").as("rows"))
    .where("tbl", "=", "invocations")
    .where("dt", "=", dt)
    .where("replaced_snapshot", "is", null)
    .executeTakeFirstOrThrow();
  const table = new IdentityTable(rows ?? 0);
  if (rows === null) return table;
  const words = new Uint32Array(identityWords);
  const answer = await batch.query(
    sql`/* ingest/load-identities */
      select account_id || '/' || region || '/' || request_id as id, record_hash
      from invocations where dt = ${dt}`,
    { maxRows: maxIdentities },
  );
  for (const row of answer.rows) {
    writeIdentity(words, 0, String(row["id"]), BigInt(row["record_hash"] as number | bigint));
    table.add(words, 0, 0);
  }
  return table;
}

/** What is stored of a record, for a comparison with another copy; null when nothing of this id is stored around that day. */
export async function storedCopy({ batch }: Store, id: string, day: string): Promise<Copy | null> {
  const [from, to] = [shiftedDay(day, -1), shiftedDay(day, 1)];
  const columns = join([...loggedColumns, "input_body_s3_path", "output_body_s3_path"].map(raw), ", ");
  const found = await batch.query(sql`/* ingest/stored-copy */
    select time, ${columns}
    from invocations
    where dt between ${from} and ${to} and account_id || '/' || region || '/' || request_id = ${id}
    limit 1`);
  const [row] = found.rows;
  if (row === undefined) return null;
  const bodies = await batch.query(sql`/* ingest/stored-bodies */
    select side, body
    from content
    where dt between ${from} and ${to} and account_id || '/' || region || '/' || request_id = ${id}
    limit 2`);
  return {
    fields: fieldsOf(row),
    inputBody: bodyOf(bodies.rows, "input"),
    outputBody: bodyOf(bodies.rows, "output"),
    inputPath: textOf(row["input_body_s3_path"]),
    outputPath: textOf(row["output_body_s3_path"]),
  };
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/** As a fresh record's fields are written: JSON text of each, the time first. */
function fieldsOf(row: Row): (string | null)[] {
  return ["time", ...loggedColumns].map((column) => loggedText(row[column]));
}

function bodyOf(rows: readonly Row[], side: string): string | null {
  return textOf(rows.find((row) => row["side"] === side)?.["body"]);
}
