import { z } from "zod";
import type { Evidence } from "../domain/finding.ts";
import { SegmentKind } from "../domain/invocation.ts";
import { instant, join, sql, type Sql } from "../store/sql.ts";
import type { Detection, Hit } from "./detection-rule.ts";
import type { RuleDeps } from "./rule-deps.ts";
import { recordsOf } from "./support.ts";

const maxEvidence = 50;

const Row = z.object({
  request_id: z.string(),
  account_id: z.string(),
  region: z.string(),
  time: z.string(),
  outcome: z.string().nullable(),
  path: z.string().nullable(),
  span_start: z.number().nullable(),
  span_end: z.number().nullable(),
  kind: SegmentKind.nullable(),
  rule_id: z.string().nullable(),
  rule_version: z.number().nullable(),
  excerpt: z.string().nullable(),
});

/** At most 50 records, or places in them, by weight, time and request id. */
export async function evidenceOf(
  { engine, signal }: RuleDeps,
  rule: Detection,
  hit: Hit,
): Promise<readonly Evidence[]> {
  const statement = hit.signals === null ? recordEvidence(rule, hit) : signalEvidence(hit, hit.signals);
  const { rows } = await engine.query(statement, signal === undefined ? {} : { signal });
  return z
    .array(Row)
    .parse(rows)
    .map((row) => ({
      requestId: row.request_id,
      accountId: row.account_id,
      region: row.region,
      time: row.time,
      path: row.path,
      start: row.span_start,
      end: row.span_end,
      segmentKind: row.kind,
      ruleId: row.rule_id,
      ruleVersion: row.rule_version,
      outcome: row.outcome,
      excerpt: row.excerpt,
    }));
}

function recordEvidence({ id, version }: Detection, hit: Hit): Sql {
  return sql`/* detections/record-evidence */
    select request_id, account_id, region, time, outcome, null as path, null as span_start, null as span_end, null as kind,
      ${id} as rule_id, ${version} as rule_version, null as excerpt
    from invocations
    where ${recordsOf(hit)}
    order by time, request_id
    limit ${maxEvidence}`;
}

/** The first span of each rule in each of the hit's records. */
function signalEvidence(hit: Hit, rules: readonly string[]): Sql {
  const names = join(
    rules.map((name) => sql`${name}`),
    ", ",
  );
  return sql`/* detections/signal-evidence */
    select s.request_id, s.account_id, s.region, s.time, i.outcome, s.path, s.span_start, s.span_end, s.kind, s.rule_id,
      s.rule_version, s.excerpt
    from (
      select *, row_number() over (partition by account_id, region, request_id, rule_id order by position desc, weight desc, path, span_start) as place
      from signals
      where dt between ${hit.firstSeen.slice(0, 10)} and ${hit.lastSeen.slice(0, 10)} and time >= ${instant(hit.firstSeen)}
        and time <= ${instant(hit.lastSeen)} and rule_id in (${names}) and (${hit.records})
    ) as s
    join invocations i on i.dt = s.dt and i.account_id = s.account_id and i.region = s.region and i.time = s.time
      and i.request_id = s.request_id and i.dt between ${hit.firstSeen.slice(0, 10)} and ${hit.lastSeen.slice(0, 10)}
    where s.place = 1
    order by s.weight desc, s.time, s.request_id, s.rule_id
    limit ${maxEvidence}`;
}
