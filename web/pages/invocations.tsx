import type { Page } from "./page.ts";
import { PanelPage } from "./panel-page.tsx";

export const invocations: Page = {
  id: "invocations",
  path: "/invocations",
  title: "Invocations",
  icon: "invocations",
  View: () => (
    <PanelPage title="Invocations" panels={["records-summary", "record-groups", "records-over-time", "records"]} />
  ),
};
