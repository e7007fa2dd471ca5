import type { Target } from "../domain/target.ts";
import type { Catalog } from "../store/catalog/ledger.ts";
import { setRetired } from "../store/catalog/sources.ts";
import type { Discovered } from "./discovery.ts";
import { isCovered } from "../store/catalog/unopened-places.ts";
import { readOnMs } from "./kept-places.ts";
import { isUnnamed } from "./source-parts.ts";

/** A source that is read on though no configuration names it, whether it has left one or only its folder was found. */
export interface RetiredSource extends Target {
  readonly id: string;
  readonly kind: string;
  readonly place: string;
  /** Too long ago for anything new: it is looked at only when a window is due. */
  readonly cold: boolean;
}

/**
 * Marks discovered sources that their target's configuration no longer names, and takes the mark from those that it names again.
 * A target that could not be asked proves nothing. Gives those that have left, and those of which no more than a folder was found.
 */
export async function retireSources(
  catalog: Catalog,
  { sources, targets }: Pick<Discovered, "sources" | "targets">,
  now: number,
): Promise<readonly RetiredSource[]> {
  const named = new Set(sources.filter((found) => !isUnnamed(found)).map(({ source }) => source.id));
  const asked = new Set(
    targets.flatMap(({ accountId, logging, region }) =>
      logging === "on" || logging === "off" ? [`${accountId}/${region}`] : [],
    ),
  );
  const known = await catalog.selectFrom("sources").selectAll().where("origin", "=", "discovered").execute();
  const retired: RetiredSource[] = [];
  for (const { account_id: accountId, id, kind, place, region, retired_at: since } of known) {
    if (accountId === null || region === null) continue;
    if (named.has(id)) await setRetired(catalog, id, { origin: "discovered", retired: false, at: now });
    else if (asked.has(`${accountId}/${region}`)) {
      await setRetired(catalog, id, { origin: "discovered", retired: true, at: now });
      retired.push({ id, accountId, region, kind, place, cold: now - (since ?? now) >= readOnMs });
    }
  }
  const told = new Set(known.map(({ id }) => id));
  for (const { source } of sources.filter((found) => isUnnamed(found))) {
    const { id, kind, place, scope } = source;
    if (scope !== null && !told.has(id) && asked.has(`${scope.accountId}/${scope.region}`))
      retired.push({ ...scope, id, kind, place, cold: false });
  }
  return retired;
}

/**
 * Marks sources that the settings no longer name: nothing says any more by whose keys to read them. What lies in a place that could not
 * be opened has not left, and a folder can be named by each run.
 */
export async function retireConfigured(
  catalog: Catalog,
  { problems, sources }: Pick<Discovered, "problems" | "sources">,
  now: number,
): Promise<void> {
  const open = new Set(sources.map(({ source }) => source.id));
  const known = await catalog
    .selectFrom("sources")
    .select(["id", "place"])
    .where("origin", "=", "configured")
    .where("kind", "!=", "folder")
    .execute();
  for (const { id, place } of known) {
    const retired = !open.has(id);
    if (retired && problems.some(({ covers }) => isCovered(place, covers))) continue;
    await setRetired(catalog, id, { origin: "configured", retired, at: now });
  }
}
