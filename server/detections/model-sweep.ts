import { z } from "zod";
import { counted } from "../domain/counted.ts";
import { raw, sql } from "../store/sql.ts";
import { detection } from "./detection-rule.ts";
import { denied, series } from "./example.ts";
import { Attempt, sweepAttempts, sweepSettings, sweepsIn } from "./sweeps.ts";
import { spanOf } from "./windows.ts";

const thief = { principal_key: "111122223333/user/old-ci", actor_class: "iam-user" };
const subject = thief.principal_key;
const models = (n: number) => ({ model: `anthropic.model-${String(n)}` });

export const modelSweep = detection({
  id: "model-sweep",
  version: 1,
  title: "One caller tries many models and is denied",
  severity: "high",
  why: "Who does not know which models an account may use tries them in turn: the first act with a stolen key.",
  needs: ["record"],
  windowHours: 24,
  lookbackDays: 0,
  subject: "principal",
  bucket: "day",
  settings: z.strictObject(sweepSettings),
  row: Attempt,
  query: (range, settings) => sweepAttempts(raw("/* detections/model-sweep */"), range, settings),
  judge: (rows, settings) =>
    sweepsIn(rows, settings).map(({ principal, day, items, denied: refused }) => ({
      subject: principal,
      bucket: day,
      ...spanOf(items),
      severity: null,
      summary: `${String(new Set(items.map(({ model }) => model)).size)} models tried, ${String(refused.length)} of ${counted(items.length, "attempt")} denied.`,
      records: sql`principal_key = ${principal}`,
      signals: null,
    })),
  escalate: [],
  runbook: [
    "List the models that were tried, in order of time, with their errors.",
    "Look for successes in the hour after, and for others who tried the same list.",
    "Compare with the calendar of releases; else deny by policy and rotate the key.",
  ],
  falsePositives: ["A smoke test over the whole catalogue."],
  budget: 5,
  examples: {
    finds: [
      {
        name: "nine models in four minutes, eight denied",
        calls: series({ at: "2026-11-03T02:10:00.000Z", ...thief, ...denied }, 9, 30, (n) =>
          n === 8 ? { ...models(n), status: "success", error_code: null, outcome: "answered" } : models(n),
        ),
        finds: [{ subject, bucket: "2026-11-03", severity: "high" }],
      },
      {
        name: "twelve models over a day, three denied",
        calls: series({ at: "2026-11-03T02:10:00.000Z", ...thief }, 12, 3_600, (n) =>
          n % 4 === 0 ? { ...models(n), ...denied } : models(n),
        ),
        finds: [{ subject, bucket: "2026-11-03", severity: "high" }],
      },
    ],
    ignores: [
      {
        name: "200 denials of one model are one attempt after another, on one model",
        calls: series({ at: "2026-11-03T02:10:00.000Z", ...thief, ...denied }, 200, 2),
      },
      {
        name: "four models denied",
        calls: series({ at: "2026-11-03T02:10:00.000Z", ...thief, ...denied }, 4, 30, models),
      },
      {
        name: "throttled on nine models",
        calls: series(
          {
            at: "2026-11-03T02:10:00.000Z",
            ...thief,
            status: "throttled",
            error_code: "ThrottlingException",
            outcome: "failed",
          },
          9,
          30,
          models,
        ),
      },
    ],
  },
});
