import type { Kysely } from "kysely";
import type { Invocation } from "../domain/invocation.ts";
import type { CatalogSchema } from "../store/catalog/schema.ts";

const most = 50;

/** Ids of the findings that name this invocation among their evidence, the newest first. */
export async function findingsOfInvocation(
  catalog: Kysely<CatalogSchema>,
  { time, accountId, region, id }: Pick<Invocation, "time" | "accountId" | "region" | "id">,
): Promise<string[]> {
  const at = Date.parse(time);
  const requestId = id.split("/").slice(2).join("/");
  const rows = await catalog
    .selectFrom("findings")
    .select(["id", "body"])
    .where("first_seen", "<=", at)
    .where("last_seen", ">=", at)
    .orderBy("last_seen", "desc")
    .limit(1_000)
    .execute();
  return rows
    .filter(({ body }) => body.includes(JSON.stringify(requestId)) && names(body, { accountId, region, requestId }))
    .slice(0, most)
    .map((row) => row.id);
}

function names(body: string, wanted: { accountId: string; region: string; requestId: string }): boolean {
  const { evidence } = JSON.parse(body) as { evidence: (typeof wanted)[] };
  return evidence.some(
    ({ accountId, region, requestId }) =>
      accountId === wanted.accountId && region === wanted.region && requestId === wanted.requestId,
  );
}
