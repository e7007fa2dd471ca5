import type { Target } from "../domain/target.ts";
import type { Catalog } from "../store/catalog/ledger.ts";
import { setRetired } from "../store/catalog/sources.ts";
import type { Discovered } from "./discovery.ts";
import { readOnMs } from "./kept-places.ts";

/** A source that is read on though no configuration names it. */
export interface RetiredSource extends Target {
  readonly id: string;
  readonly kind: string;
  readonly place: string;
  /** Too long ago for anything new: it is looked at only when a window is due. */
  readonly cold: boolean;
}

/**
 * Marks discovered sources that their target's configuration no longer names, and takes the mark from those that it names again.
 * A target that could not be asked proves nothing. Gives those that have left.
 */
export async function retireSources(
  catalog: Catalog,
  { sources, targets }: Pick<Discovered, "sources" | "targets">,
  now: number,
): Promise<readonly RetiredSource[]> {
  const named = new Set(sources.map(({ source }) => source.id));
  const asked = new Set(
    targets.flatMap(({ accountId, logging, region }) =>
      logging === "on" || logging === "off" ? [`${accountId}/${region}`] : [],
    ),
  );
  const known = await catalog.selectFrom("sources").selectAll().where("origin", "=", "discovered").execute();
  const retired: RetiredSource[] = [];
  for (const { account_id: accountId, id, kind, place, region, retired_at: since } of known) {
    if (accountId === null || region === null) continue;
    if (named.has(id)) await setRetired(catalog, id, { retired: false, at: now });
    else if (asked.has(`${accountId}/${region}`)) {
      await setRetired(catalog, id, { retired: true, at: now });
      retired.push({ id, accountId, region, kind, place, cold: now - (since ?? now) >= readOnMs });
    }
  }
  return retired;
}
