import type { Page } from "./page.ts";
import { PanelPage } from "./panel-page.tsx";

export const overview: Page = {
  id: "overview",
  path: "/overview",
  title: "Overview",
  icon: "overview",
  View: () => (
    <PanelPage
      title="Overview"
      compares
      panels={[
        "findings-band",
        "invocation-count",
        "active-principals",
        "guardrail-interventions",
        "estimated-cost",
        "invocations-over-time",
        "top-principals",
        "top-models",
        "recent-events",
      ]}
    />
  ),
};
