import { api } from "../domain/api.ts";
import type { PriceLookup } from "../domain/price.ts";
import { answerMetric, type MetricDeps } from "../metrics/answer.ts";
import { currentCoverage } from "../store/catalog/current-coverage.ts";
import type { Store } from "../store/store.ts";
import { handle, type Route } from "./route.ts";

export function metricRoutes(deps: { readonly store: Store; readonly prices: PriceLookup }): readonly Route[] {
  return [handle(api.metrics, async ({ input, signal }) => answerMetric(await metricDeps(deps), input, signal))];
}

/** What a metric is asked of: one store at one moment. */
export async function metricDeps({
  store,
  prices,
}: {
  readonly store: Store;
  readonly prices: PriceLookup;
}): Promise<MetricDeps> {
  return {
    engine: store.interactive,
    snapshot: () => store.snapshot(),
    prices,
    coverage: await currentCoverage(store.catalog, store.clock()),
    since: await readSince(store),
    clock: store.clock,
  };
}

/** Before this instant no source was read. Folders are read whole. */
async function readSince({ catalog }: Store): Promise<string | null> {
  const row = await catalog
    .selectFrom("sources")
    .select(({ fn }) => fn.min("since").as("since"))
    .executeTakeFirst();
  const since = row?.since ?? 0;
  return since > 0 ? new Date(since).toISOString() : null;
}
