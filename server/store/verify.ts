import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import path from "node:path";
import { sql as statement } from "kysely";
import { type Counts, lawHolds } from "../domain/coverage.ts";
import { openCatalogView } from "./catalog/catalog-view.ts";
import { isBroken } from "./catalog/law.ts";
import { countNames } from "./catalog/ledger-report.ts";
import { notUndone, storedRows as standing } from "./catalog/stored-rows.ts";
import { brokenCommit } from "./commit-chain.ts";
import { readCommitMark } from "./commit-mark.ts";
import { brokenDays } from "./identities.ts";
import { currentSnapshot } from "./snapshots.ts";
import { raw, sql } from "./sql.ts";
import type { Store } from "./store.ts";
import { isRollup, type TableName, tableNames } from "./tables.ts";

/** Something of the store that does not add up. */
export interface Fault {
  readonly what: "catalog" | "law" | "window" | "rows" | "rollup" | "segment" | "commits" | "identity" | "quarantine";
  readonly detail: string;
}

export interface Verified {
  readonly snapshot: number;
  readonly units: number;
  readonly segments: number;
  readonly rows: number;
  readonly faults: readonly Fault[];
}

/** At most so many of one kind are named. */
const named = 100;

/**
 * Holds ledger, catalog and lake against each other: the conservation law of every unit and window, the stored counts against the rows,
 * rollups against rows, the file of every segment and of every piece in quarantine. With `hashes`, their bytes too. Only reads, and all of one moment: others may go on writing.
 */
export async function verify(live: Store, { hashes }: { readonly hashes: boolean }): Promise<Verified> {
  const view = openCatalogView(live.paths.catalog);
  try {
    const { snapshot } = await currentSnapshot(view.catalog);
    const batch: Store["batch"] = {
      query: (statement, options) => live.batch.query(statement, { ...options, snapshot }),
      close: () => live.batch.close(),
    };
    return await verifiedAt({ ...live, catalog: view.catalog, batch }, { hashes, live, snapshot });
  } finally {
    await view.close();
  }
}

interface Moment {
  readonly hashes: boolean;
  readonly snapshot: number;
  /** The store as it is by now. */
  readonly live: Store;
}

async function verifiedAt(store: Store, { hashes, live, snapshot }: Moment): Promise<Verified> {
  const { catalog } = store;
  const [units, segments] = await Promise.all([counted(store, "units"), counted(store, "segments")]);
  const moved = await movedUnits(store);
  const rows = await rowCount(store);
  const parts = await Promise.all([
    soundCatalog(live),
    brokenUnits(store),
    brokenWindows(store, moved),
    brokenCommit(catalog).then((at) => (at === null ? [] : [fault("commits", `the chain breaks at commit ${at}`)])),
    storedRows(store, rows, moved),
    rollupRows(store),
    brokenDays(store).then((details) => details.map((detail) => fault("identity", detail))),
    brokenSegments(store, { hashes, live }),
    brokenPieces(store, { hashes, live }),
  ]);
  const inLake = [...moved.values()].reduce((sum, window) => sum + window.units, 0);
  return { snapshot, units: units + inLake, segments, rows, faults: parts.flat() };
}

function fault(what: Fault["what"], detail: string): Fault {
  return { what, detail };
}

async function counted({ catalog }: Store, table: "units" | "segments"): Promise<number> {
  const query = catalog.selectFrom(table).select(({ fn }) => fn.countAll<number>().as("n"));
  return (await query.executeTakeFirstOrThrow()).n;
}

async function soundCatalog({ catalog, catalogId, paths }: Store): Promise<Fault[]> {
  const { rows } = await statement<{ integrity_check: string }>`pragma integrity_check(1)`.execute(catalog);
  const said = rows[0]?.integrity_check ?? "no answer";
  const mark = readCommitMark(paths);
  const newest = await catalog
    .selectFrom("commits")
    .select(({ fn }) => fn.max("snapshot").as("at"))
    .executeTakeFirst();
  const behind = mark !== null && mark.catalogId === catalogId && mark.snapshot > (newest?.at ?? 0);
  return [
    ...(said === "ok" ? [] : [fault("catalog", said)]),
    ...(behind ? [fault("catalog", `it has lost commits: ${newest?.at ?? 0} of ${mark.snapshot}`)] : []),
  ];
}

async function brokenUnits({ catalog }: Store): Promise<Fault[]> {
  const rows = await catalog
    .selectFrom("units")
    .select(["id", ...countNames])
    .where(isBroken)
    .limit(named)
    .execute();
  return rows.map(({ id }) => fault("law", `unit ${id}: read is not stored + duplicates + quarantined + ignored`));
}

interface MovedUnits extends Counts {
  readonly units: number;
}

/** Numbers of units in the lake, by window. */
async function movedUnits({ batch }: Store): Promise<ReadonlyMap<string, MovedUnits>> {
  const sums = countNames.map((name) => `cast(sum("${name}") as bigint) as "${name}"`).join(", ");
  const { rows } = await batch.query(
    sql`/* verify/moved-units */ select source_id, window_start, count(*) as units, ${raw(sums)}
      from units where dt >= '0000' group by source_id, window_start`,
    { maxRows: 10_000_000 },
  );
  return new Map(
    rows.map((row) => {
      const counts = Object.fromEntries(countNames.map((name) => [name, Number(row[name])])) as Counts;
      const start = Date.parse(String(row["window_start"]));
      return [windowName(String(row["source_id"]), start), { ...counts, units: Number(row["units"]) }];
    }),
  );
}

function windowName(sourceId: string, start: number): string {
  return `${start} ${sourceId}`;
}

/** The windows' numbers are the sums of their units', wherever these lie. */
async function brokenWindows({ catalog }: Store, moved: ReadonlyMap<string, MovedUnits>): Promise<Fault[]> {
  const sums = catalog
    .selectFrom("units")
    .select(["source_id", "window_start"])
    .select(({ fn }) => countNames.map((name) => fn.sum<number>(name).as(name)))
    .groupBy(["source_id", "window_start"])
    .as("sums");
  const rows = await catalog
    .selectFrom("windows")
    .leftJoin(sums, (join) =>
      join.onRef("sums.source_id", "=", "windows.source_id").onRef("sums.window_start", "=", "windows.start_at"),
    )
    .select(["windows.source_id", "windows.start_at", "windows.moved_done", "windows.moved_ignored"])
    .select(countNames.map((name) => `windows.${name} as ${name}` as const))
    .select(countNames.map((name) => `sums.${name} as unit_${name}` as const))
    .execute();
  return rows
    .filter((row) => {
      const inLake = moved.get(windowName(row.source_id, row.start_at));
      const differs = countNames.some((name) => row[name] !== (row[`unit_${name}`] ?? 0) + (inLake?.[name] ?? 0));
      return !lawHolds(row) || differs || row.moved_done + row.moved_ignored !== (inLake?.units ?? 0);
    })
    .slice(0, named)
    .map(({ source_id: id, start_at: start }) =>
      fault("window", `window ${new Date(start).toISOString()} of ${id}: its numbers are not those of its units`),
    );
}

/** What was counted as stored is in the lake, less what retention took. */
async function storedRows({ catalog }: Store, rows: number, moved: ReadonlyMap<string, MovedUnits>): Promise<Fault[]> {
  const { stored } = await catalog
    .selectFrom("units")
    .select(({ fn }) => fn.sum<number | null>("stored").as("stored"))
    .executeTakeFirstOrThrow();
  const { gone } = await standing(catalog);
  const inLake = [...moved.values()].reduce((sum, window) => sum + window.stored, 0);
  const expected = (stored ?? 0) + inLake - gone;
  return rows === expected ? [] : [fault("rows", `${rows} invocations are in the lake, ${expected} should be`)];
}

async function rowCount({ batch }: Store): Promise<number> {
  const { rows } = await batch.query(sql`/* verify/rows */ select count(*) as n from invocations where dt >= '0000'`);
  return Number(rows[0]?.["n"] ?? 0);
}

/** What rows and rollups are held against each other by. */
const summed = ["input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens"] as const;
const words = ["calls", ...summed.map((name) => name.replaceAll("_", " "))];

/** Rollups say of each day what its rows say, but where retention has taken the rows. */
async function rollupRows(store: Store): Promise<Fault[]> {
  const cut = await daysCut(store.catalog);
  const rows = await sumsByDay(store, "invocations", "count(*)");
  const faults: Fault[] = [];
  for (const table of tableNames.filter(isRollup)) {
    const sums = await sumsByDay(store, table, "sum(invocations)");
    for (const day of new Set([...rows.keys(), ...sums.keys()])) {
      const [own, added] = [rows.get(day) ?? [], sums.get(day) ?? []];
      const at = words.findIndex((_, index) => (own[index] ?? "0") !== (added[index] ?? "0"));
      if (at !== -1 && !cut.has(day))
        faults.push(
          fault("rollup", `${table} of ${day}: ${added[at] ?? 0} ${words[at]} for ${own[at] ?? 0} of its rows`),
        );
    }
  }
  return faults.slice(0, named);
}

/** Of each day the number of calls and the sums, as text: a sum may be beyond what a double holds. */
async function sumsByDay(
  { batch }: Store,
  table: TableName,
  calls: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const sums = [calls, ...summed.map((name) => `coalesce(sum(${name}), 0)`)];
  const columns = sums.map((sum, index) => `cast(${sum} as varchar) as n${index}`).join(", ");
  const { rows } = await batch.query(
    sql`/* verify/sums */ select dt, ${raw(columns)} from ${raw(table)} where dt >= '0000' group by dt`,
  );
  return new Map(rows.map((row) => [String(row["dt"]), sums.map((_, index) => String(row[`n${index}`]))]));
}

/** Days from which retention took rows, here or in the store that this one was rebuilt from, or of which rows were lost. */
async function daysCut(catalog: Store["catalog"]): Promise<ReadonlySet<string>> {
  const days = (column: "added_snapshot" | "replaced_snapshot") =>
    catalog
      .selectFrom("segments")
      .innerJoin("commits", "commits.snapshot", `segments.${column}`)
      .select("segments.dt")
      .distinct()
      .where("commits.kind", "=", "retain")
      .execute();
  const lost = await catalog
    .selectFrom("lost_segments")
    .innerJoin("segments", "segments.id", "lost_segments.id")
    .select("segments.dt")
    .where(notUndone)
    .execute();
  return new Set(
    [...(await days("replaced_snapshot")), ...(await days("added_snapshot")), ...lost].map(({ dt }) => dt),
  );
}

type Looking = Pick<Moment, "hashes" | "live">;

/** Every live segment is there with its size; with `hashes`, its bytes are those that were committed. */
async function brokenSegments({ catalog, disk, paths }: Store, { hashes, live }: Looking): Promise<Fault[]> {
  const faults: Fault[] = [];
  const segments = await catalog
    .selectFrom("segments")
    .select(["path", "bytes", "sha256"])
    .where("replaced_snapshot", "is", null)
    .orderBy("path")
    .execute();
  for (const { bytes, path: place, sha256 } of segments) {
    const file = path.join(paths.root, place);
    const size = disk.stat(file)?.sizeBytes ?? null;
    if (size === null && !(await isNamed(live, "segments", place))) continue;
    if (size !== bytes) faults.push(fault("segment", `${place}: ${size ?? "no"} bytes of ${bytes}`));
    else if (hashes && (await sha256Of(file)) !== sha256) faults.push(fault("segment", `${place}: other bytes`));
  }
  return faults;
}

/** Whether a file is still to be there: a long look meets some that have been replaced since it began. */
async function isNamed({ catalog }: Store, by: "segments" | "quarantine", file: string): Promise<boolean> {
  const named =
    by === "segments"
      ? catalog.selectFrom("segments").select("id").where("path", "=", file).where("removed_at", "is", null)
      : catalog.selectFrom("quarantine").select("id").where("file", "=", file);
  return (await named.executeTakeFirst()) !== undefined;
}

/** As `brokenSegments`, of the bytes in quarantine that are kept. */
async function brokenPieces({ catalog, disk, paths }: Store, { hashes, live }: Looking): Promise<Fault[]> {
  const faults: Fault[] = [];
  const kept = catalog.selectFrom("quarantine").select(["id", "file", "sha256"]).where("file", "is not", null);
  for (const { file: place, id, sha256 } of await kept.orderBy("id").execute()) {
    const file = path.join(paths.root, place ?? "");
    const isThere = disk.stat(file) !== null;
    if (!isThere && !(await isNamed(live, "quarantine", place ?? ""))) continue;
    if (!isThere) faults.push(fault("quarantine", `${place} of entry ${id} is missing`));
    else if (hashes && (await sha256Of(file)) !== sha256)
      faults.push(fault("quarantine", `${place} of entry ${id}: other bytes`));
  }
  return faults.slice(0, named);
}

/** Hex SHA-256 of a file. */
export async function sha256Of(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
