import type { Catalog, Unit } from "./ledger.ts";

/** A reader died over these units: they are read again, in smaller groups. Two deaths over one unit alone end it. */
export async function suspectUnits(catalog: Catalog, units: readonly Unit[]): Promise<void> {
  const alone = units.length === 1;
  for (const { deaths, id, suspect } of units) {
    const crashed = alone && deaths + 1 >= 2;
    await catalog
      .updateTable("units")
      .set({ state: crashed ? "crashed" : "listed", suspect: suspect + 1, deaths: deaths + (alone ? 1 : 0) })
      .where("id", "=", id)
      .execute();
  }
}

/** The process died while it read: lays it to what was being read, by the same rule. Says how many units that were. */
export async function blameUnits(catalog: Catalog): Promise<number> {
  const units = await catalog.selectFrom("units").selectAll().where("state", "=", "fetching").execute();
  await suspectUnits(catalog, units);
  return units.length;
}

const unseenDeaths = 5;
const unseenOverMs = 3_600_000;

/**
 * After a start: what was being read is read again. A death that nobody saw may be a kill or a loss of power: it makes suspects only.
 * Five of them over one unit alone, an hour apart in all, are laid to it.
 */
export async function recoverUnits(catalog: Catalog, now: number): Promise<void> {
  await catalog.transaction().execute(async (trx) => {
    const units = await trx.selectFrom("units").selectAll().where("state", "=", "fetching").execute();
    const alone = units.length === 1;
    for (const { first_death_at, id, suspect, unseen_deaths } of units) {
      const deaths = unseen_deaths + (alone ? 1 : 0);
      const first = alone ? (first_death_at ?? now) : first_death_at;
      const crashed = deaths >= unseenDeaths && first !== null && now - first >= unseenOverMs;
      await trx
        .updateTable("units")
        .set({
          state: crashed ? "crashed" : "listed",
          suspect: suspect + 1,
          unseen_deaths: deaths,
          first_death_at: first,
        })
        .where("id", "=", id)
        .execute();
    }
  });
}
