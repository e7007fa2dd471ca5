import { z } from "zod";
import { counted } from "../domain/counted.ts";
import { knownModels } from "../domain/models.ts";
import { sql } from "../store/sql.ts";
import { dayOf, detection, time, type Hit } from "./detection-rule.ts";
import { within } from "./fragments.ts";
import { dayMs } from "./windows.ts";

const old = "anthropic.claude-opus-4-1-20250805-v1:0";

export const deprecatedModel = detection({
  id: "deprecated-model",
  version: 1,
  title: "A model that is legacy or near its end of life",
  severity: "low",
  why: "After its end of life a model no longer answers, and what depends on it stops.",
  needs: ["record"],
  windowHours: 0,
  lookbackDays: 30,
  subject: "account-model",
  bucket: "none",
  settings: z.strictObject({ urgentDays: z.number().min(0).default(30) }),
  row: z.object({
    account_id: z.string(),
    model: z.string(),
    records: z.number(),
    principals: z.number(),
    first_seen: time,
    last_seen: time,
  }),
  query: (range) => sql`/* detections/deprecated-model */
    select account_id, model, count(*) as records, count(distinct principal_key) as principals, min(time) as first_seen,
      max(time) as last_seen
    from invocations
    where ${within(range)} and model is not null
    group by account_id, model
    order by account_id, model`,
  judge: (rows, { urgentDays }) =>
    rows.flatMap(({ account_id, model, records, principals, first_seen, last_seen }): Hit[] => {
      const { legacyFrom = null, endOfLife = null } = knownModels.find(({ id }) => id === model) ?? {};
      const lastDay = dayOf(last_seen);
      const isUrgent = endOfLife !== null && Date.parse(endOfLife) - Date.parse(lastDay) <= urgentDays * dayMs;
      if (!isUrgent && (legacyFrom === null || lastDay < legacyFrom)) return [];
      const end = endOfLife === null ? "no end of life is announced" : `its end of life is ${endOfLife}`;
      return [
        {
          subject: `${account_id}/${model}`,
          bucket: "-",
          firstSeen: first_seen,
          lastSeen: last_seen,
          severity: isUrgent ? "high" : null,
          summary: `${counted(records, "call")} by ${counted(principals, "principal")} in 30 days; ${end}.`,
          records: sql`account_id = ${account_id} and model = ${model}`,
          signals: null,
        },
      ];
    }),
  escalate: [],
  runbook: [
    "List the principals that still call it.",
    "Test the successor with their prompts; plan the change before the end of life.",
    "Accept with an end date if access was extended.",
  ],
  falsePositives: ["Extended access that was agreed with AWS."],
  budget: 5,
  examples: {
    finds: [
      {
        name: "legacy since the summer",
        calls: [{ at: "2026-11-03T10:00:00.000Z", model: old }],
        finds: [{ subject: `111122223333/${old}`, bucket: "-", severity: "low" }],
      },
      {
        name: "end of life in twenty days",
        calls: [{ at: "2026-12-19T10:00:00.000Z", model: old }],
        finds: [{ subject: `111122223333/${old}`, bucket: "-", severity: "high" }],
      },
    ],
    ignores: [
      {
        name: "the same family, another version",
        calls: [{ at: "2026-11-03T10:00:00.000Z", model: "anthropic.claude-opus-4-5-20251101-v1:0" }],
      },
      { name: "the day before it became legacy", calls: [{ at: "2026-07-07T23:59:59.000Z", model: old }] },
    ],
  },
});
