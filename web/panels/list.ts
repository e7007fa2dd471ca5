import { activePrincipals } from "./active-principals.tsx";
import { blindSpots } from "./blind-spots.tsx";
import { checkChanges } from "./check-changes.tsx";
import { checkGaps } from "./check-gaps.tsx";
import { checkHistory } from "./check-history.tsx";
import { controlGrid } from "./control-grid.tsx";
import { costByModel } from "./cost-by-model.tsx";
import { endpointTypes } from "./endpoint-types.ts";
import { estimatedCost } from "./estimated-cost.ts";
import { findingCounts } from "./finding-counts.tsx";
import { findingList } from "./finding-list.tsx";
import { findingsBand } from "./findings-band.tsx";
import { guardrailInterventions } from "./guardrail-interventions.tsx";
import { hourCoverage } from "./hour-coverage.tsx";
import { ingestProgress } from "./ingest-progress.tsx";
import { invocationCount } from "./invocation-count.ts";
import { invocationsOverTime } from "./invocations-over-time.tsx";
import { ledger } from "./ledger.tsx";
import { logRetention } from "./log-retention.tsx";
import { modelTable } from "./models.tsx";
import type { PanelSpec } from "./panel.ts";
import { quarantine } from "./quarantine.tsx";
import { recentEvents } from "./recent-events.tsx";
import { recordGroups } from "./record-groups.tsx";
import { records } from "./records.tsx";
import { recordsOverTime } from "./records-over-time.tsx";
import { recordsSummary } from "./records-summary.tsx";
import { regionalPremium } from "./regional-premium.tsx";
import { residency } from "./residency.tsx";
import { sourceDay } from "./source-day.tsx";
import { sourceFindings } from "./source-findings.tsx";
import { targetCoverage } from "./target-coverage.tsx";
import { topModels } from "./top-models.ts";
import { topPrincipals } from "./top-principals.ts";
import { unpriced } from "./unpriced.tsx";
import { verdictBand } from "./verdict-band.tsx";
import { waivers } from "./waivers.tsx";

/** Every panel that a page can show. */
const panels: readonly PanelSpec[] = [
  findingsBand,
  invocationCount,
  activePrincipals,
  guardrailInterventions,
  estimatedCost,
  invocationsOverTime,
  topPrincipals,
  topModels,
  recentEvents,
  findingCounts,
  findingList,
  recordsSummary,
  recordGroups,
  recordsOverTime,
  records,
  costByModel,
  endpointTypes,
  residency,
  regionalPremium,
  modelTable,
  unpriced,
  verdictBand,
  controlGrid,
  hourCoverage,
  ingestProgress,
  targetCoverage,
  ledger,
  sourceDay,
  sourceFindings,
  logRetention,
  checkGaps,
  checkHistory,
  checkChanges,
  waivers,
  quarantine,
  blindSpots,
];

export function panelOf(id: string): PanelSpec {
  const panel = panels.find((candidate) => candidate.id === id);
  if (panel === undefined) throw new Error(`no panel ${id}`);
  return panel;
}
