import { sql as statement } from "kysely";
import type { TargetCoverage } from "../domain/coverage.ts";
import { targetCoverage } from "./catalog/coverage.ts";
import type { Catalog } from "./catalog/ledger.ts";
import type { SnapshotInfo, Store } from "./store.ts";

/** The store as readers see it at one time. */
export interface Moment {
  readonly snapshot: SnapshotInfo;
  /** Reckoned before the snapshot was taken: nothing is called complete that lies in a later commit. */
  readonly coverage: readonly TargetCoverage[];
  /** Before this instant no source was read, ISO; null: folders are read whole. */
  readonly since: string | null;
}

/** Windows end as time goes by, also where nothing is written. */
const stepMs = 60_000;

/**
 * Gives the newest moment, reckoned anew only when the catalog has changed, or a minute has passed: every question of a screen needs it,
 * and it reads the whole ledger. While `holdMs` says more than 0, one may be given for as long: with each commit all questions would be
 * asked of the engine again, and while much is read commits come faster than they can be answered.
 */
export function openMoments(
  store: Pick<Store, "catalog" | "clock" | "snapshot">,
  holdMs: () => number = () => 0,
): () => Promise<Moment> {
  let known: { readonly at: number; readonly version: string; readonly moment: Promise<Moment> } | null = null;
  return async () => {
    const now = store.clock();
    if (known !== null && Math.abs(now - known.at) < holdMs() && !isEmpty(await known.moment)) return known.moment;
    const version = `${await catalogVersion(store.catalog)} ${Math.floor(now / stepMs)}`;
    if (known?.version === version) return known.moment;
    const next = { at: now, version, moment: readMoment(store, now) };
    known = next;
    next.moment.catch(() => {
      if (known === next) known = null;
    });
    return next.moment;
  };
}

/** What comes first is waited for, and nothing is asked of the engine until then. */
function isEmpty({ snapshot }: Moment): boolean {
  return snapshot.snapshot === 0;
}

async function readMoment({ catalog, snapshot }: Pick<Store, "catalog" | "snapshot">, now: number): Promise<Moment> {
  const [coverage, since] = [await targetCoverage(catalog, now), await readSince(catalog)];
  return { coverage, since, snapshot: await snapshot() };
}

async function readSince(catalog: Catalog): Promise<string | null> {
  const row = await catalog
    .selectFrom("sources")
    .select(({ fn }) => fn.min("since").as("since"))
    .executeTakeFirst();
  const since = row?.since ?? 0;
  return since > 0 ? new Date(since).toISOString() : null;
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
