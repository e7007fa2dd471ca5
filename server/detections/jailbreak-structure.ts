import { z } from "zod";
import { counted } from "../domain/counted.ts";
import { sql } from "../store/sql.ts";
import { detection, type Hit } from "./detection-rule.ts";
import { series } from "./example.ts";
import { withinHours } from "./fragments.ts";
import { newSignals, signalOrder } from "./new-signals.ts";
import { poissonTail } from "./poisson.ts";
import { byPrincipalDay, signalHit, SignalRow } from "./signal-rows.ts";
import { dayMs } from "./windows.ts";

const subject = "111122223333/role/app";
const at = "2026-11-03T10:00:00.000Z";
const jailbreak = (call: number, weight: number) => ({
  call,
  rule_id: "jailbreak-score",
  weight,
  segment_hash: `text ${String(call)}`,
});

const Row = SignalRow.extend({ day_records: z.number(), earlier_records: z.number() });
type Row = z.infer<typeof Row>;

/** New texts a record in the days before. */
function ownRate([first]: readonly Row[], all: readonly Row[], days: number): number {
  if (first === undefined || first.earlier_records === 0) return 0;
  const day = Date.parse(first.time.slice(0, 10));
  const earlier = all.filter(({ principal_key, time }) => {
    const at = Date.parse(time);
    return principal_key === first.principal_key && at < day && at >= day - days * dayMs;
  });
  return earlier.length / first.earlier_records;
}

export const jailbreakStructure = detection({
  id: "jailbreak-structure",
  version: 1,
  title: "Prompts built to talk a model out of its rules",
  severity: "medium",
  why: "One strong attempt that was answered, or more attempts than chance explains, is someone at work.",
  needs: ["body"],
  windowHours: 0,
  lookbackDays: 60,
  subject: "principal",
  bucket: "day",
  settings: z.strictObject({
    strongScore: z.number().min(1).default(8),
    minimumTexts: z.int().min(1).default(3),
    chance: z.number().min(0).max(1).default(0.001),
    baseRate: z.number().min(0).max(1).default(0.003),
    baselineDays: z.number().min(1).default(30),
  }),
  row: Row,
  query: (range, { baselineDays }) => sql`/* detections/jailbreak-structure */
    select n.*, d.day_records, d.earlier_records
    from (${newSignals(range, sql`rule_id = 'jailbreak-score'`)}) as n
    join (
      select t.principal_key, t.day, max(t.day_records) as day_records, coalesce(cast(sum(e.calls) as bigint), 0) as earlier_records
      from (
        select principal_key, date_trunc('day', hour) as day, cast(sum(invocations) as bigint) as day_records
        from rollups where ${withinHours(range)} group by principal_key, date_trunc('day', hour)) as t
      left join (
        select principal_key, date_trunc('day', hour) as day, cast(sum(invocations) as bigint) as calls
        from rollups where ${withinHours(range)} group by principal_key, date_trunc('day', hour)) as e
        on e.principal_key = t.principal_key and e.day < t.day and e.day >= t.day - ${baselineDays} * interval '1' day
      group by t.principal_key, t.day
    ) as d on d.principal_key = n.principal_key and d.day = date_trunc('day', n.time)
    ${signalOrder}`,
  judge: (rows, { strongScore, minimumTexts, chance, baseRate, baselineDays }) =>
    byPrincipalDay(rows).flatMap((group): Hit[] => {
      const own = group as readonly Row[];
      const strong = own.filter(({ weight, outcome }) => weight >= strongScore && outcome === "answered");
      const expected = (own[0]?.day_records ?? 0) * Math.max(baseRate, ownRate(own, rows, baselineDays));
      const isMany = own.length >= minimumTexts && poissonTail(own.length, expected) < chance;
      if (strong.length === 0 && !isMany) return [];
      const answered = own.filter(({ outcome }) => outcome === "answered").length;
      return [
        signalHit(
          own,
          null,
          `${counted(own.length, "new text")} built like a jailbreak, ${String(answered)} of them answered, the strongest of score ${String(Math.max(...own.map(({ weight }) => weight)))}.`,
        ),
      ];
    }),
  escalate: [],
  runbook: [
    "Outcome first: what was answered, refused, blocked.",
    "New or sent again; the caller's last seven days.",
    "Which guardrail policy fired, and which did not.",
    "Speak to the user, or close the session.",
  ],
  falsePositives: ["Red teams and novelists."],
  budget: 5,
  examples: {
    finds: [
      {
        name: "a strong one that was answered",
        calls: [{ at }],
        signals: [jailbreak(0, 9)],
        finds: [{ subject, bucket: "2026-11-03", severity: "medium" }],
      },
      {
        name: "three weak ones among ten calls",
        calls: series({ at, outcome: "refused" }, 10, 60),
        signals: [jailbreak(0, 5), jailbreak(1, 6), jailbreak(2, 5)],
        finds: [{ subject, bucket: "2026-11-03", severity: "medium" }],
      },
    ],
    ignores: [
      { name: "one weak text", calls: [{ at }], signals: [jailbreak(0, 5)] },
      { name: "a strong one that was refused", calls: [{ at, outcome: "refused" }], signals: [jailbreak(0, 9)] },
      {
        name: "three weak ones among two thousand calls",
        calls: series({ at }, 2_000, 10),
        signals: [jailbreak(0, 5), jailbreak(1, 6), jailbreak(2, 5)],
      },
    ],
  },
});
