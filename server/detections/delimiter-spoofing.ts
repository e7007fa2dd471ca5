import { z } from "zod";
import { counted } from "../domain/counted.ts";
import { sql } from "../store/sql.ts";
import { detection } from "./detection-rule.ts";
import { newSignals, signalOrder } from "./new-signals.ts";
import { byPrincipalDay, signalHit, SignalRow } from "./signal-rows.ts";

const subject = "111122223333/role/app";
const at = "2026-11-03T10:00:00.000Z";

export const delimiterSpoofing = detection({
  id: "delimiter-spoofing",
  version: 1,
  title: "A text speaks with the marks of another role",
  severity: "low",
  why: "Turn markers in a user's text or a fetched page pretend that the system or the model has spoken.",
  needs: ["body"],
  windowHours: 0,
  lookbackDays: 30,
  subject: "principal",
  bucket: "day",
  settings: z.strictObject({ minimumTexts: z.int().min(1).default(1) }),
  row: SignalRow,
  query: (range) => sql`/* detections/delimiter-spoofing */
    select * from (${newSignals(range, sql`rule_id = 'delimiter-token'`)}) as new_signals ${signalOrder}`,
  judge: (rows, { minimumTexts }) =>
    byPrincipalDay(rows)
      .filter((own) => own.length >= minimumTexts)
      .map((own) => signalHit(own, null, `${counted(own.length, "new text")} with turn markers.`)),
  escalate: [{ to: "medium", anyOf: ["jailbreak-structure"], withinHours: 24 }],
  runbook: [
    "See whether the text came from the user or from a tool or document.",
    "Read the answer: did the model follow?",
    "Strip or escape turn markers before text enters a prompt.",
  ],
  falsePositives: ["People who build software with language models."],
  budget: 20,
  examples: {
    finds: [
      {
        name: "a fetched page with a fake system turn",
        calls: [{ at }],
        signals: [{ call: 0, rule_id: "delimiter-token", kind: "toolResult" }],
        finds: [{ subject, bucket: "2026-11-03", severity: "low" }],
      },
      {
        name: "a replay after more than 30 days is new",
        calls: [{ at: "2026-09-20T10:00:00.000Z" }, { at }],
        signals: [
          { call: 0, rule_id: "delimiter-token", segment_hash: "one" },
          { call: 1, rule_id: "delimiter-token", segment_hash: "one" },
        ],
        finds: [{ subject, bucket: "2026-11-03", severity: "low" }],
      },
    ],
    ignores: [
      { name: "another signal", calls: [{ at }], signals: [{ call: 0, rule_id: "system-prompt-request" }] },
      {
        name: "a chat that sends its history again",
        calls: [{ at: "2026-10-20T10:00:00.000Z" }, { at }],
        signals: [
          { call: 0, rule_id: "delimiter-token", segment_hash: "one" },
          { call: 1, rule_id: "delimiter-token", segment_hash: "one" },
        ],
      },
    ],
  },
});
