import { instant, raw, sql, type Sql } from "../store/sql.ts";
import type { ReadRange } from "./detection-rule.ts";

/**
 * One row a record, rule and segment text that is seen for the first time in 30 days by its principal; what is sent again is a
 * replay and left out. Columns: those of the signal, and `outcome` of its record. `condition` is on the columns of `signals`.
 */
export function newSignals(range: ReadRange, condition: Sql): Sql {
  return sql`
    select s.principal_key, s.account_id, s.region, s.time, s.request_id, s.rule_id, s.segment_hash, s.kind, s.weight,
      s.value_hash, i.outcome
    from (
      select *, lag(time) over (partition by principal_key, rule_id, segment_hash order by time, request_id) as seen_before
      from (
        select principal_key, account_id, region, time, request_id, rule_id, segment_hash, min(kind) as kind, max(weight) as weight,
          min(value_hash) as value_hash, dt
        from signals
        where ${rangeOf(range)} and ${condition}
        group by principal_key, account_id, region, time, request_id, rule_id, segment_hash, dt
      ) as once
    ) as s
    join invocations i on i.account_id = s.account_id and i.region = s.region and i.time = s.time and i.request_id = s.request_id
      and i.dt = s.dt and i.dt between ${range.fromDay} and ${range.toDay}
    where (s.seen_before is null or s.seen_before < s.time - interval '30' day)`;
}

function rangeOf({ from, to, fromDay, toDay }: ReadRange): Sql {
  return sql`dt between ${fromDay} and ${toDay} and time >= ${instant(from)} and time < ${instant(to)}`;
}

/** Columns of `newSignals` in an order that does not depend on how they came. */
export const signalOrder = raw("order by principal_key, time, request_id, rule_id, segment_hash");
