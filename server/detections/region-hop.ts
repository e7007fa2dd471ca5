import { z } from "zod";
import { counted } from "../domain/counted.ts";
import { sql } from "../store/sql.ts";
import { detection, time, type Hit } from "./detection-rule.ts";
import { longAgo, series } from "./example.ts";
import { ledgerStarts, within, withinHours } from "./fragments.ts";
import { dayMs, groupBy, minuteMs, spanOf, stretches } from "./windows.ts";

const traveller = { principal_key: "111122223333/user/old-ci", actor_class: "iam-user" };
const subject = traveller.principal_key;
const names = ["us-east-1", "eu-west-1", "ap-northeast-1", "ca-central-1"];
const regions = (n: number) => ({ region: names[n % 4] ?? "" });

const Visit = z.object({
  principal_key: z.string(),
  actor_class: z.string(),
  region: z.string(),
  time,
  ledger_start: time,
  /** Last hour before this minute in which the principal called there; null: none in the lookback. */
  known_since: time.nullable(),
});
type Visit = z.infer<typeof Visit>;

function regionsOf(visits: readonly Visit[]): number {
  return new Set(visits.map(({ region }) => region)).size;
}

export const regionHop = detection({
  id: "region-hop",
  version: 1,
  title: "One caller turns up in several regions at once",
  severity: "medium",
  why: "Quotas are a region's own: who wants more than an account gives goes from region to region.",
  needs: ["record"],
  windowHours: 1,
  lookbackDays: 30,
  subject: "principal",
  bucket: "day",
  settings: z.strictObject({
    windowMinutes: z.number().min(1).default(30),
    minimumRegions: z.int().min(2).default(3),
    minimumUnseen: z.int().min(1).default(2),
    learningDays: z.number().min(0).default(14),
  }),
  row: Visit,
  // Source regions only: where the model ran is the doing of the endpoint.
  query: (range, { minimumRegions }) => sql`/* detections/region-hop */
    select v.principal_key, v.actor_class, v.region, v.time, l.ledger_start, max(h.hour) as known_since
    from (
      select principal_key, min(account_id) as account_id, min(actor_class) as actor_class, region, min(time) as time
      from invocations
      where ${within(range)} and dt >= ${range.firstDay} and principal_key in (
        select principal_key from invocations where ${within(range)} and dt >= ${range.firstDay}
        group by principal_key having count(distinct region) >= ${minimumRegions})
      group by principal_key, region, date_trunc('minute', time)
    ) as v
    join (${ledgerStarts}) as l on l.account_id = v.account_id
    left join (select principal_key, region, hour from rollups where ${withinHours(range)} group by principal_key, region, hour) as h
      on h.principal_key = v.principal_key and h.region = v.region and h.hour >= v.time - interval '30' day
        and h.hour + interval '1' hour <= v.time - interval '1' hour
    group by v.principal_key, v.actor_class, v.region, v.time, l.ledger_start
    order by v.principal_key, v.time, v.region`,
  judge: (rows, { windowMinutes, minimumRegions, minimumUnseen, learningDays }) =>
    [...groupBy(rows, ({ principal_key }) => principal_key)].flatMap(([principal, visits]) =>
      stretches(visits, windowMinutes * minuteMs, (window) => {
        const learning =
          Date.parse(window[0]?.time ?? "") < Date.parse(window[0]?.ledger_start ?? "") + learningDays * dayMs;
        const unseen = window.filter(({ known_since }) => known_since === null);
        return !learning && regionsOf(window) >= minimumRegions && regionsOf(unseen) >= minimumUnseen;
      }).map(({ day, items }): Hit => ({
        subject: principal,
        bucket: day,
        ...spanOf(items),
        severity: ["iam-user", "bedrock-api-key"].includes(items[0]?.actor_class ?? "") ? "high" : null,
        summary: `Calls from ${counted(regionsOf(items), "region")}: ${[...new Set(items.map(({ region }) => region))].sort().join(", ")}.`,
        records: sql`principal_key = ${principal}`,
        signals: null,
      })),
    ),
  escalate: [],
  runbook: [
    "List the regions in order of time, with models and errors.",
    "Ask the owner whether a failover was tested.",
    "Deny the regions that nobody needs; rotate the key.",
  ],
  falsePositives: ["A test of failover between regions."],
  budget: 5,
  examples: {
    finds: [
      {
        name: "a user in four regions within six minutes",
        calls: [longAgo, ...series({ at: "2026-11-03T02:10:00.000Z", ...traveller }, 4, 100, regions)],
        finds: [{ subject, bucket: "2026-11-03", severity: "high" }],
      },
      {
        name: "a role that knew one of the three",
        calls: [
          longAgo,
          { at: "2026-10-20T02:10:00.000Z", principal_key: "111122223333/role/etl", region: "us-east-1" },
          ...series({ at: "2026-11-03T02:10:00.000Z", principal_key: "111122223333/role/etl" }, 3, 600, regions),
        ],
        finds: [{ subject: "111122223333/role/etl", bucket: "2026-11-03", severity: "medium" }],
      },
    ],
    ignores: [
      {
        name: "one region, four inference regions",
        calls: [
          longAgo,
          ...series({ at: "2026-11-03T02:10:00.000Z", ...traveller }, 4, 100, (n) => ({
            inference_region: names[n] ?? "",
          })),
        ],
      },
      {
        name: "regions that it knows",
        calls: [
          longAgo,
          ...series({ at: "2026-10-20T02:10:00.000Z", ...traveller }, 4, 100, regions),
          ...series({ at: "2026-11-03T02:10:00.000Z", ...traveller }, 4, 100, regions),
        ],
        // The first visit was as new as the second is not: it stands outside the days judged.
      },
      {
        name: "three regions over a day",
        calls: [longAgo, ...series({ at: "2026-11-03T02:10:00.000Z", ...traveller }, 3, 7_200, regions)],
      },
    ],
  },
});
