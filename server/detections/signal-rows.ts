import { z } from "zod";
import { join, sql } from "../store/sql.ts";
import { time, type Hit } from "./detection-rule.ts";
import { groupBy, spanOf } from "./windows.ts";

/** A row of `newSignals`. */
export const SignalRow = z.object({
  principal_key: z.string(),
  time,
  request_id: z.string(),
  rule_id: z.string(),
  segment_hash: z.string().nullable(),
  kind: z.string(),
  weight: z.number(),
  value_hash: z.string().nullable(),
  outcome: z.string().nullable(),
});
export type SignalRow = z.infer<typeof SignalRow>;

/** Rows of each principal and UTC day, in order of time. */
export function byPrincipalDay(rows: readonly SignalRow[]): readonly (readonly SignalRow[])[] {
  return [...groupBy(rows, (row) => `${row.time.slice(0, 10)} ${row.principal_key}`).values()];
}

/** A hit over signals of one principal and day, which are not empty. */
export function signalHit(rows: readonly SignalRow[], severity: Hit["severity"], summary: string): Hit {
  const rules = [...new Set(rows.map(({ rule_id }) => rule_id))].sort();
  const requests = [...new Set(rows.map(({ request_id }) => request_id))].sort();
  const { firstSeen, lastSeen } = spanOf(rows);
  return {
    subject: rows[0]?.principal_key ?? "",
    bucket: firstSeen.slice(0, 10),
    firstSeen,
    lastSeen,
    severity,
    summary,
    records: sql`principal_key = ${rows[0]?.principal_key ?? ""} and request_id in (${join(
      requests.slice(0, maxRequests).map((id) => sql`${id}`),
      ", ",
    )})`,
    signals: rules,
  };
}

/** Beyond these a hit counts its first ones only. */
const maxRequests = 1_000;
