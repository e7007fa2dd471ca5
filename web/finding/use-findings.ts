import type { UseQueryResult } from "@tanstack/react-query";
import { api } from "../../server/domain/api.ts";
import type { FindingPage } from "../../server/domain/finding-answers.ts";
import { ShownFindingState } from "../../server/domain/finding.ts";
import { Severity } from "../../server/domain/severity.ts";
import { useAnswer } from "../queries.ts";
import { useView } from "../view.tsx";

/** The page of findings that the address asks for. Panels that use it share one request. */
export function useFindings(): UseQueryResult<FindingPage, Error> {
  const { state, zone, ready } = useView();
  const values = (key: "severity" | "state" | "detection" | "subject") => [...(state.plain.get(key) ?? [])];
  return useAnswer(
    api.findings,
    {
      range: state.range,
      timeZone: zone,
      severities: values("severity").flatMap((value) => Severity.safeParse(value).data ?? []),
      states: values("state").flatMap((value) => ShownFindingState.safeParse(value).data ?? []),
      detections: values("detection"),
      subjects: values("subject"),
      cursor: state.plain.get("cursor")?.[0] ?? null,
      limit: 100,
    },
    { enabled: ready },
  );
}
