import type { Kysely } from "kysely";
import { CheckReport } from "../domain/compliance.ts";
import type { CatalogSchema } from "../store/catalog/schema.ts";

type Catalog = Kysely<CatalogSchema>;

/** Runs are only appended. */
export async function saveCheck(catalog: Catalog, report: CheckReport): Promise<void> {
  const { clock, complete, id } = report.run;
  await catalog
    .insertInto("check_runs")
    .values({ id, at: Date.parse(clock), complete: complete ? 1 : 0, body: JSON.stringify(report) })
    .execute();
}

/** The newest run that came to its end, for one that was cut short shows less; without any, the newest. Null before the first. */
export async function latestCheck(catalog: Catalog): Promise<CheckReport | null> {
  const row = await catalog
    .selectFrom("check_runs")
    .select("body")
    .orderBy("complete", "desc")
    .orderBy("at", "desc")
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? null : CheckReport.parse(JSON.parse(row.body));
}
