import type { UseQueryResult } from "@tanstack/react-query";
import type { Measure, MetricResult } from "../../server/domain/metric.ts";
import { comparedSum } from "../charts/series.ts";
import { usePanelMetric } from "../panel-metric.ts";
import { useView } from "../view.tsx";

/** The numbers of the first screen come with one query: they speak of the same window and the same records. */
export function useOverviewNumbers(): UseQueryResult<MetricResult, Error> {
  const { state } = useView();
  const compare = state.compare === "none" ? null : (state.compare ?? "previous");
  return usePanelMetric({
    measures: ["invocations", "principals", "newPrincipals", "interventions", "detected", "costUsd"],
    bucket: "auto",
    compare,
  });
}

/** A measure by bucket; null where there is no evidence. A last bucket in progress is left out: it would look like a fall. */
export function lineOf(result: MetricResult, measure: Measure): readonly (number | null)[] {
  const byBucket = new Map(result.rows.map((row) => [row.bucket, row.values[measure] ?? null]));
  return result.buckets.map(({ state }, index) => {
    const unfinished = state === "in-progress" && index === result.buckets.length - 1;
    if (unfinished || state === "uncovered") return null;
    return byBucket.get(index) ?? (byBucket.has(index) ? null : 0);
  });
}

export function lineBefore(result: MetricResult, measure: Measure): readonly (number | null)[] {
  return comparedSum(result, measure);
}
