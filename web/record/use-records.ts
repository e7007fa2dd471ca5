import type { UseQueryResult } from "@tanstack/react-query";
import { useEffect } from "react";
import { api } from "../../server/domain/api.ts";
import { invocationSorts, type InvocationPage } from "../../server/domain/invocation-answers.ts";
import { useAnswer } from "../queries.ts";
import type { ViewState } from "../url-state.ts";
import { useView } from "../view.tsx";

export type RecordSort = { readonly by: (typeof invocationSorts)[number]; readonly dir: "asc" | "desc" };

/** `-tokens`: by tokens, the most first. Newest first when nothing is said. */
export function sortOf(state: ViewState): RecordSort {
  const text = state.plain.get("sort")?.[0] ?? "-time";
  const by = invocationSorts.find((name) => name === text.replace(/^-/, ""));
  return by === undefined ? { by: "time", dir: "desc" } : { by, dir: text.startsWith("-") ? "desc" : "asc" };
}

/** The page of records that the address asks for. Panels that use it share one request. */
export function useRecords(): UseQueryResult<InvocationPage, Error> {
  const { state, zone, ready, resolve } = useView();
  const answer = useAnswer(
    api.invocations,
    {
      range: state.range,
      timeZone: zone,
      filters: [...state.filters],
      sort: sortOf(state),
      cursor: state.plain.get("cursor")?.[0] ?? null,
      asOf: state.plain.get("asOf")?.[0] ?? null,
    },
    { enabled: ready },
  );
  const fresh = answer.isPlaceholderData ? undefined : answer.data;
  useEffect(() => {
    if (fresh !== undefined) resolve({ range: fresh.range, asOf: fresh.asOf, snapshot: fresh.snapshot });
  }, [fresh, resolve]);
  return answer;
}
