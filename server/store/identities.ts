import { shiftedDay } from "../lib/time.ts";
import { sql } from "./sql.ts";
import type { Store } from "./store.ts";

/** Accounts and regions that are named of a day. */
const named = 5;

/**
 * What is wrong with the calls of each day, newest first: one that stands twice, on it or on the next, and files that hold more or fewer
 * rows than were committed. Asks the engine for one day after the other, so that it takes no more memory than the largest two; stops
 * between two at the signal.
 */
export async function brokenDays(store: Store, signal?: AbortSignal): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const day of await storedDays(store)) {
    if (signal?.aborted === true) break;
    faults.push(...(await brokenDay(store, day)));
  }
  return faults;
}

async function storedDays({ catalog }: Store): Promise<readonly string[]> {
  const rows = await catalog
    .selectFrom("segments")
    .select("dt")
    .distinct()
    .where("tbl", "=", "invocations")
    .where("replaced_snapshot", "is", null)
    .orderBy("dt", "desc")
    .execute();
  return rows.map(({ dt }) => dt);
}

async function brokenDay(store: Store, day: string): Promise<readonly string[]> {
  // The record of one call may be read with two times, a few hours apart.
  const next = shiftedDay(day, 1);
  const { rows, snapshot } = await store.batch.query(sql`/* identities/day */
    select coalesce(cast(sum(own) as bigint), 0) as calls, count(*) filter (where n > 1 and first_day = ${day}) as twice
    from (select count(*) as n, count(*) filter (where dt = ${day}) as own, min(dt) as first_day
          from invocations where dt between ${day} and ${next}
          group by account_id, region, request_id)`);
  const [calls, twice] = [Number(rows[0]?.["calls"]), Number(rows[0]?.["twice"])];
  const committed = await committedRows(store, day, snapshot);
  return [
    ...(calls === committed ? [] : [`${day}: ${calls} calls are in its files, ${committed} were committed`]),
    ...(twice === 0
      ? []
      : [`${day}: ${twice} of its calls stand twice (${(await placesOf(store, day, next)).join(", ")})`]),
  ];
}

/** Rows of the day that a snapshot holds, as its commits counted them. */
async function committedRows({ catalog }: Store, day: string, snapshot: number): Promise<number> {
  const { rows } = await catalog
    .selectFrom("segments")
    .select(({ fn }) => fn.sum<number | null>("rows").as("rows"))
    .where("tbl", "=", "invocations")
    .where("dt", "=", day)
    .where("added_snapshot", "<=", snapshot)
    .where((where) => where.or([where("replaced_snapshot", "is", null), where("replaced_snapshot", ">", snapshot)]))
    .executeTakeFirstOrThrow();
  return rows ?? 0;
}

async function placesOf({ batch }: Store, day: string, next: string): Promise<readonly string[]> {
  const { rows } = await batch.query(sql`/* identities/places */
    select account_id, region, count(*) as n
    from (select account_id, region, request_id from invocations where dt between ${day} and ${next}
          group by account_id, region, request_id having count(*) > 1 and min(dt) = ${day})
    group by account_id, region
    order by 3 desc, 1, 2
    limit ${named}`);
  return rows.map((row) => `${Number(row["n"])} of ${String(row["account_id"])}/${String(row["region"])}`);
}
