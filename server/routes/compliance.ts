import { checkPack } from "../check-pack.ts";
import { checkHistory } from "../controls/check-history.ts";
import { keptRun, latestCheck, newerRun } from "../controls/check-runs.ts";
import { controls } from "../controls/list.ts";
import { api } from "../domain/api.ts";
import type { RunSnapshotAnswer } from "../domain/compliance-answers.ts";
import { detectionWaivers } from "../findings/waivers.ts";
import { allTargets } from "../store/catalog/coverage.ts";
import { ingestFindings } from "../store/catalog/ingest-findings.ts";
import { ledgerLaw } from "../store/catalog/law.ts";
import { counts, daysLedger, openQuarantine, quarantineList, sourceStatuses } from "../store/catalog/ledger-report.ts";
import { sourceDay } from "../store/source-day.ts";
import type { Store } from "../store/store.ts";
import { appendTrail } from "../trail/trail.ts";
import { hourCoverage } from "./hour-coverage.ts";
import { handle, NotFoundError, type Route } from "./route.ts";

const quarantineShown = 500;
const dayMs = 86_400_000;

interface Deps {
  readonly store: Store;
  readonly version: string;
  readonly demo: boolean;
}

export function complianceRoutes({ demo, store, version }: Deps): readonly Route[] {
  const { catalog, clock } = store;
  return [
    handle(api.controls, async () => {
      const report = await latestCheck(catalog);
      return {
        controls: controls.map(({ id, title, severity, why }) => ({ id, title, severity, why })),
        report,
        newer: report === null ? null : await newerRun(catalog, report),
        detectionWaivers: await detectionWaivers(catalog),
      };
    }),
    handle(api.control, async ({ input: { id } }) => {
      const control = controls.find((one) => one.id === id);
      if (control === undefined) throw new NotFoundError("there is no such control");
      const { severity, title, why } = control;
      const report = await latestCheck(catalog);
      return {
        control: { id, title, severity, why },
        run: report?.run ?? null,
        targets: report?.targets ?? [],
        results: report?.results.filter((result) => result.control === id) ?? [],
      };
    }),
    handle(api.snapshot, async ({ input: { id } }) => {
      const run = await keptRun(catalog, id);
      if (run === null) throw new NotFoundError("there is no such run");
      // As `savedTarget` wrote them, each with its kind.
      return { report: run.report, snapshot: run.seen as RunSnapshotAnswer["snapshot"] };
    }),
    handle(api.pack, async ({ actor, input: { reason = null, run: id, ticket = null } }) => {
      const pack = await checkPack(store, { id, madeBy: actor, reason, ticket, version, demo });
      if (pack === null) throw new NotFoundError("there is no such run");
      // Nothing is handed out before the entry is there: no trace, no pack.
      await appendTrail(store, {
        actor,
        action: "pack",
        objects: [
          { type: "check-run", id },
          { type: "pack", id: pack.manifestSha256 },
        ],
        reason,
        ticket,
        outcome: "allowed",
      });
      return pack.bytes;
    }),
    handle(api.complianceHistory, ({ input: { days, ...of } }) =>
      checkHistory(catalog, { ...of, from: clock() - days * dayMs, to: clock() + 1 }),
    ),
    handle(api.complianceCoverage, ({ input, signal }) => hourCoverage(store, input, signal)),
    handle(api.coverage, async () => ({
      targets: await allTargets(catalog, clock()),
      law: await ledgerLaw(catalog),
      findings: await ingestFindings(store),
    })),
    handle(api.ledger, async () => ({
      counts: await counts(catalog),
      sources: await sourceStatuses(catalog, clock()),
      days: await daysLedger(catalog),
    })),
    handle(api.sourceDays, async ({ input: { source } }) => ({ days: await daysLedger(catalog, source) })),
    handle(api.sourceDay, async ({ input, signal }) => {
      const day = await sourceDay(store, input, signal);
      if (day === null) throw new NotFoundError("there is no such source");
      return day;
    }),
    handle(api.quarantine, async () => ({
      items: await quarantineList(catalog, { limit: quarantineShown }),
      total: await openQuarantine(catalog),
    })),
  ];
}
