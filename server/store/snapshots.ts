import path from "node:path";
import type { Kysely } from "kysely";
import type { CatalogSchema } from "./catalog/schema.ts";
import type { DataPaths } from "./data-dir.ts";
import type { SnapshotSegments } from "./engine/read-segments.ts";
import type { SnapshotInfo } from "./store.ts";
import { lakeSchemaVersion } from "./tables.ts";

export async function currentSnapshot(
  catalog: Kysely<CatalogSchema>,
): Promise<Pick<SnapshotInfo, "snapshot" | "asOf">> {
  const newest = await catalog
    .selectFrom("commits")
    .select(["snapshot", "at"])
    .orderBy("snapshot", "desc")
    .limit(1)
    .executeTakeFirst();
  if (newest === undefined) return { snapshot: 0, asOf: null };
  return { snapshot: newest.snapshot, asOf: new Date(newest.at).toISOString() };
}

/** As `currentSnapshot`, with the sizes of its tables and the versions of its days, which are counted once a snapshot. */
export function sizedSnapshots(catalog: Kysely<CatalogSchema>): () => Promise<SnapshotInfo> {
  let known: SnapshotInfo | null = null;
  return async () => {
    const newest = await currentSnapshot(catalog);
    if (known?.snapshot !== newest.snapshot) {
      known = { ...newest, rows: await tableRows(catalog), days: await dayVersions(catalog) };
    }
    return known;
  };
}

async function tableRows(catalog: Kysely<CatalogSchema>): Promise<Readonly<Record<string, number>>> {
  const tables = await catalog
    .selectFrom("segments")
    .select(({ fn }) => ["tbl", fn.sum<number>("rows").as("rows")])
    .where("replaced_snapshot", "is", null)
    .groupBy("tbl")
    .execute();
  return Object.fromEntries(tables.map(({ tbl, rows }) => [tbl, Number(rows)]));
}

/** Segments only come with higher numbers: what comes raises the newest one, what only goes lowers the count. */
async function dayVersions(catalog: Kysely<CatalogSchema>): Promise<ReadonlyMap<string, string>> {
  const days = await catalog
    .selectFrom("segments")
    .select(({ fn }) => ["dt", fn.max("added_snapshot").as("newest"), fn.countAll<number>().as("count")])
    .where("tbl", "=", "rollups_day")
    .where("replaced_snapshot", "is", null)
    .groupBy("dt")
    .execute();
  return new Map(days.map(({ dt, newest, count }) => [dt, `${newest}/${count}`]));
}

interface Day {
  readonly dt: string;
  readonly files: string[];
  old: boolean;
}

/** The files that hold the snapshot, by table and day: those added up to it and not replaced by then. */
export async function segmentsOf(
  catalog: Kysely<CatalogSchema>,
  { root }: DataPaths,
  snapshot: number,
): Promise<SnapshotSegments> {
  const rows = await catalog
    .selectFrom("segments")
    .select(["tbl", "dt", "path", "schema_version"])
    .where("added_snapshot", "<=", snapshot)
    .where((where) => where.or([where("replaced_snapshot", "is", null), where("replaced_snapshot", ">", snapshot)]))
    .orderBy("tbl")
    .orderBy("dt")
    .orderBy("id")
    .execute();
  const tables = new Map<string, Map<string, Day>>();
  for (const { dt, path: place, schema_version: version, tbl } of rows) {
    const days = tables.get(tbl) ?? new Map<string, Day>();
    tables.set(tbl, days);
    const day = days.get(dt) ?? { dt, files: [], old: false };
    days.set(dt, day);
    day.files.push(path.join(root, place));
    day.old ||= version < lakeSchemaVersion;
  }
  return Object.fromEntries([...tables].map(([name, days]) => [name, [...days.values()]]));
}
