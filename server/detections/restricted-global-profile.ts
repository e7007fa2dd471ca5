import { z } from "zod";
import { counted } from "../domain/counted.ts";
import { join, sql } from "../store/sql.ts";
import { detection, time, type Hit } from "./detection-rule.ts";
import { within } from "./fragments.ts";
import { residencyEntry } from "./residency.ts";
import { groupBy, spanOfGroups } from "./windows.ts";

const subject = "111122223333/role/app";
const policy = {
  residency: [
    {
      match: { account: "111122223333", principal: "*/role/roaming" },
      inferenceRegions: ["us-east-1"],
      sourceRegions: ["us-east-1"],
      global: "allow" as const,
    },
    {
      match: { account: "111122223333" },
      inferenceRegions: ["us-east-1"],
      sourceRegions: ["us-east-1"],
      global: "deny" as const,
    },
  ],
};

export const restrictedGlobalProfile = detection({
  id: "restricted-global-profile",
  version: 1,
  title: "A global endpoint where the policy forbids it",
  severity: "high",
  why: "A global endpoint may run a call in any region of the world.",
  needs: ["record", "policy"],
  windowHours: 0,
  lookbackDays: 30,
  subject: "principal",
  bucket: "none",
  settings: z.strictObject({ minimumCalls: z.int().min(1).default(1) }),
  row: z.object({
    account_id: z.string(),
    region: z.string(),
    principal_key: z.string(),
    model: z.string().nullable(),
    records: z.number(),
    first_seen: time,
    last_seen: time,
  }),
  query: (range, { minimumCalls }) => sql`/* detections/restricted-global-profile */
    select account_id, region, principal_key, model, count(*) as records, min(time) as first_seen, max(time) as last_seen
    from invocations
    where ${within(range)} and (endpoint_type = 'global' or endpoint_type_behind = 'global')
    group by account_id, region, principal_key, model
    having count(*) >= ${minimumCalls}
    order by principal_key, account_id, region, model`,
  judge: (rows, _settings, { policy: rules }) => {
    const forbidden = rows.filter((row) => residencyEntry(rules, row)?.global === "deny");
    return [...groupBy(forbidden, ({ principal_key }) => principal_key)].map(([principal, groups]): Hit => {
      const places = groups.map(
        ({ region, model }) => sql`(region = ${region} and coalesce(model, '') = ${model ?? ""})`,
      );
      return {
        subject: principal,
        bucket: "-",
        ...spanOfGroups(groups),
        severity: null,
        summary: `${counted(
          groups.reduce((sum, { records }) => sum + records, 0),
          "call",
        )} to a global endpoint in 30 days.`,
        records: sql`principal_key = ${principal} and (endpoint_type = 'global' or endpoint_type_behind = 'global') and (${join(places, " or ")})`,
        signals: null,
      };
    });
  },
  escalate: [],
  runbook: [
    "One principal or all: find out who chose the model id.",
    "Use the geographic or in-region id; deny `global.` by policy.",
    "Accept with an end date, or correct the policy entry.",
  ],
  falsePositives: ["A workload that may roam and is not named in the policy."],
  budget: 5,
  examples: {
    finds: [
      {
        name: "a global id",
        calls: [{ at: "2026-11-03T10:00:00.000Z", endpoint_type: "global" }],
        policy,
        finds: [{ subject, bucket: "-", severity: "high" }],
      },
      {
        name: "an application profile with a global endpoint behind it",
        calls: [
          { at: "2026-11-03T10:00:00.000Z", endpoint_type: "application-profile", endpoint_type_behind: "global" },
        ],
        policy,
        finds: [{ subject, bucket: "-", severity: "high" }],
      },
    ],
    ignores: [
      {
        name: "an allowed workload",
        calls: [
          { at: "2026-11-03T10:00:00.000Z", endpoint_type: "global", principal_key: "111122223333/role/roaming" },
        ],
        policy,
      },
      { name: "no rule", calls: [{ at: "2026-11-03T10:00:00.000Z", endpoint_type: "global" }] },
      { name: "a geographic id", calls: [{ at: "2026-11-03T10:00:00.000Z", endpoint_type: "geo", geo: "us" }], policy },
    ],
  },
});
