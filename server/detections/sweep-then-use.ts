import { z } from "zod";
import { counted } from "../domain/counted.ts";
import { raw, sql } from "../store/sql.ts";
import { detection, type Hit } from "./detection-rule.ts";
import { denied, series } from "./example.ts";
import { Attempt, sweepAttempts, sweepSettings, sweepsIn, type Sweep } from "./sweeps.ts";
import { groupBy, minuteMs, spanOf } from "./windows.ts";

const thief = { principal_key: "111122223333/user/old-ci", actor_class: "iam-user" };
const models = (n: number) => ({ model: `anthropic.model-${String(n)}` });
const sweep = series({ at: "2026-11-03T02:10:00.000Z", ...thief, ...denied }, 8, 30, models);
const used = { at: "2026-11-03T02:31:00.000Z", ...thief, model: "anthropic.model-3" };

/** The successes on the model of the sweep that was used most, within `ms` after the sweep's last denial. */
function useAfter({ items, denied: refused }: Sweep, own: readonly Attempt[], ms: number): readonly Attempt[] {
  const swept = new Set(items.map(({ model }) => model));
  const end = Date.parse(refused.at(-1)?.last_time ?? "");
  const successes = own.filter(
    ({ model, succeeded, time }) =>
      succeeded === 1 && swept.has(model) && Date.parse(time) > end && Date.parse(time) <= end + ms,
  );
  const byModel = [...groupBy(successes, ({ model }) => model).values()];
  return byModel.reduce((most, uses) => (uses.length > most.length ? uses : most), []);
}

export const sweepThenUse = detection({
  id: "sweep-then-use",
  version: 1,
  title: "A sweep over models, then heavy use of one of them",
  severity: "critical",
  why: "The thief has found a model that answers, and uses it.",
  needs: ["record"],
  windowHours: 25,
  lookbackDays: 0,
  subject: "principal",
  bucket: "day",
  settings: z.strictObject({
    ...sweepSettings,
    useMinutes: z.number().min(1).default(60),
    minimumSuccesses: z.int().min(1).default(20),
  }),
  row: Attempt,
  query: (range, settings) => sweepAttempts(raw("/* detections/sweep-then-use */"), range, settings),
  judge: (rows, settings) => {
    const own = groupBy(rows, ({ principal_key }) => principal_key);
    return sweepsIn(rows, settings).flatMap((found): Hit[] => {
      const uses = useAfter(found, own.get(found.principal) ?? [], settings.useMinutes * minuteMs);
      if (uses.length < settings.minimumSuccesses) return [];
      return [
        {
          subject: found.principal,
          bucket: found.day,
          ...spanOf([...found.denied, ...uses]),
          severity: null,
          summary: `${counted(found.denied.length, "attempt")} denied, then ${String(uses.length)} successes on ${uses[0]?.model ?? ""} within ${String(settings.useMinutes)} minutes.`,
          records: sql`principal_key = ${found.principal}`,
          signals: null,
        },
      ];
    });
  },
  escalate: [],
  runbook: [
    "Deactivate the key now; then ask.",
    "Count what was used since, and what it cost.",
    "Look up the first calls in CloudTrail by request id: address, agent, access key.",
  ],
  falsePositives: [],
  budget: 5,
  examples: {
    finds: [
      {
        name: "eight denied at 02:10, many calls from 02:31",
        calls: [...sweep, ...series(used, 40, 20)],
        finds: [{ subject: thief.principal_key, bucket: "2026-11-03", severity: "critical" }],
      },
      {
        name: "over midnight it is one finding, of the day of the sweep",
        calls: [
          ...series({ at: "2026-11-03T23:50:00.000Z", ...thief, ...denied }, 8, 30, models),
          ...series({ ...used, at: "2026-11-04T00:05:00.000Z" }, 20, 20),
        ],
        finds: [{ subject: thief.principal_key, bucket: "2026-11-03", severity: "critical" }],
      },
    ],
    ignores: [
      { name: "a smoke test, then three calls", calls: [...sweep, ...series(used, 3, 20)] },
      {
        name: "use two hours later",
        calls: [...sweep, ...series({ ...used, at: "2026-11-03T04:31:00.000Z" }, 40, 20)],
      },
    ],
  },
});
