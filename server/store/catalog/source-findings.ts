import type { Catalog } from "./ledger.ts";

/** What ingest saw of a source that stands in no other table. */
export interface SourceFinding {
  readonly kind: "clock-skew" | "log-object-rewritten";
  /** Empty for what concerns all sources. */
  readonly sourceId: string;
  /** What it is about; one finding a kind, source and key. */
  readonly key: string;
  readonly at: number;
}

/** Notes a finding, or that it was seen again. */
export async function noteFinding(catalog: Catalog, { at, key, kind, sourceId }: SourceFinding): Promise<void> {
  await catalog
    .insertInto("source_findings")
    .values({ kind, source_id: sourceId, key, at })
    .onConflict((conflict) => conflict.columns(["kind", "source_id", "key"]).doUpdateSet({ at }))
    .execute();
}

/** The newest ones, newest first. */
export async function notedFindings(catalog: Catalog, limit: number) {
  return catalog.selectFrom("source_findings").selectAll().orderBy("at", "desc").limit(limit).execute();
}
