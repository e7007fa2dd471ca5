import { commit } from "./commit.ts";
import type { Lease } from "./lease.ts";
import { liveColumns, type LiveSegment, withRewriter } from "./rewrite.ts";
import type { Store } from "./store.ts";
import { isRollup, rollupMeasureColumns, type Table, type TableName, tableNames, tables } from "./tables.ts";
import { ulid } from "./ulid.ts";

/** A day may have so many segments while it is still being written. */
const openDaySegments = 16;
const largestRows = 2_000_000;
const largestBytes = 512 * 1024 * 1024;

/** Rows of one key are added up, not kept side by side. */
export function isSummed(name: TableName): boolean {
  return isRollup(name) || name === "sightings";
}

const quoted = (name: string) => `"${name}"`;

/** How the rows of several segments become those of one: partial sums are added up, all others are kept. */
export function mergeSelect(name: TableName, source: string): string {
  const { columns, sort }: Table = tables[name];
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
  if (merged.size === 0) return `select ${select} from ${source} order by ${sort.map(quoted).join(", ")}`;
  const keys = names.filter((column) => !merged.has(column));
  // By all of its keys: the same sums then make the same segment, in whatever order they came.
  const order = [...new Set([...sort, ...keys])].map(quoted).join(", ");
  // What an amendment took back from one key and gave to another leaves nothing behind.
  const kept = `having sum("${isRollup(name) ? "invocations" : "count"}") <> 0`;
  return `select ${select} from ${source} group by ${keys.map(quoted).join(", ")} ${kept} order by ${order}`;
}

/** Cuts a day's segments into groups that each make one segment of allowed size. A group of one stays as it is. */
function groupsOf(segments: readonly LiveSegment[]): LiveSegment[][] {
  const groups: LiveSegment[][] = [];
  let [rows, bytes] = [Infinity, Infinity];
  for (const segment of segments) {
    if (rows + segment.rows > largestRows || bytes + segment.bytes > largestBytes) {
      groups.push([]);
      [rows, bytes] = [0, 0];
    }
    groups.at(-1)?.push(segment);
    rows += segment.rows;
    bytes += segment.bytes;
  }
  return groups.filter((group) => group.length > 1);
}

async function compactGroup(
  store: Store,
  lease: Lease,
  name: TableName,
  dt: string,
  group: readonly LiveSegment[],
): Promise<void> {
  const batchId = ulid(store.clock(), store.random);
  const segment = await withRewriter(store, batchId, (rewriter) =>
    rewriter.write(name, group, (rows) => mergeSelect(name, rows)),
  );
  const { rows } = segment;
  const before = group.reduce((sum, old) => sum + old.rows, 0);
  if (isSummed(name) ? rows > before : rows !== before)
    throw new Error(`compaction of ${name} ${dt} changed the number of rows`);
  await commit(store, lease, { batchId, kind: "compact", segments: [segment], replaces: group.map(({ id }) => id) });
  store.log.info({ event: "segments-compacted", table: name, day: dt, segments: group.length, rows });
}

/** Rewrites a table's segments of one day into as few as allowed, sorted, partial sums added up. Says how many were replaced. */
export async function compactDay(store: Store, lease: Lease, name: TableName, dt: string): Promise<number> {
  const segments = await store.catalog
    .selectFrom("segments")
    .select(liveColumns)
    .where("tbl", "=", name)
    .where("dt", "=", dt)
    .where("replaced_snapshot", "is", null)
    .orderBy("min_ts")
    .orderBy("id")
    .execute();
  const groups = groupsOf(segments);
  for (const group of groups) await compactGroup(store, lease, name, dt, group);
  return groups.flat().length;
}

/** Table-days with over 16 segments, and finished days with over one. */
async function dueDays({ catalog, clock }: Store): Promise<{ readonly tbl: string; readonly dt: string }[]> {
  const today = new Date(clock()).toISOString().slice(0, 10);
  const days = await catalog
    .selectFrom("segments")
    .select(({ fn }) => ["tbl", "dt", fn.countAll<number>().as("segments")])
    .where("replaced_snapshot", "is", null)
    .groupBy(["tbl", "dt"])
    .having(({ fn }) => fn.countAll(), ">", 1)
    .orderBy("dt", "desc")
    .execute();
  return days.filter(({ dt, segments }) => segments > openDaySegments || dt < today);
}

/** Compacts every table-day that is due, newest first; stops between two at the signal. Says how many segments were replaced. */
export async function compactDue(store: Store, lease: Lease, signal?: AbortSignal): Promise<number> {
  let replaced = 0;
  for (const { tbl, dt } of await dueDays(store)) {
    const name = tableNames.find((known) => known === tbl);
    if (signal?.aborted === true) break;
    if (name !== undefined) replaced += await compactDay(store, lease, name, dt);
  }
  return replaced;
}
