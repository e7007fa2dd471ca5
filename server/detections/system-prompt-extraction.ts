import { z } from "zod";
import { counted } from "../domain/counted.ts";
import { sql } from "../store/sql.ts";
import { detection } from "./detection-rule.ts";
import { newSignals, signalOrder } from "./new-signals.ts";
import { byPrincipalDay, signalHit, SignalRow } from "./signal-rows.ts";

const subject = "111122223333/role/app";
const at = "2026-11-03T10:00:00.000Z";
const request = { call: 0, rule_id: "system-prompt-request", segment_hash: "ask" };

export const systemPromptExtraction = detection({
  id: "system-prompt-extraction",
  version: 1,
  title: "Someone asks the model for its system prompt",
  severity: "informational",
  why: "Who knows an application's instructions knows what to work around; curious users ask too.",
  needs: ["body"],
  windowHours: 0,
  lookbackDays: 30,
  subject: "principal",
  bucket: "day",
  settings: z.strictObject({ minimumTexts: z.int().min(1).default(1) }),
  row: SignalRow,
  query: (range) => sql`/* detections/system-prompt-extraction */
    select * from (${newSignals(range, sql`rule_id = 'system-prompt-request'`)}) as new_signals ${signalOrder}`,
  judge: (rows, { minimumTexts }) =>
    byPrincipalDay(rows)
      .filter((own) => own.length >= minimumTexts)
      .map((own) => signalHit(own, null, `${counted(own.length, "new text")} asking for the system prompt.`)),
  escalate: [],
  runbook: [
    "Read the answer: did the model tell its instructions?",
    "See what else the same caller tried that day.",
    "Keep secrets and rules that must hold out of the system prompt.",
  ],
  falsePositives: ["Lessons about prompts, and people who test their own application."],
  budget: 20,
  examples: {
    finds: [
      {
        name: "a first request",
        calls: [{ at }],
        signals: [request],
        finds: [{ subject, bucket: "2026-11-03", severity: "informational" }],
      },
      {
        name: "on two days, two findings",
        calls: [{ at }, { at: "2026-11-04T10:00:00.000Z" }],
        signals: [request, { call: 1, rule_id: "system-prompt-request", segment_hash: "other words" }],
        finds: [
          { subject, bucket: "2026-11-03", severity: "informational" },
          { subject, bucket: "2026-11-04", severity: "informational" },
        ],
      },
    ],
    ignores: [
      { name: "another signal", calls: [{ at }], signals: [{ call: 0, rule_id: "delimiter-token" }] },
      {
        name: "a chat that sends its history again",
        calls: [{ at: "2026-10-20T10:00:00.000Z" }, { at }],
        signals: [request, { ...request, call: 1 }],
      },
    ],
  },
});
