import { checkHistory } from "../controls/check-history.ts";
import { latestCheck } from "../controls/check-runs.ts";
import { controls } from "../controls/list.ts";
import { api } from "../domain/api.ts";
import { detectionWaivers } from "../findings/waivers.ts";
import { allTargets } from "../store/catalog/coverage.ts";
import { ingestFindings } from "../store/catalog/ingest-findings.ts";
import { counts, daysLedger, openQuarantine, quarantineList, sourceStatuses } from "../store/catalog/ledger-report.ts";
import type { Store } from "../store/store.ts";
import { handle, type Route } from "./route.ts";

const quarantineShown = 500;
const dayMs = 86_400_000;

export function complianceRoutes({ store }: { readonly store: Store }): readonly Route[] {
  const { catalog, clock } = store;
  return [
    handle(api.controls, async () => ({
      controls: controls.map(({ id, title, severity, why }) => ({ id, title, severity, why })),
      report: await latestCheck(catalog),
      detectionWaivers: await detectionWaivers(catalog),
    })),
    handle(api.complianceHistory, ({ input: { days, ...of } }) =>
      checkHistory(catalog, { ...of, from: clock() - days * dayMs, to: clock() + 1 }),
    ),
    handle(api.coverage, async () => ({
      targets: await allTargets(catalog, clock()),
      findings: await ingestFindings(store),
    })),
    handle(api.ledger, async () => ({
      counts: await counts(catalog),
      sources: await sourceStatuses(catalog, clock()),
      days: await daysLedger(catalog),
    })),
    handle(api.quarantine, async () => ({
      items: await quarantineList(catalog, { limit: quarantineShown }),
      total: await openQuarantine(catalog),
    })),
  ];
}
