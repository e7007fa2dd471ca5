import { instant, sql, type Sql } from "../store/sql.ts";
import type { ReadRange } from "./detection-rule.ts";

/** The rows of the range: a bound on the day, so that segments are left out, and one on the time. */
export function within({ from, to, fromDay, toDay }: ReadRange): Sql {
  return sql`dt between ${fromDay} and ${toDay} and time >= ${instant(from)} and time < ${instant(to)}`;
}

/** The same for `rollups`, whose rows hold whole hours. */
export function withinHours({ from, to, fromDay, toDay }: ReadRange): Sql {
  return sql`dt between ${fromDay} and ${toDay} and hour >= ${instant(from)} and hour < ${instant(to)}`;
}

/**
 * A run of failures with one error code and gaps of at most 60 s, with the success that follows within 60 s, is one attempt:
 * every retry of an SDK is a record of its own. Columns: principal_key, account_id, region, model, actor_class, time, last_time,
 * succeeded (0, 1), denied (0, 1), records. `principals` is a query of one column.
 */
export function attempts(range: ReadRange, principals: Sql): Sql {
  return sql`
    select principal_key, min(account_id) as account_id, region, model, min(actor_class) as actor_class, min(time) as time,
      max(time) as last_time, max(case when error_code is null then 1 else 0 end) as succeeded,
      min(case when status = 'client-error' then 1 else 0 end) as denied, count(*) as records
    from (
      select *, sum(starts) over (partition by principal_key, region, model order by time, rank, request_id
        rows between unbounded preceding and current row) as attempt
      from (
        select *, case
          when before_code is null then 1
          when before_time < time - interval '60' second then 1
          when error_code is null or error_code = before_code then 0
          else 1 end as starts
        from (
          select *, lag(error_code) over (partition by principal_key, region, model order by time, rank, request_id) as before_code,
            lag(time) over (partition by principal_key, region, model order by time, rank, request_id) as before_time
          from (
            select principal_key, account_id, region, coalesce(model, model_id, '?') as model, actor_class, time, request_id,
              error_code, status, case when error_code is null then 1 else 0 end as rank
            from invocations
            where ${within(range)} and principal_key in (${principals})
          ) as calls
        ) as followed
      ) as marked
    ) as numbered
    group by principal_key, region, model, attempt`;
}

/** First call of an account that the ledger knows, by account. */
export const ledgerStarts = sql`
  select account_id, min(first_time) as ledger_start from sightings
  where kind = 'principal' group by account_id`;
