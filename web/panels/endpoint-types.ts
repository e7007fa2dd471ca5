import { rankedPanel } from "./ranked-panel.tsx";

export const endpointTypes = rankedPanel({
  id: "endpoint-types",
  title: "Endpoint types",
  dimension: "endpointType",
  head: "Type",
  top: 10,
  width: "c4",
  fill: true,
  slim: true,
});
