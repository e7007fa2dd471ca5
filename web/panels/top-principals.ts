import { rankedPanel } from "./ranked-panel.tsx";

export const topPrincipals = rankedPanel({
  id: "top-principals",
  title: "Top principals",
  dimension: "principal",
  head: "Principal",
  top: 10,
  width: "c6",
});
