import { z } from "zod";
import { counted } from "../domain/counted.ts";
import { sql } from "../store/sql.ts";
import { detection, time, type Hit } from "./detection-rule.ts";
import { denied, longAgo, series } from "./example.ts";
import { within } from "./fragments.ts";
import { dayMs, groupBy, minuteMs, spanOf, stretches } from "./windows.ts";

const checker = { principal_key: "111122223333/user/old-ci", user_chars: 2, max_tokens: 1, output_tokens: 1 };
const subject = checker.principal_key;
const models = (n: number) => ({ model: `anthropic.model-${String(n % 4)}` });

const Call = z.object({
  principal_key: z.string(),
  model: z.string(),
  region: z.string(),
  time,
  failed: z.number(),
  probe: z.number(),
  first_time: time.nullable(),
});
type Call = z.infer<typeof Call>;

/** A failed call has no input in the log: it counts where a probe was answered. */
function isProbing(window: readonly Call[], minimumModels: number, minimumRegions: number): boolean {
  if (!window.some(({ probe }) => probe === 1)) return false;
  return (
    new Set(window.map(({ model }) => model)).size >= minimumModels ||
    new Set(window.map(({ region }) => region)).size >= minimumRegions
  );
}

export const keyCheckerProbe = detection({
  id: "key-checker-probe",
  version: 1,
  title: "Tiny calls to several models or regions",
  severity: "medium",
  why: "Programs that sort stolen keys say a word to each model and ask for one token back.",
  needs: ["record"],
  windowHours: 1,
  lookbackDays: 0,
  subject: "principal",
  bucket: "day",
  settings: z.strictObject({
    windowMinutes: z.number().min(1).default(15),
    maximumChars: z.int().min(1).default(12),
    maximumMaxTokens: z.int().min(1).default(5),
    maximumInputTokens: z.int().min(1).default(20),
    maximumOutputTokens: z.int().min(1).default(5),
    minimumModels: z.int().min(2).default(3),
    minimumRegions: z.int().min(2).default(2),
    newcomerHours: z.number().min(1).default(24),
  }),
  row: Call,
  query: (range, s) => {
    const probe = sql`error_code is null and case when input_body_state = 'inline'
        then coalesce(user_chars between 1 and ${s.maximumChars}, false) or coalesce(max_tokens <= ${s.maximumMaxTokens}, false)
        else coalesce(input_tokens <= ${s.maximumInputTokens}, false) and coalesce(output_tokens <= ${s.maximumOutputTokens}, false) end`;
    return sql`/* detections/key-checker-probe */
    select c.principal_key, coalesce(c.model, c.model_id, '?') as model, c.region, c.time,
      case when c.error_code is null then 0 else 1 end as failed, case when ${probe} then 1 else 0 end as probe, p.first_time
    from invocations c
    left join (select key, min(first_time) as first_time from sightings where kind = 'principal' group by key) as p
      on p.key = c.principal_key
    where ${within(range)} and ((${probe}) or c.status = 'client-error') and c.principal_key in (
      select principal_key from invocations where ${within(range)} and ((${probe}) or status = 'client-error')
      group by principal_key
      having count(distinct coalesce(model, model_id, '?')) >= ${s.minimumModels} or count(distinct region) >= ${s.minimumRegions})
    order by c.principal_key, c.time, c.request_id`;
  },
  judge: (rows, s) =>
    [...groupBy(rows, ({ principal_key }) => principal_key)].flatMap(([principal, calls]) =>
      stretches(calls, s.windowMinutes * minuteMs, (window) =>
        isProbing(window, s.minimumModels, s.minimumRegions),
      ).map(({ day, items }): Hit => {
        const { firstSeen, lastSeen } = spanOf(items);
        const born = Date.parse(items[0]?.first_time ?? firstSeen);
        const isNewcomer = Date.parse(lastSeen) - born < (s.newcomerHours / 24) * dayMs;
        return {
          subject: principal,
          bucket: day,
          firstSeen,
          lastSeen,
          severity: isNewcomer ? "high" : null,
          summary: `${counted(items.length, "tiny or failed call")} over ${counted(new Set(items.map(({ model }) => model)).size, "model")} and ${counted(new Set(items.map(({ region }) => region)).size, "region")}.`,
          records: sql`principal_key = ${principal}`,
          signals: null,
        };
      }),
    ),
  escalate: [],
  runbook: [
    "List the models and regions that were tried, with their errors.",
    "Look for use in the hours after, by this caller and by others.",
    "Rotate the key if nobody owns the test.",
  ],
  falsePositives: ["Health checks over several models."],
  budget: 5,
  examples: {
    finds: [
      {
        name: "hi to four models in forty seconds, by a newcomer",
        calls: [longAgo, ...series({ at: "2026-11-03T02:10:00.000Z", ...checker }, 4, 10, models)],
        finds: [{ subject, bucket: "2026-11-03", severity: "high" }],
      },
      {
        name: "without bodies, one answered and two denied, by an old acquaintance",
        calls: [
          { at: "2026-10-03T02:10:00.000Z", ...checker, user_chars: 900, max_tokens: null, output_tokens: 300 },
          ...series(
            {
              at: "2026-11-03T02:10:00.000Z",
              ...checker,
              user_chars: null,
              max_tokens: null,
              input_tokens: 8,
              input_body_state: "absent",
            },
            3,
            10,
            (n) => (n === 0 ? models(n) : { ...models(n), ...denied, input_tokens: null, output_tokens: null }),
          ),
        ],
        finds: [{ subject, bucket: "2026-11-03", severity: "medium" }],
      },
    ],
    ignores: [
      { name: "ping to one model every minute", calls: series({ at: "2026-11-03T02:10:00.000Z", ...checker }, 60, 60) },
      {
        name: "long texts to four models",
        calls: series({ at: "2026-11-03T02:10:00.000Z", ...checker, user_chars: 900, max_tokens: 500 }, 8, 10, models),
      },
      {
        name: "three models denied and nothing answered",
        calls: series(
          { at: "2026-11-03T02:10:00.000Z", ...checker, ...denied, user_chars: null, max_tokens: null },
          3,
          10,
          models,
        ),
      },
    ],
  },
});
