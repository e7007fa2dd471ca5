import { FindingFilters } from "../finding/finding-filters.tsx";
import type { Page } from "./page.ts";
import { PanelPage } from "./panel-page.tsx";

export const findings: Page = {
  id: "findings",
  path: "/findings",
  title: "Findings",
  icon: "findings",
  View: () => <PanelPage title="Findings" filters={<FindingFilters />} panels={["finding-counts", "finding-list"]} />,
};
