import path from "node:path";
import { noCounts } from "../domain/coverage.ts";
import type { InvocationContent } from "../domain/invocation.ts";
import type { Signal } from "../domain/signal.ts";
import {
  type Brought,
  type HeldEntry,
  moveCounts,
  openEntries,
  resolveEntry,
  settledEntries,
} from "../store/catalog/quarantine.ts";
import { commit } from "../store/commit.ts";
import { hasItem } from "../store/engine-words.ts";
import type { StagedSegment } from "../store/lake.ts";
import type { Lease } from "../store/lease.ts";
import { raw, sql } from "../store/sql.ts";
import type { Row, Store } from "../store/store.ts";
import { tables } from "../store/tables.ts";
import { ulid } from "../store/ulid.ts";
import { askNobody } from "./bodies.ts";
import { noteBodies } from "./body-units.ts";
import { dropStaging, makeStaging } from "./commit.ts";
import { unitLimits } from "./gunzip.ts";
import type { BodyNote } from "./protocol.ts";
import { dayOf, requestIdOf, type Judged } from "./record.ts";
import { LakeRows } from "./rows.ts";
import { storedCall } from "./stored-call.ts";
import { storedCopy } from "./stored.ts";
import { askBodies, sidesElsewhere } from "./whole-record.ts";

/** What became of the entries that a person had settled in the old store. */
export interface Carried {
  readonly repaired: number;
  readonly dismissed: number;
  /** Repairs that the new store lacks: their sources did not show again what they replace. */
  readonly left: number;
}

/**
 * Settles the entries of a rebuilt store as a person had settled them in the old one. What a repair had put in place of bytes that
 * cannot be read stands in no source: the rows themselves are taken over, as the program of that time had read them.
 */
export async function carryRepairs(from: Store, into: Store, lease: Lease): Promise<Carried> {
  const open = new Map<string, HeldEntry[]>();
  for (const entry of await openEntries(into.catalog))
    open.set(nameOf(entry), [...(open.get(nameOf(entry)) ?? []), entry]);
  const rowsOf = await repairedRows(from);
  const carried = { repaired: 0, dismissed: 0, left: 0 };
  const settled = await settledEntries(from.catalog);
  for (const old of settled.toSorted((a, b) => (a.resolvedAt ?? 0) - (b.resolvedAt ?? 0))) {
    const entry = open.get(nameOf(old))?.shift();
    const rows = old.state === "repaired" ? rowsOf(old) : [];
    if (old.state === "dismissed" && entry !== undefined) {
      await resolveEntry(into.catalog, entry.id, resolutionOf(old, "dismissed"));
      carried.dismissed += 1;
    } else if (entry !== undefined) {
      await takeOver({ from, into, lease }, { old, entry, rows });
      carried.repaired += 1;
    } else if (!(await areStored(into, rows))) carried.left += 1;
  }
  return carried;
}

async function areStored(store: Store, rows: readonly Row[]): Promise<boolean> {
  for (const row of rows) {
    const { id, time } = storedCall(row).record.invocation;
    if ((await storedCopy(store, id, dayOf(time))) === null) return false;
  }
  return true;
}

/** A page has its key from the pass that showed it; a line of an object stands where it stood. */
function nameOf({ byteFrom, key, kind, sha256, sourceId }: HeldEntry): string {
  return JSON.stringify([sourceId, sha256, ...(kind === "page" ? [] : [key, byteFrom])]);
}

function resolutionOf({ brought, by, note, resolvedAt }: HeldEntry, state: "dismissed" | "repaired") {
  return { state, by: by ?? "", note: note ?? "", at: resolvedAt ?? 0, brought };
}

/**
 * What a repair brings to the new store: rows that are there already are duplicates, as those are that it had found to be some, and what
 * retention has taken of it is not stored again. An older program did not say what it had brought: then no row is one duplicate.
 */
export function carriedCounts(brought: Brought | null, rows: number, fresh: number): Brought {
  const { counts, ignoredBy } = brought ?? supposed(rows);
  const taken = Math.max(0, counts.stored - rows);
  return {
    counts: {
      read: counts.read,
      stored: fresh,
      duplicates: counts.read - counts.ignored - taken - fresh,
      quarantined: 0,
      ignored: counts.ignored + taken,
    },
    ignoredBy: taken === 0 ? ignoredBy : { ...ignoredBy, retention: (ignoredBy["retention"] ?? 0) + taken },
  };
}

function supposed(rows: number): Brought {
  const read = Math.max(1, rows);
  return { counts: { ...noCounts, read, stored: rows, duplicates: read - rows }, ignoredBy: {} };
}

const maxRepaired = 1_000_000;

/**
 * Gives the rows that a repair has stored, each once, to who asks for the entries in the order of their repairs: they carry the time of the
 * repair, and that of an older program a moment before it.
 */
async function repairedRows({ batch }: Store): Promise<(entry: HeldEntry) => readonly Row[]> {
  const columns = raw(Object.keys(tables.invocations.columns).join(", "));
  const { rows } = await batch.query(
    sql`/* carry-repairs/rows */ select ${columns}, dt from invocations
        where dt >= '0000' and ${hasItem(raw("anomalies"), "repaired")}`,
    { maxRows: maxRepaired },
  );
  let left: readonly Row[] = rows;
  return ({ brought, resolvedAt, unitId }) => {
    const isIts = (row: Row) =>
      Number(row["unit_id"]) === unitId && Date.parse(String(row["ingested_at"])) <= (resolvedAt ?? 0);
    const its = new Set(left.filter(isIts).slice(0, brought?.counts.stored ?? Infinity));
    left = left.filter((row) => !its.has(row));
    return [...its];
  };
}

interface Stores {
  readonly from: Store;
  readonly into: Store;
  readonly lease: Lease;
}

interface Repair {
  readonly old: HeldEntry;
  readonly entry: HeldEntry;
  readonly rows: readonly Row[];
}

/** One repair: what is in the new store already, from another copy, is a duplicate there; so is what a repair had found to be one. */
async function takeOver({ from, into, lease }: Stores, { entry, old, rows }: Repair): Promise<void> {
  const fresh: Judged[] = [];
  for (const row of rows) {
    const judged = await wholeCall(from, row, entry.unitId);
    const { id, time } = judged.record.invocation;
    if ((await storedCopy(into, id, dayOf(time))) === null) fresh.push(judged);
  }
  const staging = makeStaging(into);
  try {
    const { counts, ignoredBy } = carriedCounts(old.brought, rows.length, fresh.length);
    const moved = { ...counts, read: counts.read - 1, quarantined: -1 };
    await commit(into, lease, {
      batchId: ulid(into.clock(), into.random),
      kind: "ingest",
      segments: await staged(into, staging, fresh),
      async apply(transaction, snapshot) {
        const awaited = await awaitedBodies(fresh);
        await noteBodies(transaction, awaited, { now: into.clock(), chance: () => 0, snapshot });
        await moveCounts(transaction, entry.unitId, { counts: moved, ignoredBy });
        await resolveEntry(transaction, entry.id, resolutionOf(old, "repaired"));
      },
    });
  } finally {
    dropStaging(staging);
  }
}

/** Bodies that the calls name and do not have. */
async function awaitedBodies(calls: readonly Judged[]): Promise<readonly BodyNote[]> {
  const deps = { fetch: askNobody, limits: unitLimits };
  const asked = await Promise.all(calls.map(({ record }) => askBodies(deps, record, sidesElsewhere(record))));
  return asked.flatMap(({ notes }) => notes);
}

/** The call as it was judged when it was stored, under its unit's number in the new store. */
async function wholeCall({ batch }: Store, row: Row, unitId: number): Promise<Judged> {
  const stored = storedCall(row);
  const { invocation } = stored.record;
  const named = sql`dt = ${String(row["dt"])} and account_id = ${invocation.accountId} and region = ${invocation.region}
    and request_id = ${requestIdOf(invocation)}`;
  const bodies = await batch.query(
    sql`/* carry-repairs/bodies */ select side, body from content where ${named} limit 2`,
  );
  const signals = await batch.query(
    sql`/* carry-repairs/signals */ select ${raw(Object.keys(tables.signals.columns).join(", "))} from signals where ${named}`,
  );
  return {
    ...stored,
    record: { ...stored.record, unitId, content: contentOf(invocation.id, bodies.rows) },
    signals: signals.rows.map(signalOf),
  };
}

function contentOf(id: string, rows: readonly Row[]): InvocationContent {
  const bodyOf = (side: string) => {
    const body = rows.find((row) => row["side"] === side)?.["body"];
    return typeof body === "string" ? body : null;
  };
  return { id, segments: [], inputBody: bodyOf("input"), outputBody: bodyOf("output"), complete: true };
}

/** A row of `signals` is what we wrote ourselves. */
function signalOf(row: Row): Signal {
  return {
    ruleId: row["rule_id"],
    ruleVersion: row["rule_version"],
    severity: row["severity"],
    side: row["side"],
    kind: row["kind"],
    position: row["position"],
    segmentHash: row["segment_hash"],
    path: row["path"],
    start: row["span_start"],
    end: row["span_end"],
    weight: row["weight"],
    count: row["value_count"],
    valueHash: row["value_hash"],
    decoded: row["decoded"],
    excerpt: row["excerpt"],
  } as Signal;
}

async function staged(store: Store, folder: string, calls: readonly Judged[]): Promise<readonly StagedSegment[]> {
  const lake = new LakeRows();
  for (const call of calls) lake.day(call.record).add(call);
  // Loads its DuckDB, which most commands have no use for.
  const { openSegmentWriter } = await import("../store/segments/segment-writer.ts");
  const writer = await openSegmentWriter();
  const segments: StagedSegment[] = [];
  try {
    for (const [dt, day] of lake.days) {
      for (const [table, batch] of day.batches()) {
        const stagedFile = path.join(folder, `${segments.length}.parquet`);
        const metadata = { catalogId: store.catalogId, batchId: path.basename(folder) };
        segments.push({ table, dt, stagedFile, ...(await writer.write(table, batch, stagedFile, metadata)) });
      }
    }
  } finally {
    writer.close();
  }
  return segments;
}
