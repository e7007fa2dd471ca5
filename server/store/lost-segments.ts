import path from "node:path";
import { sql as statement } from "kysely";
import type { LossOutcome } from "./catalog/schema.ts";
import { commit } from "./commit.ts";
import { findLost, refuseEmptyLake, type LostSegment } from "./find-lost.ts";
import type { Lease } from "./lease.ts";
import type { Store } from "./store.ts";
import { ulid } from "./ulid.ts";

/**
 * Takes lost segments out of what is read, so that the rest of their days answers again, and remembers that their rows are missed. What is
 * left of a file is kept under another name, and never deleted. Says how many there were.
 */
export async function takeOutLost(store: Store, lease: Lease): Promise<number> {
  const { clock, disk, log, paths, random } = store;
  const found = await findLost(store);
  refuseEmptyLake(store, found);
  const { lost } = found;
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

/** A day with lost segments. */
export interface LostDay {
  readonly dt: string;
  readonly segments: readonly LostSegment[];
}

const openOutcomes: readonly LossOutcome[] = ["held", "unanswered"];

/** Days of calls or of the ledger with lost segments of which the last word has not been said; oldest first. */
export async function lostDays(
  { catalog }: Store,
  of: "calls" | "ledger",
): Promise<ReadonlyMap<string, readonly LostSegment[]>> {
  const rows = await catalog
    .selectFrom("lost_segments")
    .innerJoin("segments", "segments.id", "lost_segments.id")
    .select(["segments.id", "segments.tbl", "segments.dt", "segments.rows"])
    .where((where) =>
      where.or([where("lost_segments.outcome", "is", null), where("lost_segments.outcome", "in", openOutcomes)]),
    )
    .where("segments.tbl", of === "ledger" ? "=" : "!=", "units")
    .orderBy("segments.dt")
    .orderBy("segments.id")
    .execute();
  const days = new Map<string, LostSegment[]>();
  for (const row of rows) days.set(row.dt, [...(days.get(row.dt) ?? []), row]);
  return days;
}

/** Whether a day has all the calls that it ever had: none were lost for good or are still missed, none were too old to be kept. */
export async function hasWholeRows(catalog: Store["catalog"], dt: string): Promise<boolean> {
  const missed = await catalog
    .selectFrom("lost_segments")
    .innerJoin("segments", "segments.id", "lost_segments.id")
    .select("segments.id")
    .where("segments.tbl", "=", "invocations")
    .where("segments.dt", "=", dt)
    .where(statement<boolean>`coalesce(lost_segments.outcome, '') != 'undone'`)
    .limit(1)
    .executeTakeFirst();
  return missed === undefined && !(await isCut(catalog, dt));
}

/** Whether retention took calls of a day. */
export async function isCut(catalog: Store["catalog"], dt: string): Promise<boolean> {
  const cut = await catalog
    .selectFrom("segments")
    .innerJoin("commits", (join) =>
      join.on(statement<boolean>`commits.snapshot in (segments.added_snapshot, segments.replaced_snapshot)`),
    )
    .select("segments.id")
    .where("segments.tbl", "=", "invocations")
    .where("segments.dt", "=", dt)
    .where("commits.kind", "=", "retain")
    .limit(1)
    .executeTakeFirst();
  return cut !== undefined;
}

/** Windows that wait for nothing but what has been made good by now are complete again. */
export async function forgetMendedWindows(store: Store): Promise<void> {
  if ((await lostDays(store, "calls")).size > 0) return;
  await store.catalog.updateTable("windows").set({ lost: 0 }).where("lost", "=", 1).execute();
}

/** Says what became of the lost segments of a day. */
export async function settleLoss(
  catalog: Store["catalog"],
  { segments }: LostDay,
  outcome: LossOutcome,
): Promise<void> {
  for (const { id } of segments)
    await catalog.updateTable("lost_segments").set({ outcome }).where("id", "=", id).execute();
}
