import { sql } from "kysely";
import type { QuarantineEntry } from "../../domain/compliance-answers.ts";
import { addCounts, noCounts, type Counts, type SourceStatus, type UnitState } from "../../domain/coverage.ts";
import type { LedgerDay } from "../../domain/ledger.ts";
import { utcDay } from "../../lib/time.ts";
import { bodyKind, lostStates, waitingStates, type Catalog } from "./ledger.ts";

const dayMs = 86_400_000;
export const countNames = ["read", "stored", "duplicates", "quarantined", "ignored"] as const;
type NullableCounts = { readonly [Name in keyof Counts]: number | null };

export function countsOf(row: NullableCounts): Counts {
  return {
    read: row.read ?? 0,
    stored: row.stored ?? 0,
    duplicates: row.duplicates ?? 0,
    quarantined: row.quarantined ?? 0,
    ignored: row.ignored ?? 0,
  };
}

/** The numbers of the law over everything. */
export async function counts(catalog: Catalog): Promise<Counts> {
  const row = await catalog
    .selectFrom("windows")
    .select(({ fn }) => countNames.map((name) => fn.sum<number | null>(name).as(name)))
    .executeTakeFirstOrThrow();
  return countsOf(row);
}

/**
 * The numbers of the law by UTC day of the windows, of flat files by the day of their first record; of one source, where it is given. Oldest
 * first.
 */
export async function daysLedger(catalog: Catalog, sourceId?: string): Promise<LedgerDay[]> {
  const days = new Map<number, Omit<LedgerDay, "day">>();
  const add = (at: number, { lost = 0, waiting = 0, ...row }: Partial<NullableCounts & Troubled>) => {
    const day = Math.floor(at / dayMs) * dayMs;
    const sum = days.get(day) ?? { counts: noCounts, waiting: 0, lost: 0 };
    const counted = addCounts(sum.counts, countsOf({ ...noCounts, ...row }));
    days.set(day, { counts: counted, waiting: sum.waiting + waiting, lost: sum.lost + lost });
  };
  const windows = await catalog
    .selectFrom("windows")
    .select(["start_at", ...countNames])
    .where("start_at", ">", 0)
    .where("read", ">", 0)
    .$if(sourceId !== undefined, (query) => query.where("source_id", "=", sourceId ?? ""))
    .execute();
  for (const { start_at: start, ...row } of windows) add(start, row);
  const flat = await catalog
    .selectFrom("units")
    .select(["first_at", "seen_at", ...countNames])
    .where("window_start", "=", 0)
    .where("read", ">", 0)
    .$if(sourceId !== undefined, (query) => query.where("source_id", "=", sourceId ?? ""))
    .execute();
  for (const { first_at: first, seen_at: seen, ...row } of flat) add(first ?? seen, row);
  for (const { at, ...row } of await troubled(catalog, sourceId)) add(at, row);
  return [...days].toSorted(([a], [b]) => a - b).map(([day, of]) => ({ day: utcDay(day), ...of }));
}

/** Units that hold their window open: a body that is waited for does not, as its record is accounted for. */
export const waitingUnits = sql<number>`count(*) filter (where state in (${sql.join(waitingStates)}) and kind != ${bodyKind})`;

interface Troubled {
  readonly waiting: number;
  readonly lost: number;
}

/** Units that wait or are lost, by a moment of their day. */
async function troubled(catalog: Catalog, sourceId?: string): Promise<readonly (Troubled & { readonly at: number })[]> {
  const at = sql<number>`case window_start when 0 then coalesce(first_at, seen_at) else window_start end`;
  return catalog
    .selectFrom("units")
    .select(at.as("at"))
    .select(({ fn }) => [
      waitingUnits.as("waiting"),
      fn.countAll<number>().filterWhere("state", "in", lostStates).as("lost"),
    ])
    .where("state", "in", [...waitingStates, ...lostStates])
    .$if(sourceId !== undefined, (query) => query.where("source_id", "=", sourceId ?? ""))
    .groupBy(at)
    .execute();
}

const paceMs = 5 * 60_000;

/** Seconds until what waits is read at the pace of the last minutes; null when nothing waits, or nothing was read in them. */
function etaSeconds(waitingBytes: number, readBytes: number): number | null {
  if (waitingBytes === 0 || readBytes === 0) return null;
  return Math.ceil((waitingBytes * paceMs) / readBytes / 1_000);
}

/** Bytes of the units that were committed after a moment, by source. */
async function readSince(catalog: Catalog, at: number): Promise<ReadonlyMap<string, number>> {
  const bytes = new Map<string, number>();
  const { first } = await catalog
    .selectFrom("commits")
    .select(({ fn }) => fn.min<number | null>("snapshot").as("first"))
    .where("at", ">", at)
    .executeTakeFirstOrThrow();
  if (first === null) return bytes;
  // By commit, too: SQLite then goes by the index of commits, and looks at no other unit.
  const rows = await catalog
    .selectFrom("units")
    .select(["snapshot", "source_id"])
    .select(({ fn }) => fn.sum<number>("size").as("bytes"))
    .where("snapshot", ">=", first)
    .groupBy(["snapshot", "source_id"])
    .execute();
  for (const row of rows) bytes.set(row.source_id, (bytes.get(row.source_id) ?? 0) + row.bytes);
  return bytes;
}

/** Every source with its numbers, its units by state, what still waits and how long that will take. */
export async function sourceStatuses(catalog: Catalog, now: number): Promise<SourceStatus[]> {
  const [sources, sums, units, rules, movedRules, pace] = await Promise.all([
    catalog.selectFrom("sources").selectAll().orderBy("id").execute(),
    catalog
      .selectFrom("windows")
      .select("source_id")
      .select(({ fn }) => countNames.map((name) => fn.sum<number | null>(name).as(name)))
      .select(({ fn }) => [fn.sum<number>("moved_done").as("done"), fn.sum<number>("moved_ignored").as("left")])
      .groupBy("source_id")
      .execute(),
    catalog
      .selectFrom("units")
      .select(["source_id", "state"])
      .select(({ fn }) => [fn.countAll<number>().as("units"), fn.sum<number>("size").as("bytes")])
      .groupBy(["source_id", "state"])
      .execute(),
    catalog
      .selectFrom("units")
      .select(["source_id", "ignored_by"])
      .select(({ fn }) => fn.countAll<number>().as("units"))
      .where("ignored", ">", 0)
      .groupBy(["source_id", "ignored_by"])
      .execute(),
    catalog
      .selectFrom("windows")
      .select(["source_id", "moved_by as ignored_by"])
      .select(({ fn }) => fn.countAll<number>().as("units"))
      .where("moved_by", "!=", "{}")
      .groupBy(["source_id", "moved_by"])
      .execute(),
    readSince(catalog, now - paceMs),
  ]);
  const waiting: readonly string[] = waitingStates;
  return sources.map((source): SourceStatus => {
    const own = units.filter((row) => row.source_id === source.id);
    const sum = sums.find((row) => row.source_id === source.id);
    const backlog = own.filter((row) => waiting.includes(row.state));
    return {
      id: source.id,
      kind: source.kind as SourceStatus["kind"],
      accountId: source.account_id,
      region: source.region,
      place: source.place,
      state: source.state as SourceStatus["state"],
      reason: source.reason,
      stateSince: source.state_at === null ? null : new Date(source.state_at).toISOString(),
      counts: countsOf(sum ?? noCounts),
      ignoredBy: ignoredBy([...rules, ...movedRules].filter((row) => row.source_id === source.id)),
      units: unitsByState(own, { done: sum?.done ?? 0, ignored: sum?.left ?? 0 }),
      backlog: {
        units: backlog.reduce((sum, row) => sum + row.units, 0),
        bytes: backlog.reduce((sum, row) => sum + row.bytes, 0),
        etaSeconds: etaSeconds(
          backlog.reduce((sum, row) => sum + row.bytes, 0),
          pace.get(source.id) ?? 0,
        ),
      },
    };
  });
}

/** Units in the catalog, and those that have moved to the lake. */
function unitsByState(
  rows: readonly { readonly state: string; readonly units: number }[],
  moved: { readonly done: number; readonly ignored: number },
): SourceStatus["units"] {
  const units = new Map(rows.map((row) => [row.state as UnitState, row.units]));
  for (const state of ["done", "ignored"] as const)
    if (moved[state] > 0) units.set(state, (units.get(state) ?? 0) + moved[state]);
  return Object.fromEntries(units);
}

function ignoredBy(rows: readonly { readonly ignored_by: string; readonly units: number }[]): Record<string, number> {
  const sums = new Map<string, number>();
  for (const row of rows) {
    for (const [rule, lines] of Object.entries(JSON.parse(row.ignored_by) as Record<string, number>)) {
      sums.set(rule, (sums.get(rule) ?? 0) + lines * row.units);
    }
  }
  return Object.fromEntries(sums);
}

/** Quarantine entries, newest first, without their bytes. */
export async function quarantineList(
  catalog: Catalog,
  options: { readonly limit: number; readonly state?: QuarantineEntry["state"] },
): Promise<QuarantineEntry[]> {
  const rows = await catalog
    .selectFrom("quarantine")
    .innerJoin("units", "units.id", "quarantine.unit_id")
    .select(["quarantine.id", "quarantine.source_id", "units.key", "quarantine.reason", "quarantine.detail"])
    .select(["quarantine.byte_from", "quarantine.byte_to", "quarantine.state", "quarantine.created_at"])
    .$if(options.state !== undefined, (query) => query.where("quarantine.state", "=", options.state ?? "open"))
    // Ids of one commit stand in no order.
    .orderBy("quarantine.created_at", "desc")
    .orderBy("quarantine.unit_id")
    .orderBy("quarantine.byte_from")
    .limit(options.limit)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    sourceId: row.source_id,
    key: row.key,
    reason: row.reason as QuarantineEntry["reason"],
    detail: row.detail,
    byteFrom: row.byte_from,
    byteTo: row.byte_to,
    state: row.state as QuarantineEntry["state"],
    createdAt: new Date(row.created_at).toISOString(),
  }));
}

/** How many there are; of one state, where it is given. */
export async function quarantineCount(catalog: Catalog, state?: QuarantineEntry["state"]): Promise<number> {
  const { entries } = await catalog
    .selectFrom("quarantine")
    .select(({ fn }) => fn.countAll<number>().as("entries"))
    .$if(state !== undefined, (query) => query.where("state", "=", state ?? "open"))
    .executeTakeFirstOrThrow();
  return entries;
}

export function openQuarantine(catalog: Catalog): Promise<number> {
  return quarantineCount(catalog, "open");
}

/** Rows of a table that are current. */
export async function liveRows(catalog: Catalog, table: string): Promise<number> {
  const { rows } = await catalog
    .selectFrom("segments")
    .select(({ fn }) => fn.sum<number | null>("rows").as("rows"))
    .where("tbl", "=", table)
    .where("replaced_snapshot", "is", null)
    .executeTakeFirstOrThrow();
  return rows ?? 0;
}
