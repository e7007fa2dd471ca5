import { rankedPanel } from "./ranked-panel.tsx";

export const topModels = rankedPanel({
  id: "top-models",
  title: "Top models",
  dimension: "model",
  head: "Model",
  top: 10,
  width: "c6",
});
