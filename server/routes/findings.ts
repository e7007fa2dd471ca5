import { api } from "../domain/api.ts";
import { ruleWords } from "../detections/list.ts";
import { appendTriage, findingDetail, type FindingWithTriage } from "../findings/append-triage.ts";
import { queryFindings } from "../findings/query.ts";
import { isoTime, resolveRange } from "../lib/time.ts";
import type { Store } from "../store/store.ts";
import { appendTrail } from "../trail/trail.ts";
import { handle, NotFoundError, type Route } from "./route.ts";

export function findingRoutes({ store }: { readonly store: Store }): readonly Route[] {
  const { catalog, clock } = store;
  return [
    handle(api.findings, ({ input: { range, timeZone, ...query } }) => {
      const { start, end } = resolveRange(range, clock(), timeZone);
      return queryFindings(catalog, { ...query, from: isoTime(start), to: isoTime(end), now: clock() });
    }),
    handle(api.finding, async ({ input: { id } }) => {
      const { finding, triage } = await orFail(findingDetail(catalog, id, clock()));
      const rule = ruleWords(finding.detectionId);
      // A detection that has left the program still has its findings.
      const { detectionId, title, severity } = finding;
      return {
        finding,
        rule: rule ?? { id: detectionId, title, why: "", severity, runbook: [], falsePositives: [] },
        triage: [...triage],
      };
    }),
    handle(api.triage, async ({ input: { id, act, note, version, assignee, resolution }, actor }) => {
      const chosen = {
        ...(assignee === undefined ? {} : { assignee }),
        ...(resolution === undefined ? {} : { resolution }),
      };
      const wish = { act, note, version, ...chosen };
      const { triage } = await orFail(appendTriage(catalog, id, { ...wish, actor, at: clock() }));
      const event = triage.at(-1);
      if (event === undefined) throw new Error("a triage that was appended is missing");
      await appendTrail(store, {
        actor,
        action: `triage:${act}`,
        objects: [{ type: "finding", id }],
        reason: null,
        ticket: null,
        outcome: "allowed",
      });
      return event;
    }),
  ];
}

async function orFail(found: Promise<FindingWithTriage | null>): Promise<FindingWithTriage> {
  const detail = await found;
  if (detail === null) throw new NotFoundError("there is no such finding");
  return detail;
}
