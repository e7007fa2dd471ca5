import { z } from "zod";
import { counted } from "../domain/counted.ts";
import { sql } from "../store/sql.ts";
import { isApproved } from "./approved.ts";
import { dayOf, detection, time } from "./detection-rule.ts";
import { series } from "./example.ts";
import { within } from "./fragments.ts";
import { hourMs } from "./windows.ts";

const key = { principal_key: "111122223333/user/BedrockAPIKey-a1b2", actor_class: "bedrock-api-key" };
const subject = key.principal_key;

export const bedrockApiKeyUse = detection({
  id: "bedrock-api-key-use",
  version: 1,
  title: "A long-term Bedrock API key is in use",
  severity: "low",
  why: "A long-term key works from anywhere for whoever holds it, and is found in code and configuration files.",
  needs: ["record"],
  windowHours: 0,
  lookbackDays: 90,
  subject: "principal",
  bucket: "none",
  settings: z.strictObject({ freshHours: z.number().min(1).default(24) }),
  row: z.object({ principal_key: z.string(), records: z.number(), first_seen: time, last_seen: time }),
  query: (range) => sql`/* detections/bedrock-api-key-use */
    select principal_key, count(*) as records, min(time) as first_seen, max(time) as last_seen
    from invocations
    where ${within(range)} and actor_class = 'bedrock-api-key'
    group by principal_key
    order by principal_key`,
  judge: (rows, { freshHours }, { policy }) =>
    rows
      .filter(({ principal_key, last_seen }) => !isApproved(policy, principal_key, dayOf(last_seen)))
      .map(({ principal_key, records, first_seen, last_seen }) => ({
        subject: principal_key,
        bucket: "-",
        firstSeen: first_seen,
        lastSeen: last_seen,
        severity: Date.parse(last_seen) - Date.parse(first_seen) < freshHours * hourMs ? "medium" : null,
        summary: `A long-term API key made ${counted(records, "call")} in 90 days.`,
        records: sql`principal_key = ${principal_key}`,
        signals: null,
      })),
  escalate: [
    {
      to: "high",
      anyOf: [
        "root-user-invocation",
        "unfamiliar-principal",
        "model-sweep",
        "sweep-then-use",
        "key-checker-probe",
        "region-hop",
        "llmjacking-chain",
      ],
      withinHours: 24,
    },
  ],
  runbook: [
    "Find the owner of the key and where it is kept.",
    "Compare first and last use, models and regions with what the owner expects.",
    "Deactivate the key; use a role or a short-term key instead.",
  ],
  falsePositives: ["A team that chose keys on purpose: name it under `policy.approved`."],
  budget: 5,
  examples: {
    finds: [
      {
        name: "a key in its first hours",
        calls: series({ at: "2026-11-03T10:00:00.000Z", ...key }, 3, 600),
        finds: [{ subject, bucket: "-", severity: "medium" }],
      },
      {
        name: "a key that is used for weeks",
        calls: series({ at: "2026-11-03T10:00:00.000Z", ...key }, 3, 86_400),
        finds: [{ subject, bucket: "-", severity: "low" }],
      },
    ],
    ignores: [
      {
        name: "a role named like a key",
        calls: [{ at: "2026-11-03T10:00:00.000Z", principal_key: "111122223333/role/BedrockAPIKeyRotator" }],
      },
      {
        name: "an approved key",
        calls: [{ at: "2026-11-03T10:00:00.000Z", ...key }],
        policy: {
          approved: [{ principal: subject, owner: "ci@example.com", reason: "old CI", expires: "2027-01-31" }],
        },
      },
    ],
  },
});
