import { format } from "../format.ts";
import { numberPanel } from "./number-panel.tsx";

export const estimatedCost = numberPanel({
  id: "estimated-cost",
  title: "Estimated cost",
  unit: "USD, list price",
  measure: "costUsd",
  formatShort: format.usdCompact,
  formatExact: format.usd,
  change: format.change,
});
