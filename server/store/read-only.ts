import { statfsSync } from "node:fs";
import { clockProblem } from "./plausible-clock.ts";
import type { Store } from "./store.ts";

/** With less room than this no group of records can be committed. */
const leastRoomBytes = 2 ** 20;

/** Why nothing can be written into the store now, in our words; null: it can be. */
export async function readOnlyReason(store: Pick<Store, "catalog" | "clock" | "paths">): Promise<string | null> {
  const { bavail, bsize } = statfsSync(store.paths.root);
  if (bavail * bsize < leastRoomBytes) return "the disk is full";
  return (await isTimeTold(store)) ? null : clockProblem(store);
}

/** A source in AWS tells the time: then the clock of this machine stops nothing. */
async function isTimeTold({ catalog }: Pick<Store, "catalog">): Promise<boolean> {
  const told = catalog.selectFrom("sources").select("id").where("kind", "!=", "folder").limit(1);
  return (await told.executeTakeFirst()) !== undefined;
}
