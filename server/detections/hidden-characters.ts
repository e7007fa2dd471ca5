import { z } from "zod";
import { counted } from "../domain/counted.ts";
import { sql } from "../store/sql.ts";
import { detection, type Hit } from "./detection-rule.ts";
import { newSignals, signalOrder } from "./new-signals.ts";
import { byPrincipalDay, signalHit, SignalRow } from "./signal-rows.ts";

const subject = "111122223333/role/app";
const at = "2026-11-03T10:00:00.000Z";
const run = { call: 0, rule_id: "hidden-character-run", decoded: "tag-characters", segment_hash: "mail" };

export const hiddenCharacters = detection({
  id: "hidden-characters",
  version: 1,
  title: "A text carries characters that nobody can see",
  severity: "high",
  why: "A model reads invisible characters as text: an instruction can hide in a page, a mail or a name that looks harmless.",
  needs: ["body"],
  windowHours: 0,
  lookbackDays: 30,
  subject: "principal",
  bucket: "day",
  settings: z.strictObject({ minimumTexts: z.int().min(1).default(1) }),
  row: SignalRow,
  query: (range) => sql`/* detections/hidden-characters */
    select * from (${newSignals(
      range,
      sql`kind in ('user', 'toolResult', 'document', 'searchResult')
        and (rule_id = 'hidden-character-run' or decoded in ('tag-characters', 'variation-selectors'))`,
    )}) as new_signals ${signalOrder}`,
  judge: (rows, { minimumTexts }) =>
    byPrincipalDay(rows).flatMap((own): Hit[] => {
      const hidden = own.filter(({ rule_id }) => rule_id === "hidden-character-run");
      const speaking = own.filter(({ rule_id }) => rule_id !== "hidden-character-run");
      if (hidden.length < minimumTexts) return [];
      const summary = `${counted(hidden.length, "new text")} with runs of invisible characters.`;
      if (speaking.length === 0) return [signalHit(hidden, null, summary)];
      return [signalHit(own, "critical", `${summary} Decoded, they show ${counted(speaking.length, "signal")} more.`)];
    }),
  escalate: [],
  runbook: [
    "Find where the text came from: the user, a tool, a document.",
    "Read what was hidden, and whether the model followed it.",
    "Strip tag characters, variation selectors and zero-width runs before text enters a prompt; block the source.",
  ],
  falsePositives: [
    "Flags, emoji, scripts that need joiners, and text copied from word processors are left out by the signal.",
  ],
  budget: 5,
  examples: {
    finds: [
      {
        name: "a fetched page with a hidden text",
        calls: [{ at }],
        signals: [{ ...run, kind: "toolResult" }],
        finds: [{ subject, bucket: "2026-11-03", severity: "high" }],
      },
      {
        name: "a hidden text that is a jailbreak",
        calls: [{ at }],
        signals: [run, { ...run, rule_id: "jailbreak-score", weight: 9 }],
        finds: [{ subject, bucket: "2026-11-03", severity: "critical" }],
      },
    ],
    ignores: [
      { name: "in the model's own words", calls: [{ at }], signals: [{ ...run, kind: "assistant", side: "output" }] },
      { name: "a jailbreak that hides nothing", calls: [{ at }], signals: [{ call: 0, rule_id: "jailbreak-score" }] },
      {
        name: "a mail that is sent again with the history",
        calls: [{ at: "2026-10-20T10:00:00.000Z" }, { at }],
        signals: [run, { ...run, call: 1 }],
      },
    ],
  },
});
