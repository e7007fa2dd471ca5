import type { Store } from "./store/store.ts";

/** Start of the earliest day whose records a commit after `snapshot` added or amended; null: none did. */
export async function firstTouchedDay({ catalog }: Pick<Store, "catalog">, snapshot: number): Promise<string | null> {
  const row = await catalog
    .selectFrom("commit_days")
    .innerJoin("commits", "commits.snapshot", "commit_days.snapshot")
    .select(({ fn }) => fn.min("commit_days.dt").as("dt"))
    .where("commit_days.tbl", "=", "invocations")
    .where("commit_days.snapshot", ">", snapshot)
    .where("commits.kind", "in", ["ingest", "amend"])
    .executeTakeFirst();
  return row === undefined || row.dt === null ? null : `${row.dt}T00:00:00.000Z`;
}
