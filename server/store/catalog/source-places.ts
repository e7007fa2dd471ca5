import type { Catalog } from "./ledger.ts";

/** A place in S3 that a configuration names: `s3://<bucket>/<prefix>/`. */
export interface PlaceName {
  /** Whether records lie there, or bodies that records name. */
  readonly role: "records" | "bodies";
  readonly place: string;
}

/** A place that a configuration names, or has named. */
export interface KeptPlace extends PlaceName {
  /** When it was seen first that no configuration names it any more, in ms; null: one does. */
  readonly leftAt: number | null;
}

/**
 * Notes the places of a source. Gives all that it ever had. Those that are `named` no more have left, unless the search for them was not
 * `whole`: then nothing is known of them. Of those that are `unnamed`, too, folders were found.
 */
export async function notePlaces(
  catalog: Catalog,
  sourceId: string,
  named: readonly PlaceName[],
  {
    at,
    unnamed = [],
    whole,
  }: { readonly at: number; readonly unnamed?: readonly PlaceName[]; readonly whole: boolean },
): Promise<readonly KeptPlace[]> {
  return catalog.transaction().execute(async (trx) => {
    for (const { place, role } of named)
      await trx
        .insertInto("source_places")
        .values({ source_id: sourceId, role, place, left_at: null })
        .onConflict((conflict) => conflict.columns(["source_id", "role", "place"]).doUpdateSet({ left_at: null }))
        .execute();
    for (const { place, role } of unnamed)
      await trx
        .insertInto("source_places")
        .values({ source_id: sourceId, role, place, left_at: null })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    const known = await keptPlaces(trx, sourceId);
    const isNamed = (kept: PlaceName) => named.some(({ place, role }) => place === kept.place && role === kept.role);
    const left = whole ? known.filter((kept) => kept.leftAt === null && !isNamed(kept)) : [];
    for (const { place, role } of left)
      await trx
        .updateTable("source_places")
        .set({ left_at: at })
        .where("source_id", "=", sourceId)
        .where("role", "=", role)
        .where("place", "=", place)
        .execute();
    return known.map((kept) => (left.includes(kept) ? { ...kept, leftAt: at } : kept));
  });
}

/** All places that a source ever had, in order. */
export async function keptPlaces(catalog: Catalog, sourceId: string): Promise<readonly KeptPlace[]> {
  const rows = await catalog
    .selectFrom("source_places")
    .select(["role", "place", "left_at"])
    .where("source_id", "=", sourceId)
    .orderBy("role")
    .orderBy("place")
    .execute();
  return rows.map(({ left_at: leftAt, place, role }) => ({ place, role: role as PlaceName["role"], leftAt }));
}
