import type { Dimension, Measure } from "../domain/metric.ts";

/** What the usage table shows, in this order; in questions of at most eight measures. */
export const headlines = [
  ["invocations", "principals", "newPrincipals", "models", "newModels", "errors", "errorRate", "interventions"],
  ["inputTokens", "outputTokens", "cacheReadTokens", "cacheWriteTokens", "totalTokens", "costUsd", "pricedShare"],
  ["detected", "otherRegionShare", "notRecordedShare", "regionalPremiumUsd"],
] as const satisfies readonly (readonly Measure[])[];

export const groupMeasures = ["invocations", "totalTokens", "costUsd", "errors"] as const satisfies readonly Measure[];

export const breakdownDimensions = [
  "model",
  "endpointType",
  "region",
  "residency",
  "guardrail",
] as const satisfies readonly Dimension[];

export const moverDimensions = ["principal", "model", "region"] as const satisfies readonly Dimension[];
export const moverMeasures = ["costUsd", "invocations"] as const satisfies readonly Measure[];

/** Rows of one table that a report holds; the rest is counted. */
export const maxRows = 20;
