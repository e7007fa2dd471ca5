import { z } from "zod";
import { counted } from "../domain/counted.ts";
import { usdOf } from "../domain/price.ts";
import type { Severity } from "../domain/severity.ts";
import { usdText } from "../domain/usd-text.ts";
import { sumExact } from "../store/engine-words.ts";
import { instant, sql } from "../store/sql.ts";
import { unusual, type CostHour } from "./baseline.ts";
import { detection, time, type Hit, type JudgeContext } from "./detection-rule.ts";
import { longAgo, series } from "./example.ts";
import { withinHours } from "./fragments.ts";
import { picoCost, PricedSums, tokenSums } from "./token-cost.ts";
import { dayMs, groupBy, hourMs } from "./windows.ts";

const Row = PricedSums.extend({
  principal_key: z.string(),
  hour: time,
  calls: z.number(),
});
type Row = z.infer<typeof Row>;

interface Settings {
  readonly minimumZ: number;
  readonly timesP99: number;
  readonly minimumUsd: number;
  readonly learningUsd: number;
  readonly highUsd: number;
  readonly criticalUsd: number;
  readonly baselineDays: number;
  readonly warmDays: number;
  readonly warmRecords: number;
}

/** No token costs more than a thousandth of a dollar: fewer tokens cannot cost as much. */
const tokensPerUsd = 1_000;

interface Hour extends CostHour {
  readonly calls: number;
  readonly unpriced: number;
}

/** The hours of one caller with calls, ascending. */
function hoursOf(rows: readonly Row[], prices: NonNullable<JudgeContext["prices"]>): readonly Hour[] {
  return [...groupBy(rows, ({ hour }) => hour)].map(([hour, groups]) => {
    const costs = groups.map((group) => ({ calls: group.calls, cost: picoCost(group, prices) }));
    return {
      hour,
      costUsd: usdOf(costs.reduce((sum, { cost }) => sum + (cost ?? 0n), 0n)),
      calls: costs.reduce((sum, { calls }) => sum + calls, 0),
      unpriced: costs.reduce((sum, { calls, cost }) => sum + (cost === null ? calls : 0), 0),
    };
  });
}

/** Every hour of the baseline before the day, the silent ones too, from the caller's first one on. */
function before(hours: readonly Hour[], day: number, days: number): readonly Hour[] {
  const known = new Map(hours.map((hour) => [Date.parse(hour.hour), hour]));
  const first = Math.max(day - days * dayMs, Date.parse(hours[0]?.hour ?? ""));
  const all: Hour[] = [];
  for (let at = first; at < day; at += hourMs) {
    all.push(known.get(at) ?? { hour: new Date(at).toISOString(), costUsd: 0, calls: 0, unpriced: 0 });
  }
  return all;
}

function isSpike(hour: Hour, baseline: readonly Hour[], s: Settings): boolean {
  const isWarm =
    baseline.length >= s.warmDays * 24 && baseline.reduce((sum, { calls }) => sum + calls, 0) >= s.warmRecords;
  if (!isWarm) return hour.costUsd >= s.learningUsd;
  const { z: score, p99Usd } = unusual(baseline, hour);
  return score >= s.minimumZ && hour.costUsd >= s.timesP99 * p99Usd;
}

function severityOf(usd: number, { highUsd, criticalUsd }: Settings): Severity | null {
  if (usd >= criticalUsd) return "critical";
  return usd >= highUsd ? "high" : null;
}

function spikesOf(principal: string, hours: readonly Hour[], firstDay: string, s: Settings): readonly Hit[] {
  // Nearly no hour is dear enough: of the others nobody needs to know what came before.
  const judged = hours.filter(({ costUsd, hour }) => hour >= firstDay && costUsd >= s.minimumUsd);
  return [...groupBy(judged, ({ hour }) => hour.slice(0, 10))].flatMap(([day, ofDay]): Hit[] => {
    const baseline = before(hours, Date.parse(day), s.baselineDays);
    const spikes = ofDay.filter((hour) => isSpike(hour, baseline, s));
    const [first] = spikes;
    if (first === undefined) return [];
    const peak = Math.max(...spikes.map(({ costUsd }) => costUsd));
    const usual = Math.max(0, ...baseline.map(({ costUsd }) => costUsd));
    const unpriced = spikes.reduce((sum, hour) => sum + hour.unpriced, 0);
    return [
      {
        subject: principal,
        bucket: day,
        firstSeen: first.hour,
        lastSeen: new Date(Date.parse(spikes.at(-1)?.hour ?? "") + hourMs - 1).toISOString(),
        severity: severityOf(peak, s),
        summary: `${usdText(peak)} in one hour; the most in the ${String(s.baselineDays)} days before was ${usdText(usual)}.${unpriced > 0 ? ` Without a price: ${counted(unpriced, "call")}.` : ""}`,
        records: sql`principal_key = ${principal}`,
        signals: null,
      },
    ];
  });
}

const opus = {
  price_key: "anthropic.claude-opus-4-1-20250805-v1:0|geo|us-east-1|standard|base|io",
  input_tokens: 1_000,
};
const subject = "111122223333/role/app";
/** Thirty days, an hour apart, for about two cents each. */
const usual = series({ at: "2026-10-03T00:00:00.000Z", ...opus, output_tokens: 100 }, 31 * 24, 3_600);
const burst = (dollars: number) => ({
  at: "2026-11-03T03:10:00.000Z",
  ...opus,
  output_tokens: Math.round((dollars / 75) * 1e6),
});

export const costSpike = detection<Settings, Row>({
  id: "cost-spike",
  version: 1,
  title: "A caller suddenly costs far more than usual",
  severity: "medium",
  why: "Stolen access is used fast: cost is the first thing that shows it.",
  needs: ["record", "prices"],
  windowHours: 0,
  lookbackDays: 28,
  subject: "principal",
  bucket: "day",
  settings: z.strictObject({
    minimumZ: z.number().min(0).default(6),
    timesP99: z.number().min(0).default(3),
    minimumUsd: z.number().min(0).default(25),
    learningUsd: z.number().min(0).default(50),
    highUsd: z.number().min(0).default(250),
    criticalUsd: z.number().min(0).default(1_000),
    baselineDays: z.int().min(1).max(28).default(28),
    warmDays: z.number().min(0).default(14),
    warmRecords: z.int().min(0).default(200),
  }),
  row: Row,
  query: (range, { minimumUsd }) => sql`/* detections/cost-spike */
    select principal_key, hour, dt, price_key, ${sumExact(sql`invocations`)} as calls,
      ${tokenSums}
    from rollups
    where ${withinHours(range)} and principal_key in (
      select principal_key from rollups
      where dt between ${range.firstDay} and ${range.toDay} and hour >= ${instant(range.firstDay)}
      group by principal_key, hour
      having sum(coalesce(input_tokens, 0) + coalesce(output_tokens, 0) + coalesce(cache_read_tokens, 0)
        + coalesce(cache_write_tokens, 0)) >= ${Math.floor(minimumUsd * tokensPerUsd)})
    group by principal_key, hour, dt, price_key
    order by principal_key, hour, price_key`,
  judge: (rows, settings, { prices, range }) =>
    prices === null
      ? []
      : [...groupBy(rows, ({ principal_key }) => principal_key)].flatMap(([principal, own]) =>
          spikesOf(principal, hoursOf(own, prices), range.firstDay, settings),
        ),
  escalate: [
    { to: "critical", anyOf: ["sweep-then-use", "llmjacking-chain"], withinHours: 24 },
    { to: "high", anyOf: ["model-sweep", "key-checker-probe"], withinHours: 24 },
  ],
  runbook: [
    "See what it will have cost by midnight, and deny or limit the caller if that is too much.",
    "Calls, tokens and price of the model: which of the three has grown?",
    "Compare with the same hour of the last four weeks; ask the owner.",
  ],
  falsePositives: ["Back-fills and load tests: compare with the last peak."],
  budget: 5,
  examples: {
    finds: [
      {
        name: "cents an hour, then $180 at three",
        calls: [...usual, burst(180)],
        finds: [{ subject, bucket: "2026-11-03", severity: "medium" }],
      },
      {
        name: "a newcomer for $300 an hour",
        calls: [longAgo, burst(300)],
        finds: [{ subject, bucket: "2026-11-03", severity: "high" }],
      },
    ],
    ignores: [
      {
        name: "a nightly job that has always cost this",
        calls: [...usual, ...series({ ...burst(60), at: "2026-10-03T03:10:00.000Z" }, 32, 86_400)].filter(
          ({ at }) => at < "2026-11-04",
        ),
      },
      { name: "a spike of twenty dollars", calls: [...usual, burst(20)] },
      { name: "a newcomer for $40", calls: [longAgo, burst(40)] },
    ],
  },
});
