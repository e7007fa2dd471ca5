import { createHash } from "node:crypto";
import type { CommitKind } from "./catalog/schema.ts";
import type { PublishedSegment } from "./lake.ts";
import type { Store } from "./store.ts";

/** Stands before the first commit. */
export const genesis = "0".repeat(64);

export interface CommitRow {
  readonly snapshot: number;
  readonly batch_id: string;
  readonly at: number;
  readonly kind: CommitKind;
  readonly holder: string;
  readonly epoch: number;
  readonly rows: number;
  readonly prev_hash: string;
}

/** Chains a commit to the one before it: no commit, and no segment of one, can change unseen. */
export function commitHash(row: CommitRow, segments: readonly SegmentName[], replaces: readonly string[]): string {
  const { snapshot, batch_id, at, kind, holder, epoch, rows, prev_hash } = row;
  const files = segments.map((segment) => [segment.path, segment.sha256]).toSorted(byFirst);
  const gone = replaces.toSorted();
  const text = JSON.stringify([prev_hash, snapshot, batch_id, at, kind, holder, epoch, rows, files, gone]);
  return createHash("sha256").update(text).digest("hex");
}

type SegmentName = Pick<PublishedSegment, "path" | "sha256">;

function byFirst([a = ""]: readonly string[], [b = ""]: readonly string[]): number {
  return a < b ? -1 : 1;
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => number): ReadonlyMap<number, readonly T[]> {
  const groups = new Map<number, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item)) ?? [];
    groups.set(keyOf(item), group);
    group.push(item);
  }
  return groups;
}

/** The first commit that is not what it was when it was written, or whose predecessor is gone; null when the chain holds. */
export async function brokenCommit(catalog: Store["catalog"]): Promise<number | null> {
  const commits = await catalog.selectFrom("commits").selectAll().orderBy("snapshot").execute();
  const segments = await catalog
    .selectFrom("segments")
    .select(["id", "path", "sha256", "added_snapshot", "replaced_snapshot"])
    .execute();
  const added = grouped(segments, ({ added_snapshot: at }) => at);
  const replaced = grouped(segments, ({ replaced_snapshot: at }) => at ?? 0);
  let [expected, prev] = [1, genesis];
  for (const { hash, ...row } of commits) {
    const ids = (replaced.get(row.snapshot) ?? []).map(({ id }) => id);
    const sound = row.snapshot === expected && row.prev_hash === prev;
    if (!sound || commitHash(row, added.get(row.snapshot) ?? [], ids) !== hash) return expected;
    [expected, prev] = [row.snapshot + 1, hash];
  }
  return null;
}
