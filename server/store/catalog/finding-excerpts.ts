import { sql, type SqlBool } from "kysely";
import type { Finding } from "../../domain/finding.ts";
import type { Catalog } from "./ledger.ts";

/** Takes the excerpts of calls, named `account/region/request id`, out of the evidence of findings. */
export async function dropExcerpts(trx: Catalog, calls: ReadonlySet<string>): Promise<void> {
  if (calls.size === 0) return;
  const rows = await trx
    .selectFrom("findings")
    .select(["id", "body"])
    .where(sql<SqlBool>`instr(body, '"excerpt":"') > 0`)
    .execute();
  for (const { body, id } of rows) {
    const finding = JSON.parse(body) as Finding;
    const evidence = finding.evidence.map((one) =>
      calls.has(`${one.accountId}/${one.region}/${one.requestId}`) ? { ...one, excerpt: null } : one,
    );
    const text = JSON.stringify({ ...finding, evidence });
    if (text !== body) await trx.updateTable("findings").set({ body: text }).where("id", "=", id).execute();
  }
}
