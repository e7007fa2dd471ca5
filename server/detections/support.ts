import { z } from "zod";
import type { Reach } from "../domain/finding.ts";
import { type PriceLookup, usdOf } from "../domain/price.ts";
import { instant, raw, sql, type Sql } from "../store/sql.ts";
import type { Hit } from "./detection-rule.ts";
import type { RuleDeps } from "./rule-deps.ts";
import { picoCost, PricedSums, tokenSums } from "./token-cost.ts";

/** Counts over the records that support a finding. */
export interface Support {
  readonly records: number;
  readonly scanned: number;
  readonly outcomes: Readonly<Record<string, number>>;
  /** Null when a record with tokens has no price. */
  readonly costUsd: number | null;
  readonly reach: Reach;
}

const Row = PricedSums.extend({
  outcome: z.string(),
  records: z.number(),
  scanned: z.number(),
});
type Row = z.infer<typeof Row>;

/** Why a record was not read, as `scan` names it. */
const unread = ["no-body", "body-in-s3", "limit", "media", "parse", "time"];

/** The records of a hit. */
export function recordsOf({ firstSeen, lastSeen, records }: Hit): Sql {
  return sql`dt between ${firstSeen.slice(0, 10)} and ${lastSeen.slice(0, 10)} and time >= ${instant(firstSeen)}
    and time <= ${instant(lastSeen)} and (${records})`;
}

export async function supportOf(deps: RuleDeps, hit: Hit): Promise<Support> {
  const { engine, prices, signal } = deps;
  const notRead = raw(unread.map((reason) => `list_contains(scan, 'not-scanned:${reason}')`).join(" or "));
  const { rows } = await engine.query(
    sql`/* detections/support */
    select coalesce(outcome, 'unknown') as outcome, dt, price_key, count(*) as records,
      count(*) filter (where scan is not null and not (${notRead})) as scanned,
      ${tokenSums}
    from invocations
    where ${recordsOf(hit)}
    group by coalesce(outcome, 'unknown'), dt, price_key
    order by outcome, dt, price_key`,
    { maxRows: 100_000, ...(signal === undefined ? {} : { signal }) },
  );
  const groups = z.array(Row).parse(rows);
  const outcomes = new Map<string, number>();
  for (const { outcome, records } of groups) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + records);
  return {
    records: groups.reduce((sum, { records }) => sum + records, 0),
    scanned: groups.reduce((sum, { scanned }) => sum + scanned, 0),
    outcomes: Object.fromEntries([...outcomes].sort(([a], [b]) => (a < b ? -1 : 1))),
    costUsd: costOf(groups, prices),
    reach: await reachOf(deps, hit),
  };
}

const mostPlaces = 1_000;
const mostValues = 100;
const Place = z.object({
  account_id: z.string(),
  region: z.string(),
  model: z.string().nullable(),
  principal_key: z.string().nullable(),
});

/** Where the records of a hit were made, by whom, with which model. */
async function reachOf({ engine, signal }: RuleDeps, hit: Hit): Promise<Reach> {
  const { rows } = await engine.query(
    sql`/* detections/reach */
    select distinct account_id, region, model, principal_key
    from invocations
    where ${recordsOf(hit)}
    order by account_id, region, model, principal_key
    limit ${mostPlaces + 1}`,
    signal === undefined ? {} : { signal },
  );
  const places = z.array(Place).parse(rows);
  const valuesOf = (column: keyof z.infer<typeof Place>): string[] | null => {
    const values = [...new Set(places.map((place) => place[column]))];
    const known = values.filter((value) => value !== null);
    const isWhole = places.length <= mostPlaces && known.length === values.length && known.length <= mostValues;
    return isWhole ? known.toSorted() : null;
  };
  return {
    accounts: valuesOf("account_id"),
    regions: valuesOf("region"),
    models: valuesOf("model"),
    principals: valuesOf("principal_key"),
  };
}

/** Null as soon as one group has tokens without a price. */
function costOf(groups: readonly Row[], prices: PriceLookup | null): number | null {
  if (prices === null) return null;
  let total = 0n;
  for (const group of groups) {
    const cost = picoCost(group, prices);
    if (cost === null) return null;
    total += cost;
  }
  return usdOf(total);
}
