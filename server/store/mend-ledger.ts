import type { Counts } from "../domain/coverage.ts";
import type { Catalog } from "./catalog/ledger.ts";
import { sql } from "./sql.ts";
import type { Store } from "./store.ts";
import { type LostDay, settleLoss } from "./lost-segments.ts";

/**
 * Lost rows of the ledger itself, of settled windows whose start lies on this day: no call is lost with them, and the window still has
 * their numbers and knows them when it is listed. One unit a window takes their place, so that all adds up; which object a call came from
 * is not known any more.
 */
export async function mendLedger(store: Store, day: LostDay): Promise<void> {
  const left = await unitsInLake(store, day.dt);
  const start = Date.parse(`${day.dt}T00:00:00Z`);
  await store.catalog.transaction().execute(async (trx) => {
    const windows = await trx
      .selectFrom("windows")
      .select(["source_id", "start_at", "moved_done", "moved_ignored", "moved_by", ...countNames])
      .where("start_at", ">=", start)
      .where("start_at", "<", start + dayMs)
      .where((where) => where(where("moved_done", "+", where.ref("moved_ignored")), ">", 0))
      .execute();
    for (const window of windows) {
      const { moved_done, moved_ignored, source_id: sourceId, start_at: at } = window;
      const rest = left.get(`${at} ${sourceId}`) ?? nothing;
      if (moved_done + moved_ignored === rest.done + rest.leftOut) continue;
      await standIn(trx, { window, rest, seenAt: store.clock() });
    }
    await settleLoss(trx, day, "kept");
  });
}

const dayMs = 86_400_000;
const maxWindows = 1_000_000;
const countNames = ["read", "stored", "duplicates", "quarantined", "ignored"] as const;

/** Ledger rows of one window that lie in the lake. */
interface InLake extends Counts {
  readonly done: number;
  /** Units that a rule ignored. */
  readonly leftOut: number;
  /** Rule → lines ignored by it. */
  readonly rules: ReadonlyMap<string, number>;
}

const nothing: InLake = {
  read: 0,
  stored: 0,
  duplicates: 0,
  quarantined: 0,
  ignored: 0,
  done: 0,
  leftOut: 0,
  rules: new Map(),
};

async function unitsInLake({ batch }: Store, dt: string): Promise<ReadonlyMap<string, InLake>> {
  const { rows } = await batch.query(
    sql`/* mend-ledger/units */ select source_id, window_start, state, ignored_by, count(*) as units,
          cast(sum("read") as bigint) as "read", cast(sum(stored) as bigint) as stored,
          cast(sum(duplicates) as bigint) as duplicates, cast(sum(quarantined) as bigint) as quarantined,
          cast(sum(ignored) as bigint) as ignored
        from units where dt = ${dt} group by source_id, window_start, state, ignored_by`,
    { maxRows: maxWindows },
  );
  const windows = new Map<string, InLake>();
  for (const row of rows) {
    const name = `${Date.parse(String(row["window_start"]))} ${String(row["source_id"])}`;
    const sum = windows.get(name) ?? nothing;
    const units = Number(row["units"]);
    const isDone = row["state"] === "done";
    const counts = Object.fromEntries(countNames.map((count) => [count, sum[count] + Number(row[count])])) as Counts;
    windows.set(name, {
      ...counts,
      done: sum.done + (isDone ? units : 0),
      leftOut: sum.leftOut + (isDone ? 0 : units),
      rules: withRules(sum.rules, String(row["ignored_by"]), units),
    });
  }
  return windows;
}

function withRules(rules: ReadonlyMap<string, number>, more: string, times: number): ReadonlyMap<string, number> {
  const sums = new Map(rules);
  for (const [rule, lines] of Object.entries(JSON.parse(more) as Record<string, number>))
    sums.set(rule, (sums.get(rule) ?? 0) + lines * times);
  return sums;
}

interface Gap {
  readonly window: Counts & { readonly source_id: string; readonly start_at: number; readonly moved_by: string };
  readonly rest: InLake;
  readonly seenAt: number;
}

/** A unit that counts what the window counts and no row of the ledger does. */
async function standIn(trx: Catalog, { rest, seenAt, window }: Gap): Promise<void> {
  const { moved_by, source_id, start_at } = window;
  const inCatalog = await trx
    .selectFrom("units")
    .select(({ fn }) => countNames.map((name) => fn.sum<number | null>(name).as(name)))
    .where("source_id", "=", source_id)
    .where("window_start", "=", start_at)
    .executeTakeFirstOrThrow();
  const lost = Object.fromEntries(
    countNames.map((name) => [name, window[name] - rest[name] - (inCatalog[name] ?? 0)]),
  ) as Counts;
  const rules = [...withRules(new Map(), moved_by, 1)].map(
    ([rule, lines]) => [rule, lines - (rest.rules.get(rule) ?? 0)] as const,
  );
  await trx
    .insertInto("units")
    .values({
      ...lost,
      source_id,
      window_start: start_at,
      kind: "object",
      key: `units of ${new Date(start_at).toISOString()} whose names were lost`,
      version: String(seenAt),
      size: 0,
      last_modified: null,
      state: "done",
      rule: null,
      ignored_by: JSON.stringify(Object.fromEntries(rules.filter(([, lines]) => lines > 0))),
      next_attempt_at: null,
      error_code: null,
      error: null,
      seen_at: seenAt,
      snapshot: null,
    })
    .execute();
  await trx
    .updateTable("windows")
    .set({
      moved_done: rest.done,
      moved_ignored: rest.leftOut,
      moved_by: JSON.stringify(Object.fromEntries(rest.rules)),
    })
    .where("source_id", "=", source_id)
    .where("start_at", "=", start_at)
    .execute();
}
