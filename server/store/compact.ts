import { sql } from "kysely";
import { errorCode } from "../lib/errors.ts";
import { inParallel } from "../lib/in-parallel.ts";
import { commit, LeaseLost } from "./commit.ts";
import { liveSegments } from "./drop-rows.ts";
import type { StagedSegment } from "./lake.ts";
import type { Lease } from "./lease.ts";
import { type LiveSegment, type Rewriter, withRewriter } from "./rewrite.ts";
import type { Store } from "./store.ts";
import {
  isRollup,
  orderOf,
  rollupMeasureColumns,
  sortKeys,
  type Table,
  type TableName,
  tableNames,
  tables,
} from "./tables.ts";
import { ulid } from "./ulid.ts";

/** A day may have so many segments while it is still being written. */
const openDaySegments = 16;
/** One for each core of the smallest machine. */
const daysAtOnce = 2;

export interface SliceLimits {
  readonly rows: number;
  /** Of bodies. */
  readonly bytes: number;
}

/** What a rewriter sorts within its memory: twice as many rows of `invocations` take all of it. */
const sliceLimits: SliceLimits = { rows: 40_000, bytes: 48 * 1024 * 1024 };

/** Rows of one key are added up, not kept side by side. */
export function isSummed(name: TableName): boolean {
  return isRollup(name) || name === "sightings";
}

const quoted = (name: string) => `"${name}"`;

/** How the rows of several segments become those of one: partial sums are added up, all others are kept. */
export function mergeSelect(name: TableName, source: string): string {
  const { columns }: Table = tables[name];
  const names = Object.keys(columns);
  const merged = new Map<string, string>();
  if (isRollup(name)) {
    for (const measure of rollupMeasureColumns) merged.set(measure, `cast(sum("${measure}") as bigint)`);
  }
  if (name === "sightings") {
    merged.set("first_time", `min("first_time")`).set("last_time", `max("last_time")`);
    merged.set("count", `cast(sum("count") as bigint)`);
  }
  const select = names.map((column) => `${merged.get(column) ?? quoted(column)} as ${quoted(column)}`).join(", ");
  if (merged.size === 0) return `select ${select} from ${source} order by ${orderOf(tables[name])}`;
  const keys = names.filter((column) => !merged.has(column));
  // By all of its keys: the same sums then make the same segment, in whatever order they came.
  const order = [orderOf(tables[name]), ...keys.map(quoted)].join(", ");
  // What an amendment took back from one key and gave to another leaves nothing behind.
  const kept = `having sum("${isRollup(name) ? "invocations" : "count"}") <> 0`;
  return `select ${select} from ${source} group by ${keys.map(quoted).join(", ")} ${kept} order by ${order}`;
}

/** What a day is cut by; null for tables whose rows stand for no moment. */
function timeColumn(name: TableName): string | null {
  const { columns }: Table = tables[name];
  return ["time", "hour"].find((column) => column in columns) ?? null;
}

/** The milliseconds, half-open, of each slice of a day's rows. What a slice holds is weighed: one hour can have all the long bodies of a day. */
async function slicesOf(
  rewriter: Rewriter,
  name: TableName,
  group: readonly LiveSegment[],
  limits: SliceLimits,
): Promise<readonly (readonly [number, number])[]> {
  const column = timeColumn(name);
  if (column === null) return [[-Infinity, Infinity]];
  const time = quoted(column);
  const [weight, whole] =
    name === "content"
      ? [`${limits.bytes} + coalesce("body_bytes", 0) * ${limits.rows}`, limits.rows * limits.bytes]
      : ["1", limits.rows];
  const lasts = await rewriter.numbers(
    name,
    group,
    (rows) => `select epoch_ms(max(${time})) as last from (
      select ${time}, (sum(${weight}) over (order by ${time} rows unbounded preceding) - 1) // ${whole} as slice from ${rows} as row
    ) group by slice order by last`,
  );
  const edges = [-Infinity, ...new Set(lasts.slice(0, -1).map((last) => last + 1)), Infinity];
  return edges.slice(1).map((to, index) => [edges[index] ?? -Infinity, to]);
}

/** Sorted segments that take the place of the group, staged. Each holds a part of the day, so that none is sorted in more memory than there is. */
async function rewritten(
  rewriter: Rewriter,
  name: TableName,
  group: readonly LiveSegment[],
  { limits, select }: Compaction,
): Promise<readonly StagedSegment[]> {
  const staged: StagedSegment[] = [];
  const column = timeColumn(name) ?? "";
  for (const [from, to] of await slicesOf(rewriter, name, group, limits)) {
    const touched = group.filter(({ max_ts, min_ts }) => (min_ts ?? from) < to && (max_ts ?? to) >= from);
    const within = [
      ...(from === -Infinity ? [] : [`${quoted(column)} >= epoch_ms(${from})`]),
      ...(to === Infinity ? [] : [`${quoted(column)} < epoch_ms(${to})`]),
    ];
    const part = (rows: string) =>
      within.length === 0 ? rows : `(select * from ${rows} where ${within.join(" and ")})`;
    const segment = await rewriter.write(name, touched, (rows) => select(name, part(rows)));
    const { maxTime, minTime } = segment;
    const span = {
      minTime: minTime === null ? null : Math.max(minTime, from),
      maxTime: maxTime === null ? null : Math.min(maxTime, to - 1),
    };
    if (segment.rows > 0) staged.push({ ...segment, ...span });
  }
  return staged;
}

/** How a day is compacted. */
export interface Compaction {
  readonly limits: SliceLimits;
  readonly select: typeof mergeSelect;
}

/**
 * What a compaction leaves as it is, as expressions over all rows: of sums the calls, of all else the number of rows and their identities,
 * in whatever order. The first is 0 where nothing is left.
 */
function kept(name: TableName): readonly string[] {
  if (isRollup(name)) return [`coalesce(sum("invocations"), 0)`];
  if (name === "sightings") return [`coalesce(sum("count"), 0)`];
  const identity = sortKeys(tables[name]).map(({ column }) => quoted(column));
  return ["count(*)", `sum(cast(hash(${identity.join(", ")}) as hugeint))`];
}

interface Compacting {
  readonly name: TableName;
  readonly group: readonly LiveSegment[];
  readonly made: readonly StagedSegment[];
}

/** Throws if the rows of the new segments are not those of the old ones. */
async function assertKept(rewriter: Rewriter, { group, made, name }: Compacting): Promise<void> {
  const expressions = kept(name);
  const before = await rewriter.totals(name, group, expressions);
  const after = made.length === 0 ? null : await rewriter.totalsOfStaged(made, expressions);
  const isSame = after === null ? before[0] === "0" : before.every((total, index) => total === after[index]);
  if (!isSame) throw Object.assign(new Error(`compaction of ${name} changed what it holds`), { code: "ROWS_CHANGED" });
}

/**
 * Rewrites a table's segments of one day into as few as can be, sorted, partial sums added up; those of a large day follow each other in
 * time. Says how many were replaced. Throws, and leaves the day as it is, if what it wrote is not what it read.
 */
export async function compactDay(
  store: Store,
  lease: Lease,
  name: TableName,
  dt: string,
  { limits = sliceLimits, select = mergeSelect }: Partial<Compaction> = {},
): Promise<number> {
  const group = await liveSegments(store, name, dt);
  if (group.length < 2) return 0;
  const batchId = ulid(store.clock(), store.random);
  const segments = await withRewriter(store, batchId, async (rewriter) => {
    const made = await rewritten(rewriter, name, group, { limits, select });
    await assertKept(rewriter, { name, group, made });
    return made;
  });
  const rows = rowsOf(segments);
  await commit(store, lease, { batchId, kind: "compact", segments, replaces: group.map(({ id }) => id) });
  store.log.info({ event: "segments-compacted", table: name, day: dt, segments: group.length, rows });
  return group.length;
}

function rowsOf(segments: readonly { readonly rows: number }[]): number {
  return segments.reduce((sum, { rows }) => sum + rows, 0);
}

/** What moves from the ledger into the lake is committed as `compact`, too, and takes no place. */
const isCompacted = sql<boolean>`(commits.kind = 'compact'
  and exists (select 1 from segments as old where old.replaced_snapshot = commits.snapshot))`;

interface TableDay {
  readonly name: TableName;
  readonly dt: string;
}

/**
 * Days of over one segment that are not compacted: finished ones with any segment that has taken no other one's place in a compaction, others
 * with over 16 such.
 */
async function dueDays({ catalog, clock }: Store): Promise<readonly TableDay[]> {
  const today = new Date(clock()).toISOString().slice(0, 10);
  const days = await catalog
    .selectFrom("segments")
    .innerJoin("commits", "commits.snapshot", "segments.added_snapshot")
    .select(["tbl", "dt", sql<number>`count(*) filter (where not ${isCompacted})`.as("fresh")])
    .where("replaced_snapshot", "is", null)
    .groupBy(["tbl", "dt"])
    .having(({ fn }) => fn.countAll(), ">", 1)
    .orderBy("dt", "desc")
    .execute();
  return days
    .filter(({ dt, fresh }) => fresh > (dt < today ? 0 : openDaySegments))
    .flatMap(({ dt, tbl }) => tableNames.filter((name) => name === tbl).map((name) => ({ name, dt })));
}

export interface Compacted {
  /** Segments whose place others have taken. */
  readonly replaced: number;
  /** They stay as they are: nothing that is read depends on it. */
  readonly failed: readonly (TableDay & { readonly code: string })[];
}

/** Compacts every table-day that is due, newest first; begins none after the signal. A day that fails holds no other one up. */
export async function compactDue(store: Store, lease: Lease, signal?: AbortSignal): Promise<Compacted> {
  const failed: Compacted["failed"][number][] = [];
  let lost: LeaseLost | null = null;
  async function replacedIn(day: TableDay): Promise<number> {
    if (signal?.aborted === true || lost !== null) return 0;
    try {
      return await compactDay(store, lease, day.name, day.dt);
    } catch (error) {
      if (error instanceof LeaseLost) lost = error;
      const code = errorCode(error);
      store.log.warn({ event: "compaction-failed", table: day.name, day: day.dt, code });
      failed.push({ ...day, code });
      return 0;
    }
  }
  const replaced = await inParallel(await dueDays(store), daysAtOnce, replacedIn);
  if (lost !== null) throw lost as LeaseLost;
  return { replaced: replaced.reduce((sum, segments) => sum + segments, 0), failed };
}
