import { sql as statement } from "kysely";
import type { TargetCoverage } from "../../domain/coverage.ts";
import { targetCoverage } from "./coverage.ts";
import type { Catalog } from "./ledger.ts";

interface Known {
  readonly version: string;
  readonly coverage: Promise<TargetCoverage[]>;
}

const known = new WeakMap<Catalog, Known>();
/** Windows end as time goes by, also where nothing is written. */
const stepMs = 60_000;

/**
 * As `targetCoverage`, reckoned anew only when the catalog has changed, or a minute has passed: every question of a screen needs it, and it
 * reads the whole ledger.
 */
export async function currentCoverage(catalog: Catalog, now: number): Promise<readonly TargetCoverage[]> {
  const version = `${await catalogVersion(catalog)} ${Math.floor(now / stepMs)}`;
  const last = known.get(catalog);
  if (last?.version === version) return last.coverage;
  const next: Known = { version, coverage: targetCoverage(catalog, now) };
  known.set(catalog, next);
  next.coverage.catch(() => known.get(catalog) === next && known.delete(catalog));
  return next.coverage;
}

/** Another text as soon as anybody has written: over this connection, or another. */
async function catalogVersion(catalog: Catalog): Promise<string> {
  const { rows } = await statement<{
    readonly own: number;
    readonly others: number;
  }>`select total_changes() as own, data_version as others from pragma_data_version`.execute(catalog);
  const [row] = rows;
  return `${row?.own}/${row?.others}`;
}
