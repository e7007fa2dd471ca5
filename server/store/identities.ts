import { liveRows } from "./catalog/ledger-report.ts";
import { partOf } from "./engine-words.ts";
import { raw, sql } from "./sql.ts";
import type { Store } from "./store.ts";

/** Accounts and regions that are named of a day. */
const named = 5;
/** Their identities fit into the engine's memory together. */
const callsAtOnce = 2_000_000;

/**
 * What is wrong with the calls: one that stands twice, however far apart its days are, and files that hold more or fewer rows than were
 * committed. Asks the engine for a part of the calls after the other, so that memory does not grow with the store; stops between two at the
 * signal.
 */
export async function brokenDays(store: Store, signal?: AbortSignal): Promise<readonly string[]> {
  const counts = await countedDays(store, signal);
  const twice = await twiceStored(store, callsAtOnce, signal);
  const days = [...new Set([...counts.keys(), ...twice.keys()])].toSorted().toReversed();
  return days.flatMap((day) => [counts.get(day) ?? [], twice.get(day) ?? []].flat());
}

/** Days whose files hold other numbers of rows than were committed, with words for it. */
async function countedDays(store: Store, signal?: AbortSignal): Promise<ReadonlyMap<string, string>> {
  const faults = new Map<string, string>();
  for (const day of await storedDays(store)) {
    if (signal?.aborted === true) break;
    const { rows, snapshot } = await store.batch.query(
      sql`/* identities/day */ select count(*) as calls from invocations where dt = ${day}`,
    );
    const calls = Number(rows[0]?.["calls"]);
    const committed = await committedRows(store, day, snapshot);
    if (calls !== committed) faults.set(day, `${day}: ${calls} calls are in its files, ${committed} were committed`);
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
    .execute();
  return rows.map(({ dt }) => dt);
}

/** Days on which calls stand that stand again, there or on a later day, with words for it. */
export async function twiceStored(
  store: Store,
  atOnce: number,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const parts = Math.max(1, Math.ceil((await liveRows(store.catalog, "invocations")) / atOnce));
  const days = new Map<string, Map<string, number>>();
  for (let part = 0; part < parts; part += 1) {
    if (signal?.aborted === true) break;
    const { rows } = await store.batch.query(sql`/* identities/twice */
      select first_day, account_id, region, count(*) as n
      from (select account_id, region, min(dt) as first_day from invocations
            where dt >= '0000' and ${partOf(raw("request_id"), parts)} = ${part}
            group by account_id, region, request_id having count(*) > 1)
      group by first_day, account_id, region
      order by first_day desc, n desc
      limit 1000`);
    for (const row of rows) {
      const day = String(row["first_day"]);
      const place = `${String(row["account_id"])}/${String(row["region"])}`;
      const places = days.get(day) ?? new Map<string, number>();
      days.set(day, places.set(place, (places.get(place) ?? 0) + Number(row["n"])));
    }
  }
  return new Map([...days].map(([day, places]) => [day, wordsOf(day, places)]));
}

function wordsOf(day: string, places: ReadonlyMap<string, number>): string {
  const all = [...places].toSorted(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  const calls = all.reduce((sum, [, n]) => sum + n, 0);
  const told = all.slice(0, named).map(([place, n]) => `${n} of ${place}`);
  return `${day}: ${calls} of its calls stand twice (${told.join(", ")})`;
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
