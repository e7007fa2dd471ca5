import { z } from "zod";
import { counted } from "../domain/counted.ts";
import { instant, sql } from "../store/sql.ts";
import { dayOf, detection, time, type Hit } from "./detection-rule.ts";
import { longAgo, series } from "./example.ts";
import { ledgerStarts, within } from "./fragments.ts";
import { dayMs } from "./windows.ts";

const stranger = { principal_key: "111122223333/role/stranger", model: "anthropic.model-1", region: "us-east-1" };
const subject = stranger.principal_key;
const known = { ...longAgo, model: "anthropic.model-1", region: "us-east-1" };

export const unfamiliarPrincipal = detection({
  id: "unfamiliar-principal",
  version: 1,
  title: "A caller that was not seen before",
  severity: "informational",
  why: "Most new callers are new software; a stolen identity is a new caller too.",
  needs: ["record"],
  windowHours: 24,
  lookbackDays: 90,
  subject: "principal",
  bucket: "day",
  settings: z.strictObject({
    silentDays: z.number().min(1).default(45),
    minimumSuccesses: z.int().min(1).default(10),
    learningDays: z.number().min(0).default(14),
  }),
  row: z.object({
    principal_key: z.string(),
    ledger_start: time,
    first_seen: time,
    last_seen: time,
    successes: z.number(),
    silent_since: time.nullable(),
    new_models: z.number(),
    new_regions: z.number(),
  }),
  // A return is a call with none of the principal's in the silent days before; what is new to the account is seen first by it.
  query: (range, { silentDays }) => sql`/* detections/unfamiliar-principal */
    select r.principal_key, min(l.ledger_start) as ledger_start, r.returned as first_seen, max(c.time) as last_seen,
      count(*) filter (where c.error_code is null) as successes, r.silent_since,
      count(distinct case when m.first_time >= r.returned then c.model end) as new_models,
      count(distinct case when g.first_time >= r.returned then c.region end) as new_regions
    from (
      select principal_key, account_id, time as returned, before_time as silent_since
      from (
        select principal_key, account_id, time, lag(time) over (partition by principal_key order by time, request_id) as before_time
        from invocations where ${within(range)}
      ) as ordered
      where time >= ${instant(range.firstDay)} and (before_time is null or before_time < time - ${silentDays} * interval '1' day)
    ) as r
    join invocations c on c.principal_key = r.principal_key and c.time >= r.returned and c.time < r.returned + interval '1' day
      and c.dt between ${range.fromDay} and ${range.toDay}
    join (${ledgerStarts}) as l on l.account_id = r.account_id
    left join (select account_id, key, min(first_time) as first_time from sightings where kind = 'model' group by account_id, key) as m
      on m.account_id = c.account_id and m.key = c.model
    left join (select account_id, key, min(first_time) as first_time from sightings where kind = 'region' group by account_id, key) as g
      on g.account_id = c.account_id and g.key = c.region
    group by r.principal_key, r.returned, r.silent_since
    order by r.principal_key, r.returned`,
  judge: (rows, { minimumSuccesses, learningDays, silentDays }) =>
    rows.flatMap((row): Hit[] => {
      const learning = Date.parse(row.first_seen) < Date.parse(row.ledger_start) + learningDays * dayMs;
      if (learning || row.successes < minimumSuccesses) return [];
      const isNewToAccount = row.new_models > 0 || row.new_regions > 0;
      const since = row.silent_since === null ? "not seen in 90 days" : `silent for ${String(silentDays)} days or more`;
      return [
        {
          subject: row.principal_key,
          bucket: dayOf(row.first_seen),
          firstSeen: row.first_seen,
          lastSeen: row.last_seen,
          severity: isNewToAccount ? "medium" : null,
          summary: `A caller ${since} made ${counted(row.successes, "successful call")} in its first day${isNewToAccount ? ", with a model or a region new to the account" : ""}.`,
          records: sql`principal_key = ${row.principal_key}`,
          signals: null,
        },
      ];
    }),
  escalate: [],
  runbook: [
    "Ask who created the principal, and for what.",
    "Compare its models and regions with those of its neighbours.",
    "Look up its first calls in CloudTrail by request id.",
  ],
  falsePositives: ["Releases and new colleagues."],
  budget: 20,
  examples: {
    finds: [
      {
        name: "a role that was silent for 80 days makes 400 calls",
        calls: [
          known,
          { ...stranger, at: "2026-09-02T09:00:00.000Z" },
          ...series({ ...stranger, at: "2026-11-21T09:00:00.000Z" }, 400, 60),
        ],
        finds: [{ subject, bucket: "2026-11-21", severity: "informational" }],
      },
      {
        name: "a newcomer in a region that is new to the account",
        calls: [known, ...series({ ...stranger, at: "2026-11-21T09:00:00.000Z", region: "ap-south-1" }, 10, 60)],
        finds: [{ subject, bucket: "2026-11-21", severity: "medium" }],
      },
    ],
    ignores: [
      {
        name: "a weekly report",
        calls: [
          known,
          ...series({ ...stranger, at: "2026-08-25T09:00:00.000Z" }, 13, 7 * 86_400),
          ...series({ ...stranger, at: "2026-11-21T09:00:00.000Z" }, 20, 60),
        ],
      },
      { name: "nine calls", calls: [known, ...series({ ...stranger, at: "2026-11-21T09:00:00.000Z" }, 9, 60)] },
      {
        name: "an account whose ledger is young",
        calls: series({ ...stranger, at: "2026-11-21T09:00:00.000Z" }, 20, 60),
      },
    ],
  },
});
