import { sql, type SqlBool } from "kysely";
import { lawHolds } from "../../domain/coverage.ts";
import type { LedgerLaw } from "../../domain/ledger.ts";
import { counts, countNames, countsOf } from "./ledger-report.ts";
import type { Catalog } from "./ledger.ts";

/** As the index of broken units says it. */
export const isBroken = sql<SqlBool>`read != stored + duplicates + quarantined + ignored`;

/** At most so many of a kind are named. */
const named = 100;

/** The conservation law in total, for each window and for each unit of the catalog. */
export async function ledgerLaw(catalog: Catalog): Promise<LedgerLaw> {
  const [sum, units, windows] = [
    await counts(catalog),
    await catalog
      .selectFrom("units")
      .select(["id", "source_id", ...countNames])
      .where(isBroken)
      .limit(named)
      .execute(),
    await catalog
      .selectFrom("windows")
      .select(["source_id", "start_at", ...countNames])
      .where(isBroken)
      .limit(named)
      .execute(),
  ];
  const broken: LedgerLaw["broken"] = [
    ...units.map((row) => ({
      what: "unit" as const,
      sourceId: row.source_id,
      name: String(row.id),
      counts: countsOf(row),
    })),
    ...windows.map((row) => ({
      what: "window" as const,
      sourceId: row.source_id,
      name: row.start_at === 0 ? "flat" : new Date(row.start_at).toISOString(),
      counts: countsOf(row),
    })),
  ];
  return { counts: sum, holds: lawHolds(sum) && broken.length === 0, broken };
}
