import type { Page } from "./page.ts";
import { PanelPage } from "./panel-page.tsx";

export const models: Page = {
  id: "models",
  path: "/models",
  title: "Models & cost",
  icon: "models",
  View: () => (
    <PanelPage
      title="Models & cost"
      panels={["cost-by-model", "endpoint-types", "residency", "regional-premium", "models", "unpriced"]}
    />
  ),
};
