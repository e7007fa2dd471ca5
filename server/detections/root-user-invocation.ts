import { z } from "zod";
import { counted } from "../domain/counted.ts";
import { sql } from "../store/sql.ts";
import { dayOf, detection, time } from "./detection-rule.ts";
import { within } from "./fragments.ts";

const root = { principal_key: "111122223333/root", actor_class: "root" };

export const rootUserInvocation = detection({
  id: "root-user-invocation",
  version: 1,
  title: "The root user calls a model",
  severity: "high",
  why: "The root user of an account cannot be limited by any policy; nothing of daily work needs it.",
  needs: ["record"],
  windowHours: 0,
  lookbackDays: 0,
  subject: "principal",
  bucket: "day",
  settings: z.strictObject({ minimumCalls: z.int().min(1).default(1) }),
  row: z.object({ principal_key: z.string(), records: z.number(), first_seen: time, last_seen: time }),
  query: (range, { minimumCalls }) => sql`/* detections/root-user-invocation */
    select principal_key, dt, count(*) as records, min(time) as first_seen, max(time) as last_seen
    from invocations
    where ${within(range)} and actor_class = 'root'
    group by principal_key, dt
    having count(*) >= ${minimumCalls}
    order by principal_key, dt`,
  judge: (rows) =>
    rows.map(({ principal_key, records, first_seen, last_seen }) => ({
      subject: principal_key,
      bucket: dayOf(first_seen),
      firstSeen: first_seen,
      lastSeen: last_seen,
      severity: null,
      summary: `The root user made ${counted(records, "call")}.`,
      records: sql`principal_key = ${principal_key}`,
      signals: null,
    })),
  escalate: [],
  runbook: [
    "Ask the owner of the account whether it was they.",
    "Look up the calls in CloudTrail by request id: address, agent, access key.",
    "Delete access keys of the root user; set up a role for the work.",
  ],
  falsePositives: ["The owner's first set-up of an account."],
  budget: 5,
  examples: {
    finds: [
      {
        name: "root calls Converse",
        calls: [{ at: "2026-11-03T10:00:00.000Z", ...root }],
        finds: [{ subject: "111122223333/root", bucket: "2026-11-03", severity: "high" }],
      },
      {
        name: "two days are two findings",
        calls: [
          { at: "2026-11-03T23:59:59.000Z", ...root },
          { at: "2026-11-04T00:00:00.000Z", ...root },
        ],
        finds: [
          { subject: "111122223333/root", bucket: "2026-11-03", severity: "high" },
          { subject: "111122223333/root", bucket: "2026-11-04", severity: "high" },
        ],
      },
    ],
    ignores: [
      {
        name: "a user with root in its name",
        calls: [
          {
            at: "2026-11-03T10:00:00.000Z",
            principal_key: "111122223333/user/root-cause-bot",
            actor_class: "iam-user",
          },
        ],
      },
      { name: "a role", calls: [{ at: "2026-11-03T10:00:00.000Z" }] },
    ],
  },
});
