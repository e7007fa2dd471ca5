import { ComplianceFilters } from "../compliance/filters.tsx";
import { PackButton } from "../compliance/pack-button.tsx";
import { SnapshotLink } from "../compliance/snapshot-link.tsx";
import type { Page } from "./page.ts";
import { PanelPage } from "./panel-page.tsx";

export const compliance: Page = {
  id: "compliance",
  path: "/compliance",
  title: "Compliance",
  icon: "compliance",
  View: () => (
    <PanelPage
      title="Compliance & coverage"
      bare
      filters={<ComplianceFilters />}
      tools={
        <>
          <SnapshotLink />
          <PackButton />
        </>
      }
      panels={[
        "verdict-band",
        "control-grid",
        "hour-coverage",
        "check-history",
        "check-changes",
        "ingest-progress",
        "target-coverage",
        "ledger",
        "source-day",
        "source-findings",
        "log-retention",
        "check-gaps",
        "waivers",
        "quarantine",
        "blind-spots",
      ]}
    />
  ),
};
