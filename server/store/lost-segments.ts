import { closeSync, openSync, readSync } from "node:fs";
import path from "node:path";
import { commit } from "./commit.ts";
import type { Lease } from "./lease.ts";
import type { Store } from "./store.ts";
import { ulid } from "./ulid.ts";

/** A segment whose rows are lost: its file is missing, has another size, or does not end as a segment does. */
export interface LostSegment {
  readonly id: string;
  readonly tbl: string;
  readonly dt: string;
  readonly rows: number;
}

/** Live segments that are lost. Only reads. */
export async function findLost({
  catalog,
  disk,
  paths,
}: Store): Promise<readonly (LostSegment & { readonly path: string })[]> {
  const live = await catalog
    .selectFrom("segments")
    .select(["id", "tbl", "dt", "rows", "path", "bytes"])
    .where("replaced_snapshot", "is", null)
    .execute();
  return live.filter(({ bytes, path: place }) => {
    const file = path.join(paths.root, place);
    return disk.stat(file)?.sizeBytes !== bytes || !endsWhole(file, bytes);
  });
}

const footerEnd = "PAR1";

/** A file that was cut and filled up again has lost the end of its footer. */
function endsWhole(file: string, bytes: number): boolean {
  const end = Buffer.alloc(footerEnd.length);
  const handle = openSync(file, "r");
  try {
    readSync(handle, end, 0, end.length, Math.max(0, bytes - end.length));
  } finally {
    closeSync(handle);
  }
  return end.toString("latin1") === footerEnd;
}

/**
 * Takes lost segments out of what is read, so that the rest of their days answers again, and remembers that their rows are missed. What is
 * left of a file is kept under another name, and never deleted. Says how many there were.
 */
export async function takeOutLost(store: Store, lease: Lease): Promise<number> {
  const { clock, disk, log, paths, random } = store;
  const lost = await findLost(store);
  if (lost.length === 0) return 0;
  const time = new Date(clock()).toISOString().replaceAll(/[-:.]/g, "");
  for (const { path: place } of lost) {
    const file = path.join(paths.root, place);
    if (disk.stat(file) !== null) disk.move(file, path.join(paths.trash, `${path.basename(file)}.damaged-${time}`));
  }
  await commit(store, lease, {
    batchId: ulid(clock(), random),
    kind: "lose",
    segments: [],
    replaces: lost.map(({ id }) => id),
    async apply(trx) {
      for (const { id } of lost)
        await trx.insertInto("lost_segments").values({ id, found_at: clock(), outcome: null }).execute();
      await trx.updateTable("meta").set({ value: "refilling" }).where("key", "=", "state").execute();
    },
  });
  log.error({ event: "segments-lost", segments: lost.length });
  return lost.length;
}

/** Days of calls or of the ledger with lost segments, as long as nobody has said what becomes of them; oldest first. */
export async function lostDays(
  { catalog }: Store,
  of: "calls" | "ledger",
): Promise<ReadonlyMap<string, readonly LostSegment[]>> {
  const rows = await catalog
    .selectFrom("lost_segments")
    .innerJoin("segments", "segments.id", "lost_segments.id")
    .select(["segments.id", "segments.tbl", "segments.dt", "segments.rows"])
    .where("lost_segments.outcome", "is", null)
    .where("segments.tbl", of === "ledger" ? "=" : "!=", "units")
    .orderBy("segments.dt")
    .orderBy("segments.id")
    .execute();
  const days = new Map<string, LostSegment[]>();
  for (const row of rows) days.set(row.dt, [...(days.get(row.dt) ?? []), row]);
  return days;
}
