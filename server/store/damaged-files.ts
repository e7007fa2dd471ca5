import path from "node:path";
import { utcDay } from "../lib/time.ts";
import { listHolds } from "./catalog/holds.ts";
import { isDamaged, looseFiles } from "./loose-files.ts";
import type { Store } from "./store.ts";
import { type TableName, tableNames } from "./tables.ts";

const dayMs = 86_400_000;

/**
 * Removes what is left of damaged files once their rows would have gone, which they may hold still: `oldest` gives the first day that is kept
 * of a table. Of a file that tells no more which day and table it is, the day is that on which it was written, and the table that of content.
 * What a hold names, or a folder may have given, stays: of whom the rows are, nobody can read. Says how many went.
 */
export async function retainDamaged(store: Store, oldest: (table: TableName) => string): Promise<number> {
  const { catalog, clock, disk, log } = store;
  const damaged = (await looseFiles(store)).filter(({ file }) => isDamaged(path.basename(file)));
  if (damaged.length === 0) return 0;
  const holds = await listHolds(catalog);
  const isOfFolder = await folderDays(store);
  let dropped = 0;
  for (const { dt, file, table } of damaged) {
    const day = dt ?? utcDay(disk.stat(file)?.changedAt ?? clock());
    const isKept = holds.some(({ from, to }) => dt === null || (from <= dt && dt <= to)) || isOfFolder(dt);
    if (isKept || day >= oldest(tableNames.find((name) => name === table) ?? "content")) continue;
    disk.remove(file);
    dropped += 1;
  }
  if (dropped > 0) log.info({ event: "damaged-files-retained", files: dropped });
  return dropped;
}

/** Whether a folder may have given something of a day; of one that is not known, of any. */
async function folderDays({ catalog }: Store): Promise<(dt: string | null) => boolean> {
  const rows = await catalog
    .selectFrom("windows")
    .innerJoin("sources", "sources.id", "windows.source_id")
    .select("windows.start_at")
    .distinct()
    .where("sources.kind", "=", "folder")
    .execute();
  const starts = rows.map(({ start_at: start }) => start);
  // A record may lie in the folder of a neighbouring hour; what is flat is of any day.
  const days = new Set(starts.flatMap((start) => [start - dayMs, start, start + dayMs].map((time) => utcDay(time))));
  return (dt) => starts.length > 0 && (dt === null || starts.includes(0) || days.has(dt));
}
