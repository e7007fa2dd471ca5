import { isoTime, type Span, utcDay } from "../lib/time.ts";
import type { Target } from "../domain/target.ts";
import { instant, join, sql } from "../store/sql.ts";
import type { Engine } from "../store/store.ts";

const hourMs = 3_600_000;

/** Distinct invocations by `account/region`, then by start of the hour in ms; hours without any are left out. */
export type StoredHours = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** What is stored of the targets in a span of whole hours. */
export async function storedHours(
  { engine, signal }: { readonly engine: Engine; readonly signal: AbortSignal },
  targets: readonly Target[],
  { end, start }: Span,
): Promise<StoredHours> {
  if (targets.length === 0) return new Map();
  const isTarget = join(
    targets.map(({ accountId, region }) => sql`(account_id = ${accountId} and region = ${region})`),
    " or ",
  );
  const days = { fromDay: utcDay(start), toDay: utcDay(end - 1) };
  const { rows } = await engine.query(
    sql`/* metrics/stored-hours */
      select account_id, region, hour, cast(sum(invocations) as bigint) as stored
      from rollups_model
      where dt between ${days.fromDay} and ${days.toDay}
        and hour >= ${instant(isoTime(start))} and hour < ${instant(isoTime(end))} and (${isTarget})
      group by account_id, region, hour`,
    { days, signal, maxRows: targets.length * Math.ceil((end - start) / hourMs) },
  );
  const byTarget = new Map<string, Map<number, number>>();
  for (const row of rows) {
    const target = `${String(row["account_id"])}/${String(row["region"])}`;
    const hours = byTarget.get(target) ?? new Map<number, number>();
    byTarget.set(target, hours.set(Date.parse(String(row["hour"])), Number(row["stored"])));
  }
  return byTarget;
}
