import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { api } from "../../server/domain/api.ts";
import type { CheckReport } from "../../server/domain/compliance.ts";
import { useStatus } from "../queries.ts";

const ofBoth = api.complianceCoverage.path;
const ofStore: ReadonlySet<unknown> = new Set([
  api.coverage.path,
  api.ledger.path,
  api.sourceDays.path,
  api.sourceDay.path,
  api.quarantine.path,
  ofBoth,
]);
const ofChecks: ReadonlySet<unknown> = new Set([api.controls.path, api.complianceHistory.path, ofBoth]);

/**
 * What was read follows the store by itself. A newer check is offered and not pushed under the reader's eyes, unless none was shown
 * so far.
 */
export function Follow({ report }: { report: CheckReport | null }) {
  const client = useQueryClient();
  const status = useStatus().data;
  const checkedAt = status?.logging?.checkedAt ?? null;
  const isNewer = checkedAt !== null && (report === null || checkedAt > report.run.finishedAt);
  const snapshot = status?.snapshot;
  const seen = useRef(snapshot);
  useEffect(() => {
    if (seen.current !== undefined && seen.current !== snapshot)
      void client.invalidateQueries({ predicate: ({ queryKey }) => ofStore.has(queryKey[0]) });
    seen.current = snapshot;
  }, [client, snapshot]);
  const show = () => void client.invalidateQueries({ predicate: ({ queryKey }) => ofChecks.has(queryKey[0]) });
  useEffect(() => {
    if (isNewer && report === null)
      void client.invalidateQueries({ predicate: ({ queryKey }) => ofChecks.has(queryKey[0]) });
  }, [client, isNewer, report]);
  if (!isNewer || report === null) return null;
  return (
    <>
      {" · "}
      <button className="link" type="button" onClick={show}>
        newer run, show
      </button>
    </>
  );
}
