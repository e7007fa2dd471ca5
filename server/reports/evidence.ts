import type { Kysely } from "kysely";
import { addCounts, lawHolds, noCounts, type TargetCoverage } from "../domain/coverage.ts";
import type { ReportDocument, ReportedTarget } from "../domain/report.ts";
import { utcDay, type Span } from "../lib/time.ts";
import { counts, daysLedger, sourceStatuses } from "../store/catalog/ledger-report.ts";
import { beforeSince } from "../store/catalog/left-out.ts";
import type { CatalogSchema } from "../store/catalog/schema.ts";

export type Catalog = Kysely<CatalogSchema>;

/** The store was filled with simulated data, and says so of itself. */
export async function isDemo(catalog: Catalog): Promise<boolean> {
  const row = await catalog.selectFrom("meta").select("value").where("key", "=", "demo").executeTakeFirst();
  return row?.value === "1";
}

/** The instant before which no source was asked; null when all that there is was read, or nothing was. */
export async function readSince(catalog: Catalog): Promise<number | null> {
  const row = await catalog
    .selectFrom("windows")
    .select(({ fn }) => fn.min<number | null>("start_at").as("oldest"))
    .where("state", "!=", beforeSince)
    .executeTakeFirst();
  // The flat files of a folder are all in one window that begins at 0.
  return row === undefined || row.oldest === null || row.oldest === 0 ? null : row.oldest;
}

/** How much of the window, and of the period before, was read of each target. */
export function reportedTargets(
  targets: readonly TargetCoverage[],
  { window, previous, since }: { readonly window: Span; readonly previous: Span; readonly since: number | null },
): ReportedTarget[] {
  return targets.map(({ accountId, region, readThrough, hole, exceptions }) => {
    const share = (span: Span) => readShare(span, since, readThrough === null ? null : Date.parse(readThrough));
    return {
      accountId,
      region,
      readThrough,
      readShare: share(window),
      previousReadShare: share(previous),
      hole,
      exceptions,
    };
  });
}

/** Share of a span's time that lies between the first and the last instant read. */
function readShare({ start, end }: Span, since: number | null, through: number | null): number {
  if (through === null) return 0;
  return Math.max(0, Math.min(end, through) - Math.max(start, since ?? start)) / (end - start);
}

export async function ledgerEvidence(
  catalog: Catalog,
  { now, window }: { readonly now: number; readonly window: Span },
): Promise<Omit<ReportDocument["evidence"], "targets">> {
  const [all, days, sources] = [await counts(catalog), await daysLedger(catalog), await sourceStatuses(catalog, now)];
  const [first, last] = [utcDay(window.start), utcDay(window.end - 1)];
  return {
    unread: sources
      .filter(({ state }) => state !== "active" && state !== "retired")
      .map(({ place, state, reason }) => ({ place, state, reason })),
    counts: all,
    windowCounts: days
      .filter(({ day }) => day >= first && day <= last)
      .reduce((sum, entry) => addCounts(sum, entry.counts), noCounts),
    lawHolds: lawHolds(all),
    quarantine: await quarantineReasons(catalog),
  };
}

async function quarantineReasons(catalog: Catalog): Promise<ReportDocument["evidence"]["quarantine"]> {
  return catalog
    .selectFrom("quarantine")
    .select("reason")
    .select(({ fn }) => fn.countAll<number>().as("entries"))
    .where("state", "=", "open")
    .groupBy("reason")
    .orderBy("reason")
    .execute();
}
