import { z } from "zod";
import { counted } from "../domain/counted.ts";
import { geographies } from "../domain/geographies.ts";
import { join, sql, type Sql } from "../store/sql.ts";
import { detection, time, type Hit } from "./detection-rule.ts";
import { within } from "./fragments.ts";
import { residencyEntry, type ResidencyEntry } from "./residency.ts";
import { groupBy, spanOfGroups } from "./windows.ts";

const subject = "111122223333/role/app";
const canada = {
  residency: [
    {
      match: { account: "111122223333" },
      inferenceRegions: ["ca-central-1"],
      sourceRegions: ["ca-central-1"],
      global: "deny" as const,
    },
  ],
};
const europe = {
  residency: [
    {
      match: { account: "111122223333" },
      inferenceRegions: [
        "eu-central-1",
        "eu-north-1",
        "eu-south-1",
        "eu-south-2",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
      ],
      sourceRegions: ["eu-north-1"],
      global: "deny" as const,
    },
  ],
};

const Calls = z.object({
  account_id: z.string(),
  region: z.string(),
  inference_region: z.string().nullable(),
  residency: z.string(),
  endpoint: z.string(),
  geo: z.string().nullable(),
  principal_key: z.string(),
  model: z.string().nullable(),
  records: z.number(),
  first_seen: time,
  last_seen: time,
});
type Calls = z.infer<typeof Calls>;

/** Outside for certain, at risk because the endpoint may leave and the record does not say; null: nothing speaks against it. */
function verdict(calls: Calls, { sourceRegions, inferenceRegions }: ResidencyEntry): "outside" | "at-risk" | null {
  if (!sourceRegions.includes(calls.region)) return "outside";
  if (calls.inference_region !== null) return inferenceRegions.includes(calls.inference_region) ? null : "outside";
  if (calls.residency !== "not-recorded") return null;
  return mayLeave(calls, inferenceRegions) ? "at-risk" : null;
}

function mayLeave({ endpoint, geo }: Calls, inferenceRegions: readonly string[]): boolean {
  if (endpoint === "global") return true;
  const destinations = geographies.find((known) => known.geo === geo)?.destinations;
  return endpoint === "geo" && (destinations?.some((region) => !inferenceRegions.includes(region)) ?? true);
}

function samePlace({ account_id, region, inference_region, residency, endpoint, model }: Calls): Sql {
  return sql`(account_id = ${account_id} and region = ${region} and coalesce(inference_region, '') = ${inference_region ?? ""}
    and residency = ${residency} and coalesce(endpoint_type_behind, endpoint_type) = ${endpoint} and coalesce(model, '') = ${model ?? ""})`;
}

export const residencyViolation = detection({
  id: "residency-violation",
  version: 1,
  title: "Calls outside the regions of the policy",
  severity: "high",
  why: "Where data may be processed is a promise to customers and regulators.",
  needs: ["record", "policy"],
  windowHours: 0,
  lookbackDays: 30,
  subject: "principal",
  bucket: "none",
  settings: z.strictObject({ minimumCalls: z.int().min(1).default(1) }),
  row: Calls,
  query: (range, { minimumCalls }) => sql`/* detections/residency-violation */
    select account_id, region, inference_region, residency, coalesce(endpoint_type_behind, endpoint_type) as endpoint, geo,
      principal_key, model, count(*) as records, min(time) as first_seen, max(time) as last_seen
    from invocations
    where ${within(range)}
    group by account_id, region, inference_region, residency, coalesce(endpoint_type_behind, endpoint_type), geo, principal_key, model
    having count(*) >= ${minimumCalls}
    order by principal_key, account_id, region, inference_region, endpoint, geo, model`,
  judge: (rows, _settings, { policy }) => {
    const judged = rows.flatMap((calls) => {
      const entry = residencyEntry(policy, calls);
      const found = entry === null ? null : verdict(calls, entry);
      return found === null ? [] : [{ calls, found }];
    });
    return [...groupBy(judged, ({ calls }) => calls.principal_key)].map(([principal, groups]): Hit => {
      const outside = groups.filter(({ found }) => found === "outside").map(({ calls }) => calls);
      const shown = outside.length > 0 ? outside : groups.map(({ calls }) => calls);
      const regions = [...new Set(shown.map(({ inference_region, region }) => inference_region ?? region))].sort();
      const records = shown.reduce((sum, calls) => sum + calls.records, 0);
      return {
        subject: principal,
        bucket: "-",
        ...spanOfGroups(shown),
        severity: outside.length > 0 ? null : "medium",
        summary:
          outside.length > 0
            ? `${counted(records, "call")} outside the allowed regions in 30 days: ${regions.join(", ")}.`
            : `${counted(records, "call")} at risk in 30 days: the endpoint may leave the allowed regions, and the records do not say where they ran.`,
        records: sql`principal_key = ${principal} and (${join(shown.map(samePlace), " or ")})`,
        signals: null,
      };
    });
  },
  escalate: [],
  runbook: [
    "One principal or all; since when; who changed the model id or the region.",
    "Use an endpoint whose destinations all lie inside; deny the others by policy.",
    "Tell the owner of the data: a legal clock may run.",
  ],
  falsePositives: ["A policy entry that names too few regions."],
  budget: 5,
  examples: {
    finds: [
      {
        name: "a call from outside the country",
        calls: [{ at: "2026-11-03T10:00:00.000Z", region: "us-west-2", endpoint_type: "geo", geo: "us" }],
        policy: canada,
        finds: [{ subject, bucket: "-", severity: "high" }],
      },
      {
        name: "called inside, run outside",
        calls: [
          {
            at: "2026-11-03T10:00:00.000Z",
            region: "eu-north-1",
            inference_region: "us-east-1",
            residency: "other-region",
            endpoint_type: "global",
          },
        ],
        policy: europe,
        finds: [{ subject, bucket: "-", severity: "high" }],
      },
      {
        name: "a global endpoint and no word of where it ran",
        calls: [
          { at: "2026-11-03T10:00:00.000Z", region: "eu-north-1", residency: "not-recorded", endpoint_type: "global" },
        ],
        policy: europe,
        finds: [{ subject, bucket: "-", severity: "medium" }],
      },
    ],
    ignores: [
      {
        name: "a European endpoint under a European policy",
        calls: [
          {
            at: "2026-11-03T10:00:00.000Z",
            region: "eu-north-1",
            residency: "not-recorded",
            endpoint_type: "geo",
            geo: "eu",
          },
        ],
        policy: europe,
      },
      {
        name: "in the region",
        calls: [
          {
            at: "2026-11-03T10:00:00.000Z",
            region: "ca-central-1",
            residency: "in-region-endpoint",
            endpoint_type: "in-region",
          },
        ],
        policy: canada,
      },
      { name: "no rule", calls: [{ at: "2026-11-03T10:00:00.000Z", region: "us-west-2" }] },
    ],
  },
});
