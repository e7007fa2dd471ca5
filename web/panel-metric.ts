import type { UseQueryResult } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import type { MetricQueryInput, MetricResult } from "../server/domain/metric.ts";
import { useMetric } from "./queries.ts";
import { useView } from "./view.tsx";

/** What a panel asks; window, zone and filters are those of the page. */
export type Question = Omit<MetricQueryInput, "range" | "timeZone" | "filters"> & {
  /** In addition to the page's filters. */
  readonly filters?: MetricQueryInput["filters"];
};

export function usePanelMetric(question: Question): UseQueryResult<MetricResult, Error> {
  const { state, zone, ready, resolve } = useView();
  const filters = [...state.filters, ...(question.filters ?? [])];
  const answer = useMetric({ ...question, range: state.range, timeZone: zone, filters }, ready);
  const fresh = answer.isPlaceholderData ? undefined : answer.data;
  useEffect(() => {
    if (fresh !== undefined) resolve({ range: fresh.query.range, asOf: fresh.asOf, snapshot: fresh.snapshot });
  }, [fresh, resolve]);
  useOneSnapshot(answer);
  return answer;
}

/** Panels of a page speak of one state of the store: an answer from an older one is asked for again, once. */
function useOneSnapshot({ data, isFetching, refetch }: UseQueryResult<MetricResult, Error>): void {
  const { resolved } = useView();
  const askedAgain = useRef("");
  const older = data !== undefined && resolved !== null && data.snapshot < resolved.snapshot;
  useEffect(() => {
    if (!older || isFetching) return;
    const question = JSON.stringify(data.query);
    if (askedAgain.current === question) return;
    askedAgain.current = question;
    void refetch();
  }, [older, isFetching, data, refetch]);
}
