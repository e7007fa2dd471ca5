import path from "node:path";
import type { Store } from "./store.ts";

/** Files of the quarantine that no entry names, below the data directory: a crash or a lost catalog has left them. */
export async function unnamedPieces({
  catalog,
  disk,
  paths,
}: Pick<Store, "catalog" | "disk" | "paths">): Promise<readonly string[]> {
  const rows = await catalog.selectFrom("quarantine").select("file").where("file", "is not", null).execute();
  const named = new Set(rows.map(({ file }) => path.normalize(file ?? "")));
  const folder = path.relative(paths.root, paths.quarantine);
  return disk
    .list(paths.quarantine)
    .map((name) => path.join(folder, name))
    .filter((file) => !named.has(file));
}
