import { api } from "../domain/api.ts";
import type { PriceLookup } from "../domain/price.ts";
import { answerMetric, type MetricDeps } from "../metrics/answer.ts";
import type { Moment } from "../store/moments.ts";
import type { Store } from "../store/store.ts";
import { handle, type Route } from "./route.ts";

interface Deps {
  readonly store: Store;
  readonly prices: PriceLookup;
  readonly moment: () => Promise<Moment>;
}

export function metricRoutes(deps: Deps): readonly Route[] {
  return [handle(api.metrics, async ({ input, signal }) => answerMetric(await metricDeps(deps), input, signal))];
}

/** What a metric is asked of: one store at one moment. */
export async function metricDeps({ moment, prices, store }: Deps): Promise<MetricDeps> {
  const { coverage, since, snapshot } = await moment();
  return { engine: store.interactive, snapshot: async () => snapshot, prices, coverage, since, clock: store.clock };
}
