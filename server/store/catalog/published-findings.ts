import type { Kysely } from "kysely";
import type { CatalogSchema } from "./schema.ts";

/** A finding that Security Hub holds as one that there is; whoever gave it reads its body. */
export interface PublishedFinding {
  readonly productArn: string;
  readonly id: string;
  /** JSON. */
  readonly body: string;
}

/** What runs of a scope gave and did not put aside, in the order of place and id. */
export async function publishedFindings(
  catalog: Kysely<CatalogSchema>,
  scope: string,
): Promise<readonly PublishedFinding[]> {
  const rows = await catalog
    .selectFrom("published_findings")
    .select(["product_arn", "id", "body"])
    .where("scope", "=", scope)
    .orderBy("product_arn")
    .orderBy("id")
    .execute();
  return rows.map(({ product_arn: productArn, ...row }) => ({ productArn, ...row }));
}

/** Notes what was taken, and forgets what was put aside, in one transaction. */
export async function notePublished(
  catalog: Kysely<CatalogSchema>,
  {
    archived,
    at,
    scope,
    taken,
  }: {
    readonly scope: string;
    readonly at: number;
    readonly taken: readonly PublishedFinding[];
    readonly archived: readonly Pick<PublishedFinding, "productArn" | "id">[];
  },
): Promise<void> {
  await catalog.transaction().execute(async (trx) => {
    for (const { body, id, productArn } of taken)
      await trx
        .insertInto("published_findings")
        .values({ product_arn: productArn, id, scope, at, body })
        .onConflict((same) => same.columns(["product_arn", "id"]).doUpdateSet({ scope, at, body }))
        .execute();
    for (const { id, productArn } of archived)
      await trx.deleteFrom("published_findings").where("product_arn", "=", productArn).where("id", "=", id).execute();
  });
}
