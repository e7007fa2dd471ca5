import { z } from "zod";
import { counted } from "../domain/counted.ts";
import { sql } from "../store/sql.ts";
import { isApproved } from "./approved.ts";
import { dayOf, detection, time } from "./detection-rule.ts";
import { series } from "./example.ts";
import { within } from "./fragments.ts";

const user = { principal_key: "111122223333/user/ses-smtp-user", actor_class: "iam-user" };
const subject = user.principal_key;

export const iamUserInvocation = detection({
  id: "iam-user-invocation",
  version: 1,
  title: "An IAM user calls a model",
  severity: "medium",
  why: "The access keys of a user never expire; they are what thieves of model access look for.",
  needs: ["record"],
  // A finding stands for a calendar week, in the bucket of the week's first day of use.
  windowHours: 168,
  lookbackDays: 7,
  subject: "principal",
  bucket: "day",
  settings: z.strictObject({ minimumCalls: z.int().min(1).default(1) }),
  row: z.object({ principal_key: z.string(), records: z.number(), first_seen: time, last_seen: time }),
  query: (range, { minimumCalls }) => sql`/* detections/iam-user-invocation */
    select principal_key, count(*) as records, min(time) as first_seen, max(time) as last_seen
    from invocations
    where ${within(range)} and actor_class = 'iam-user'
    group by principal_key, date_trunc('week', time)
    having count(*) >= ${minimumCalls}
    order by principal_key, first_seen`,
  judge: (rows, _settings, { policy }) =>
    rows
      .filter(({ principal_key, first_seen }) => !isApproved(policy, principal_key, dayOf(first_seen)))
      .map(({ principal_key, records, first_seen, last_seen }) => ({
        subject: principal_key,
        bucket: dayOf(first_seen),
        firstSeen: first_seen,
        lastSeen: last_seen,
        severity: null,
        summary: `An IAM user made ${counted(records, "call")} in this week.`,
        records: sql`principal_key = ${principal_key}`,
        signals: null,
      })),
  escalate: [
    {
      to: "high",
      anyOf: ["model-sweep", "sweep-then-use", "key-checker-probe", "region-hop", "cost-spike"],
      withinHours: 24,
    },
  ],
  runbook: [
    "Find out whether a person or a program stands behind the user.",
    "Look up the calls in CloudTrail by request id: address, agent, access key.",
    "Move the work to a role; deactivate the access key.",
  ],
  falsePositives: [
    "Laptops of developers and old build machines: name them under `policy.approved` or `policy.services`.",
  ],
  budget: 5,
  examples: {
    finds: [
      {
        name: "a mail user calls a model",
        calls: [{ at: "2026-11-03T10:00:00.000Z", ...user }],
        finds: [{ subject, bucket: "2026-11-03", severity: "medium" }],
      },
      {
        name: "each week again",
        calls: series({ at: "2026-11-05T10:00:00.000Z", ...user }, 6, 86_400),
        finds: [
          { subject, bucket: "2026-11-05", severity: "medium" },
          { subject, bucket: "2026-11-09", severity: "medium" },
        ],
      },
    ],
    ignores: [
      {
        name: "an approved user",
        calls: [{ at: "2026-11-03T10:00:00.000Z", ...user }],
        policy: {
          approved: [
            {
              principal: "111122223333/user/ses-*",
              owner: "it@example.com",
              reason: "moves in May",
              expires: "2026-11-03",
            },
          ],
        },
      },
      {
        name: "a person through single sign-on",
        calls: [{ at: "2026-11-03T10:00:00.000Z", actor_class: "sso-human" }],
      },
    ],
  },
});
