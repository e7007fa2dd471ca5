import { z } from "zod";
import { counted } from "../domain/counted.ts";
import { sql } from "../store/sql.ts";
import { detection } from "./detection-rule.ts";
import { newSignals, signalOrder } from "./new-signals.ts";
import { byPrincipalDay, signalHit, SignalRow } from "./signal-rows.ts";
import { groupBy } from "./windows.ts";

const subject = "111122223333/role/app";
const other = "111122223333/role/other";
const at = "2026-11-03T10:00:00.000Z";
const secret = { rule_id: "secret-aws-access-key", value_hash: "v1" };

export const secretInPrompt = detection({
  id: "secret-in-prompt",
  version: 1,
  title: "A secret in a prompt",
  severity: "medium",
  why: "The log keeps it, the model's answer may repeat it, and whoever reads the log can use it.",
  needs: ["body"],
  windowHours: 0,
  lookbackDays: 30,
  subject: "principal",
  bucket: "day",
  settings: z.strictObject({ sharedBy: z.int().min(2).default(2) }),
  row: SignalRow,
  query: (range) => sql`/* detections/secret-in-prompt */
    select * from (${newSignals(range, sql`rule_id like 'secret-%' and side = 'input'`)}) as new_signals ${signalOrder}`,
  judge: (rows, { sharedBy }) => {
    const holders = new Map(
      [...groupBy(rows, ({ value_hash, segment_hash }) => value_hash ?? segment_hash ?? "")].map(([hash, same]) => [
        hash,
        new Set(same.map(({ principal_key }) => principal_key)).size,
      ]),
    );
    return byPrincipalDay(rows).map((own) => {
      const isShared = own.some(
        ({ value_hash, segment_hash }) => (holders.get(value_hash ?? segment_hash ?? "") ?? 0) >= sharedBy,
      );
      const values = new Set(own.map(({ value_hash, segment_hash }) => value_hash ?? segment_hash)).size;
      return signalHit(
        own,
        isShared ? "high" : null,
        `${counted(values, "secret")} in ${counted(own.length, "new text")}${isShared ? ", one of them sent by several callers" : ""}.`,
      );
    });
  },
  escalate: [],
  runbook: [
    "Find out whose secret it is, and rotate it.",
    "See who could read the log since.",
    "Add redaction before the prompt is sent.",
  ],
  falsePositives: ["Documentation and honeytokens."],
  budget: 5,
  examples: {
    finds: [
      {
        name: "a key in a pasted file",
        calls: [{ at }],
        signals: [{ call: 0, ...secret }],
        finds: [{ subject, bucket: "2026-11-03", severity: "medium" }],
      },
      {
        name: "one secret, two callers",
        calls: [{ at }, { at: "2026-11-03T11:00:00.000Z", principal_key: other }],
        signals: [
          { call: 0, ...secret, segment_hash: "a" },
          { call: 1, ...secret, segment_hash: "b" },
        ],
        finds: [
          { subject, bucket: "2026-11-03", severity: "high" },
          { subject: other, bucket: "2026-11-03", severity: "high" },
        ],
      },
    ],
    ignores: [
      { name: "in the answer", calls: [{ at }], signals: [{ call: 0, ...secret, side: "output", kind: "assistant" }] },
      { name: "no secret", calls: [{ at }], signals: [{ call: 0, rule_id: "delimiter-token" }] },
    ],
  },
});
