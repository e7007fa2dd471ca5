import type { TargetLogging } from "../../domain/coverage.ts";
import type { Target } from "../../domain/target.ts";
import type { Catalog } from "./ledger.ts";

/** An account × region, and what AWS said of its logging configuration. */
export interface DiscoveredTarget extends Target {
  readonly logging: TargetLogging;
  /** Code of the error for `unread`, state of the account for `inactive`. */
  readonly error: string | null;
}

/** Keeps what discovery said. An account that it speaks of has these regions and no others; other accounts stay as they were. */
export async function saveTargets(catalog: Catalog, targets: readonly DiscoveredTarget[], at: number): Promise<void> {
  const accounts = [...new Set(targets.map(({ accountId }) => accountId))];
  if (accounts.length === 0) return;
  await catalog.transaction().execute(async (transaction) => {
    await transaction.deleteFrom("targets").where("account_id", "in", accounts).execute();
    for (const { accountId, error, logging, region } of targets)
      await transaction.insertInto("targets").values({ account_id: accountId, region, logging, error, at }).execute();
  });
}

/** By `account/region`. */
export async function knownTargets(catalog: Catalog): Promise<ReadonlyMap<string, DiscoveredTarget>> {
  const rows = await catalog.selectFrom("targets").selectAll().execute();
  return new Map(
    rows.map(({ account_id: accountId, error, logging, region }) => [
      `${accountId}/${region}`,
      { accountId, region, error, logging: logging as TargetLogging },
    ]),
  );
}
