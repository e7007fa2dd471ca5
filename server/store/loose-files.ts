import path from "node:path";
import type { Rewriter } from "./rewrite.ts";
import type { Store } from "./store.ts";

/** A file with rows of the lake that no commit names: what a crash, a damage or an older catalog has left. */
export interface LooseFile {
  readonly file: string;
  /** Its table and day, as far as they are known. */
  readonly table: string | null;
  readonly dt: string | null;
}

/** All of them. What stands in the trash for a while after it was replaced is named: it goes with its time. */
export async function looseFiles(store: Store): Promise<readonly LooseFile[]> {
  const { catalog, disk, paths } = store;
  const rows = await catalog.selectFrom("segments").select(["id", "tbl", "dt", "path", "removed_at"]).execute();
  const byId = new Map(rows.map((row) => [row.id, row]));
  const inLake = new Set(rows.filter((row) => row.removed_at === null).map((row) => path.normalize(row.path)));
  const known = (folder: string, name: string): LooseFile => {
    const row = byId.get(name.replace(/\.parquet.*$/, ""));
    return { file: path.join(folder, name), table: row?.tbl ?? null, dt: row?.dt ?? null };
  };
  const trashed = disk
    .list(paths.trash)
    .filter((name) => isDamaged(name) || !byId.has(path.basename(name, ".parquet")));
  return [
    ...trashed.map((name) => known(paths.trash, name)),
    ...disk.list(paths.orphans).map((name) => known(paths.orphans, name)),
    ...lakeFiles(store)
      .filter((file) => !inLake.has(file))
      .map((file) => {
        const [, table = null, day = null] = file.split(path.sep);
        return { file: path.join(paths.root, file), table, dt: day?.replace(/^dt=/, "") ?? null };
      }),
  ];
}

/** What is left of a damaged file is kept under such a name. */
export function isDamaged(name: string): boolean {
  return name.includes(".parquet.damaged-");
}

/** Files in the folders of the lake, below the data directory. */
export function lakeFiles({ paths: { lake }, disk }: Pick<Store, "disk" | "paths">): readonly string[] {
  return disk
    .list(lake)
    .flatMap((table) => disk.list(path.join(lake, table)).map((day) => path.join("lake", table, day)))
    .flatMap((folder) => disk.list(path.join(path.dirname(lake), folder)).map((name) => path.join(folder, name)));
}

/** Signals hold excerpts of it. */
const contentTables: ReadonlySet<string> = new Set(["content", "copies", "signals"]);

/**
 * Removes the loose files that hold content of the calls in the rewriter's list `list`, on these days; and those that may, since they
 * can't be read. Says how many.
 */
export async function dropLoose(
  store: Store,
  rewriter: Rewriter,
  { days, list }: { readonly days: ReadonlySet<string>; readonly list: string },
): Promise<number> {
  let dropped = 0;
  for (const { dt, file, table } of await looseFiles(store)) {
    if (table !== null && !contentTables.has(table)) continue;
    if (dt !== null && !days.has(dt)) continue;
    if ((await rewriter.names(file, list)) === false) continue;
    store.disk.remove(file);
    dropped += 1;
  }
  return dropped;
}
