import { closeSync, openSync, readSync } from "node:fs";
import path from "node:path";
import { UserError } from "../lib/errors.ts";
import type { Store } from "./store.ts";

/** A segment whose rows are lost: its file is missing, has another size, or does not end as a segment does. */
export interface LostSegment {
  readonly id: string;
  readonly tbl: string;
  readonly dt: string;
  readonly rows: number;
}

export interface FoundLost {
  /** How many segments there should be. */
  readonly live: number;
  readonly lost: readonly (LostSegment & { readonly path: string })[];
}

/** Live segments that are lost. Only reads. */
export async function findLost({ catalog, disk, paths }: Store): Promise<FoundLost> {
  const live = await catalog
    .selectFrom("segments")
    .select(["id", "tbl", "dt", "rows", "path", "bytes"])
    .where("replaced_snapshot", "is", null)
    .execute();
  const lost = live.filter(({ bytes, path: place }) => {
    const file = path.join(paths.root, place);
    return disk.stat(file)?.sizeBytes !== bytes || !endsWhole(file, bytes);
  });
  return { live: live.length, lost };
}

/** Files are lost one by one; a folder that is lost with all of them is on a disk that is not there, or was moved. */
export function isElsewhere({ disk, paths }: Pick<Store, "disk" | "paths">, { live, lost }: FoundLost): boolean {
  return (
    live > 0 &&
    lost.length === live &&
    lost.every(({ path: place }) => disk.stat(path.join(paths.root, place)) === null)
  );
}

/** Throws `UserError`, exit code 3, where the whole lake is somewhere else. */
export function refuseEmptyLake(store: Pick<Store, "disk" | "paths">, found: FoundLost): void {
  if (!isElsewhere(store, found)) return;
  throw new UserError(
    `none of the ${found.live} files of the lake is there: ${store.paths.lake} is empty`,
    "Mount or move the folder back; if it is gone for good, restore a backup, or read into a new store.",
    { exitCode: 3 },
  );
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
