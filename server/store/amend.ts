import { commit, type Commit } from "./commit.ts";
import { isSummed, mergeSelect } from "./compact.ts";
import { liveSegments, segmentsWithout } from "./drop-rows.ts";
import type { StagedSegment } from "./lake.ts";
import type { Lease } from "./lease.ts";
import { type Rewriter, withRewriter } from "./rewrite.ts";
import { literal } from "./segments/table-views.ts";
import type { Store } from "./store.ts";
import { type Table, type TableName, tables } from "./tables.ts";
import { ulid } from "./ulid.ts";

/** What takes the place of stored calls of one day. Calls are named `account/region/request id`. */
export interface Amendment {
  readonly dt: string;
  /** New rows; those of sums are what is added to them, and taken from them. */
  readonly staged: readonly StagedSegment[];
  /** Calls whose rows go: the staged ones hold one for each. */
  readonly calls: readonly string[];
  /** Calls whose signals go. */
  readonly rescanned: readonly string[];
  /** Calls whose content goes. */
  readonly contents: readonly string[];
  /** Pending copies that go, as `copyName` names them. */
  readonly copies: readonly string[];
  readonly apply: NonNullable<Commit["apply"]>;
}

const idOf = `row.account_id || '/' || row.region || '/' || row.request_id`;
const notIn = (list: string, name: string) => `not exists (from ${list} where ${list}.value = ${name})`;

/** What tells one pending copy from all others, in SQL over a row of `copies`. */
export const copyName = "source_id || ' ' || unit_id || ' ' || position";

/** Replaces rows of one day in one commit. The number of calls stays what it was. */
export async function amendDay(store: Store, lease: Lease, amendment: Amendment): Promise<void> {
  const { calls, contents, copies, dt, rescanned } = amendment;
  const batchId = ulid(store.clock(), store.random);
  const { segments, replaces } = await withRewriter(store, batchId, async (rewriter) => {
    const keeps = [
      { table: "invocations", dt, condition: notIn("calls", idOf) },
      { table: "signals", dt, condition: notIn("rescanned", idOf) },
      { table: "content", dt, condition: notIn("contents", idOf) },
      { table: "copies", dt, condition: `row.reason <> 'pending' or ${notIn("copied", copyName)}` },
    ] as const;
    const lists = { calls, rescanned, contents, copied: copies };
    const rest = await segmentsWithout(store, rewriter, { keeps, lists });
    assertCounts(amendment, rest.dropped.get("invocations") ?? 0);
    const sums = await mergedSums(store, rewriter, amendment);
    const added = amendment.staged.filter(({ table }) => !isSummed(table));
    return {
      segments: [...rest.segments, ...sums.segments, ...added],
      replaces: [...rest.replaces, ...sums.replaces],
    };
  });
  await commit(store, lease, { batchId, kind: "amend", segments, replaces, apply: amendment.apply });
}

function assertCounts({ calls, staged }: Amendment, dropped: number): void {
  const rows = staged.reduce((sum, { rows, table }) => sum + (table === "invocations" ? rows : 0), 0);
  if (rows !== calls.length || dropped !== calls.length)
    throw new Error(`${rows} rows would replace ${dropped} of ${calls.length} calls`);
}

/** The day's sums with what the amendment adds to them and takes from them. To sums that are not there nothing can be added. */
async function mergedSums(store: Store, rewriter: Rewriter, { dt, staged }: Amendment) {
  const segments: StagedSegment[] = [];
  const replaces: string[] = [];
  for (const table of new Set(staged.map(({ table }) => table).filter(isSummed))) {
    const live = await liveSegments(store, table, dt);
    if (live.length === 0) continue;
    const added = staged.filter((segment) => segment.table === table);
    const files = added.map(({ stagedFile }) => stagedFile);
    const merged = await rewriter.write(table, live, (rows) => mergeSelect(table, union(table, rows, files)));
    segments.push({ ...merged, ...spanOf([merged, ...added]) });
    replaces.push(...live.map(({ id }) => id));
  }
  return { segments, replaces };
}

function spanOf(segments: readonly StagedSegment[]): Pick<StagedSegment, "minTime" | "maxTime"> {
  const from = segments.flatMap(({ minTime }) => minTime ?? []);
  const to = segments.flatMap(({ maxTime }) => maxTime ?? []);
  return { minTime: from.length === 0 ? null : Math.min(...from), maxTime: to.length === 0 ? null : Math.max(...to) };
}

function union(name: TableName, rows: string, files: readonly string[]): string {
  const { columns }: Table = tables[name];
  const names = Object.keys(columns)
    .map((column) => `"${column}"`)
    .join(", ");
  const added = `read_parquet([${files.map(literal).join(", ")}])`;
  return `(select ${names} from ${rows} union all select ${names} from ${added})`;
}
