import { mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import type Database from "libsql";
import type { Clock } from "../../lib/clock.ts";
import { type Random, ulid } from "../ulid.ts";

const copiesKept = 3;

/**
 * Copies a catalog as it is before its migrations, under the schema version that it has, and keeps the newest three such copies: with one
 * of them, the older program can be used again. Throws what the database and the disk throw.
 */
export function backupBeforeUpgrade(
  database: Database.Database,
  version: number,
  { backups, clock, random }: { readonly backups: string; readonly clock: Clock; readonly random: Random },
): void {
  mkdirSync(backups, { recursive: true, mode: 0o700 });
  // Two processes may open the store at once: each has a draft of its own.
  const draft = path.join(backups, `draft-${ulid(clock(), random)}`);
  const time = new Date(clock()).toISOString().replaceAll(/[-:.]/g, "");
  try {
    database.prepare("vacuum into ?").run([draft]);
    renameSync(draft, path.join(backups, `catalog-schema-${version}-${time}.db`));
  } finally {
    rmSync(draft, { force: true });
  }
  const older = readdirSync(backups)
    .filter((name) => /^catalog-schema-\d+-\d{8}T\d{9}Z\.db$/.test(name))
    .toSorted((one, other) => timeOf(other).localeCompare(timeOf(one)));
  for (const name of older.slice(copiesKept)) rmSync(path.join(backups, name), { force: true });
}

function timeOf(name: string): string {
  return name.slice(-"20260101T000000000Z.db".length);
}
