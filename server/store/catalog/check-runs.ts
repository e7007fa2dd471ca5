import type { Kysely } from "kysely";
import { CheckReport } from "../../domain/compliance.ts";
import type { CatalogSchema } from "./schema.ts";

/** Keeps what a run of the check found. Runs are only appended. */
export async function saveCheck(catalog: Kysely<CatalogSchema>, report: CheckReport): Promise<void> {
  const { id, clock, complete } = report.run;
  await catalog
    .insertInto("check_runs")
    .values({ id, at: Date.parse(clock), complete: complete ? 1 : 0, body: JSON.stringify(report) })
    .execute();
}

/** The newest complete run; null before the first one. */
export async function latestCheck(catalog: Kysely<CatalogSchema>): Promise<CheckReport | null> {
  const row = await catalog
    .selectFrom("check_runs")
    .select("body")
    .where("complete", "=", 1)
    .orderBy("at", "desc")
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? null : CheckReport.parse(JSON.parse(row.body));
}
