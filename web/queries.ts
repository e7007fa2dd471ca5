import { keepPreviousData, QueryClient, useQuery, type UseQueryResult } from "@tanstack/react-query";
import type { z } from "zod";
import { api } from "../server/domain/api.ts";
import type { Endpoint } from "../server/domain/endpoint.ts";
import type { Status } from "../server/domain/status.ts";
import type { MetricQueryInput, MetricResult } from "../server/domain/metric.ts";
import { ApiError, call } from "./api.ts";
import { useRefreshEvery } from "./refresh.ts";

const maxBusyTries = 3;

function isBusy(error: Error): error is ApiError {
  return error instanceof ApiError && (error.problem.status === 429 || error.problem.status === 503);
}

const defaultWaitSeconds = 4;

/** What the server says, and up to half as long again: those who were refused at the same time do not come back at the same time. */
export function retryDelayMs({ retryAfter }: ApiError, random: number): number {
  return Math.round((retryAfter ?? defaultWaitSeconds) * 1_000 * (1 + random / 2));
}

export function openQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: Infinity,
        refetchOnWindowFocus: false,
        retry: (failures, error) => isBusy(error) && failures < maxBusyTries,
        retryDelay: (_, error) => (isBusy(error) ? retryDelayMs(error, Math.random()) : 0),
      },
    },
  });
}

/** The answer of an endpoint. A newer input aborts the older request; its old data stays until then, marked as such. */
export function useAnswer<E extends Endpoint>(
  endpoint: E,
  input: z.input<E["input"]>,
  options: { readonly enabled?: boolean; readonly refetchInterval?: number } = {},
): UseQueryResult<z.output<E["output"]>, Error> {
  return useQuery<z.output<E["output"]>, Error>({
    queryKey: [endpoint.path, input],
    queryFn: ({ signal }) => call(endpoint, input, signal),
    placeholderData: keepPreviousData,
    enabled: options.enabled ?? true,
    refetchInterval: options.refetchInterval ?? false,
  });
}

export function useMetric(query: MetricQueryInput, enabled = true): UseQueryResult<MetricResult, Error> {
  return useAnswer(api.metrics, query, { enabled });
}

/** How good the evidence is. Asked again each minute or as the page is told to follow; more often while an ingest runs. */
export function useStatus(): UseQueryResult<Status, Error> {
  const every = useRefreshEvery();
  return useQuery<Status, Error>({
    queryKey: [api.status.path],
    queryFn: ({ signal }) => call(api.status, {}, signal),
    refetchInterval: (query) => (query.state.data?.ingest == null ? every || 60_000 : 5_000),
  });
}

export function useMe() {
  return useAnswer(api.me, {});
}
