import { commit, type Commit } from "./commit.ts";
import type { StagedSegment } from "./lake.ts";
import type { Lease } from "./lease.ts";
import { type LiveSegment, liveColumns, type Rewriter, tableOf, withRewriter } from "./rewrite.ts";
import type { Store } from "./store.ts";
import { orderOf, type Table, type TableName, tables } from "./tables.ts";
import { ulid } from "./ulid.ts";

/** Which rows of a table stay: the condition may name the lists that were made known. */
export interface Keep {
  readonly table: TableName;
  readonly dt: string;
  readonly condition: string;
  /** Rows for which the condition does not hold stay, too, without this column. */
  readonly blank?: string;
}

export interface DropRows {
  readonly kind: Extract<Commit["kind"], "retain" | "erase">;
  readonly keeps: readonly Keep[];
  /** Lists of texts that conditions name, column `value`. */
  readonly lists: Readonly<Record<string, readonly string[]>>;
  readonly apply?: Commit["apply"];
}

export interface Dropped {
  readonly rows: number;
  /** By table. */
  readonly tables: ReadonlyMap<TableName, number>;
}

/** Takes rows, or a column of them, out of the lake in one commit: segments that hold any are rewritten without them, or go. */
export async function dropRows(store: Store, lease: Lease, work: DropRows): Promise<Dropped> {
  const batchId = ulid(store.clock(), store.random);
  const { dropped, replaces, segments } = await withRewriter(store, batchId, (rewriter) =>
    segmentsWithout(store, rewriter, work),
  );
  if (replaces.length > 0 || work.apply !== undefined)
    await commit(store, lease, {
      batchId,
      kind: work.kind,
      segments,
      replaces,
      ...(work.apply === undefined ? {} : { apply: work.apply }),
    });
  return { rows: [...dropped.values()].reduce((sum, rows) => sum + rows, 0), tables: dropped };
}

/** Segments that take the place of those that hold rows which do not stay, staged. */
export async function segmentsWithout(
  store: Store,
  rewriter: Rewriter,
  { keeps, lists }: Pick<DropRows, "keeps" | "lists">,
): Promise<{
  readonly segments: readonly StagedSegment[];
  readonly replaces: readonly string[];
  readonly dropped: ReadonlyMap<TableName, number>;
}> {
  const segments: StagedSegment[] = [];
  const replaces: string[] = [];
  const dropped = new Map<TableName, number>();
  for (const [name, values] of Object.entries(lists)) await rewriter.list(name, values);
  for (const keep of keeps) {
    for (const segment of await liveSegments(store, keep.table, keep.dt)) {
      const rows = await rewriter.countBut(keep.table, [segment], keep.condition);
      if (rows === 0) continue;
      replaces.push(segment.id);
      const gone = keep.blank === undefined ? rows : 0;
      dropped.set(keep.table, (dropped.get(keep.table) ?? 0) + gone);
      if (gone < segment.rows) segments.push(await rest(rewriter, keep, segment));
    }
  }
  return { segments, replaces, dropped };
}

function rest(rewriter: Rewriter, { blank, condition, table }: Keep, segment: LiveSegment): Promise<StagedSegment> {
  const { columns }: Table = tables[table];
  const select = Object.keys(columns)
    .map((name) => (name === blank ? `case when ${condition} then "${name}" end as "${name}"` : `"${name}"`))
    .join(", ");
  const where = blank === undefined ? `where ${condition}` : "";
  return rewriter.write(
    table,
    [segment],
    (rows) => `select ${select} from ${rows} as row ${where} order by ${orderOf(tables[table])}`,
  );
}

/** Segments of one table and day that the newest snapshot reads. */
export async function liveSegments({ catalog }: Store, table: TableName, dt: string): Promise<readonly LiveSegment[]> {
  const rows = await catalog
    .selectFrom("segments")
    .select(liveColumns)
    .where("tbl", "=", table)
    .where("dt", "=", dt)
    .where("replaced_snapshot", "is", null)
    .orderBy("id")
    .execute();
  return rows.filter((row) => tableOf(row) !== null);
}
