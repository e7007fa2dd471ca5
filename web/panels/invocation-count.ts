import { format } from "../format.ts";
import { numberPanel } from "./number-panel.tsx";

export const invocationCount = numberPanel({
  id: "invocation-count",
  title: "Invocations",
  measure: "invocations",
  formatShort: format.compact,
  formatExact: format.count,
  change: format.change,
});
