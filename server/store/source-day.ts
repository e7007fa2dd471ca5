import { type ExpressionBuilder, sql as statement, type SqlBool } from "kysely";
import { z } from "zod";
import { addCounts, type Counts, lawHolds, noCounts, type SourceStatus, type UnitState } from "../domain/coverage.ts";
import type { LedgerUnit, LedgerWindow, SourceDay, SourceDayQuery } from "../domain/ledger.ts";
import { UserError } from "../lib/errors.ts";
import { isoTime } from "../lib/time.ts";
import { lostStates, type Unit } from "./catalog/ledger.ts";
import { countNames, countsOf, waitingUnits } from "./catalog/ledger-report.ts";
import { pageName } from "./catalog/page-units.ts";
import type { CatalogSchema } from "./catalog/schema.ts";
import { unitTrouble } from "./catalog/unit-trouble.ts";
import { instant, raw, sql } from "./sql.ts";
import type { Row, Store } from "./store.ts";

const [hourMs, dayMs] = [3_600_000, 86_400_000];

type Source = SourceDay["source"];
type Readers = Pick<Store, "catalog" | "interactive">;

/** In ms, half-open. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** The ledger of one source on one day. Null: there is no such source. Throws `UserError` for a cursor or a window that is none. */
export async function sourceDay(store: Readers, query: SourceDayQuery, signal: AbortSignal): Promise<SourceDay | null> {
  const source = await sourceOf(store, query.source);
  if (source === null) return null;
  const from = Date.parse(query.day);
  const day = { from, to: from + dayMs };
  // Both answers are of one moment only if nothing was committed between them: the lake is asked first.
  const lake = await movedSums(store, source.id, day, signal);
  const { flat, hours } = await windowsOf(store, source, day, lake);
  const asked = query.window === undefined ? day : hourOf(query.window, day);
  const page = await unitsOf(store, { source, span: asked, isFlat: flat !== null && asked === day }, query, signal);
  const windows = flat === null ? [...hours] : [...hours, flat];
  return {
    source,
    day: query.day,
    counts: windows.reduce((sum, window) => addCounts(sum, window.counts), noCounts),
    windows,
    ...page,
    total: windows
      .filter((window) => asked === day || window.from === isoTime(asked.from))
      .reduce((sum, { units }) => sum + units, 0),
  };
}

function hourOf(text: string, day: Span): Span {
  const from = Date.parse(text);
  if (from % hourMs !== 0 || from < day.from || from >= day.to)
    throw new UserError("window: it is no hour of that day", "Give the start of an hour of the day, in UTC.");
  return { from, to: from + hourMs };
}

async function sourceOf({ catalog }: Readers, id: string): Promise<Source | null> {
  const row = await catalog
    .selectFrom("sources")
    .select(["id", "kind", "place", "state", "reason"])
    .where("id", "=", id)
    .executeTakeFirst();
  if (row === undefined) return null;
  return { ...row, kind: row.kind as Source["kind"], state: row.state as SourceStatus["state"] };
}

interface Moved {
  readonly units: number;
  readonly counts: Counts;
}

interface MovedSums {
  readonly snapshot: number;
  readonly byWindow: ReadonlyMap<number, Moved>;
}

const quotedCounts = countNames.map((name) => `"${name}"`).join(", ");

/** Units of settled windows, by window. */
async function movedSums(
  { interactive }: Readers,
  sourceId: string,
  day: Span,
  signal: AbortSignal,
): Promise<MovedSums> {
  const sums = countNames.map((name) => `cast(sum("${name}") as bigint) as "${name}"`).join(", ");
  const { rows, snapshot } = await interactive.query(
    sql`/* source-day/moved-sums */ select window_start, count(*) as units, ${raw(sums)}
      from units where dt = ${dayOf(day)} and source_id = ${sourceId} group by window_start`,
    { signal },
  );
  const byWindow = rows.map((row): [number, Moved] => [
    Date.parse(String(row["window_start"])),
    { units: Number(row["units"]), counts: countsIn(row) },
  ]);
  return { snapshot, byWindow: new Map(byWindow) };
}

function countsIn(row: Row): Counts {
  return Object.fromEntries(countNames.map((name) => [name, Number(row[name])])) as Counts;
}

function dayOf({ from }: Span): string {
  return isoTime(from).slice(0, 10);
}

async function windowsOf(
  { catalog }: Readers,
  source: Source,
  day: Span,
  lake: MovedSums,
): Promise<{ readonly hours: readonly LedgerWindow[]; readonly flat: LedgerWindow | null }> {
  const sums = catalog
    .selectFrom("units")
    .select("window_start")
    .select(({ fn }) => [
      ...countNames.map((name) => fn.sum<number>(name).as(name)),
      fn.countAll<number>().as("units"),
      waitingUnits.as("waiting"),
      fn.countAll<number>().filterWhere("state", "in", lostStates).as("lost"),
    ])
    .where("source_id", "=", source.id)
    .where((where) => inSpan(where, day, source.kind === "cloudwatch" ? "hours" : "both"))
    .groupBy("window_start")
    .as("sums");
  const rows = await catalog
    .selectFrom("windows")
    .leftJoin(sums, "sums.window_start", "windows.start_at")
    .select(["start_at", "end_at", "state", "error_code", "moved_done", "moved_ignored"])
    .select(countNames.map((name) => `windows.${name} as ${name}` as const))
    .select(countNames.map((name) => `sums.${name} as unit_${name}` as const))
    .select(["sums.units", "sums.waiting", "sums.lost"])
    .select(statement<number | null>`(select max(snapshot) from commits)`.as("snapshot"))
    .where("windows.source_id", "=", source.id)
    .where((where) => where.or([where("start_at", "=", 0), where.between("start_at", day.from, day.to - 1)]))
    .orderBy("start_at")
    .execute();
  const told = rows.map((row) => windowOf(row, lake));
  return {
    hours: told.filter(({ from }) => from !== null),
    flat: told.find(({ from, units }) => from === null && units > 0) ?? null,
  };
}

type OfUnits = { readonly [Name in keyof Counts as `unit_${Name}`]: number | null };

interface WindowRow extends Counts, OfUnits {
  readonly start_at: number;
  readonly end_at: number;
  readonly state: string;
  readonly error_code: string | null;
  readonly moved_done: number;
  readonly moved_ignored: number;
  /** Of the catalog; null: none. */
  readonly units: number | null;
  readonly waiting: number | null;
  readonly lost: number | null;
  readonly snapshot: number | null;
}

function windowOf(row: WindowRow, lake: MovedSums): LedgerWindow {
  const isFlat = row.start_at === 0;
  const moved = lake.byWindow.get(row.start_at) ?? { units: 0, counts: noCounts };
  const { unit_duplicates, unit_ignored, unit_quarantined, unit_read, unit_stored } = row;
  const inCatalog = countsOf({
    read: unit_read,
    stored: unit_stored,
    duplicates: unit_duplicates,
    quarantined: unit_quarantined,
    ignored: unit_ignored,
  });
  const ofUnits = addCounts(inCatalog, moved.counts);
  const own = isFlat ? ofUnits : countsOf(row);
  const agrees = countNames.every((name) => own[name] === ofUnits[name]);
  // Units that moved between the two questions are in neither answer, or in both.
  const isOneMoment = row.snapshot === lake.snapshot || moved.units === row.moved_done + row.moved_ignored;
  return {
    from: isFlat ? null : isoTime(row.start_at),
    to: isFlat ? null : isoTime(row.end_at),
    state: row.state as LedgerWindow["state"],
    error: row.error_code,
    counts: own,
    holds: !lawHolds(own) ? false : agrees ? true : isOneMoment ? false : null,
    units: (row.units ?? 0) + moved.units,
    waiting: row.waiting ?? 0,
    lost: row.lost ?? 0,
  };
}

type Part = "hours" | "flat";

/** Units of the span: by their window, flat files by their first record. */
function inSpan(where: ExpressionBuilder<CatalogSchema, "units">, span: Span, part: Part | "both") {
  const hours = where.and([where("window_start", ">=", Math.max(1, span.from)), where("window_start", "<", span.to)]);
  const first = statement<number>`coalesce(first_at, seen_at)`;
  const flat = where.and([
    where("window_start", "=", 0),
    statement<SqlBool>`${first} >= ${span.from} and ${first} < ${span.to}`,
  ]);
  return part === "hours" ? hours : part === "flat" ? flat : where.or([hours, flat]);
}

/** What a person may have to do something about comes first. */
export const stateOrder = [
  "denied",
  "archived",
  "corrupt",
  "listed",
  "fetching",
  "vanished",
  "crashed",
  "oversize",
  "partial",
  "replaced",
  "done",
  "ignored",
] as const satisfies readonly UnitState[];

/** Places of the list, each in order of windows and numbers; the last is the lake. */
const shelves = stateOrder.flatMap((state) => (["hours", "flat"] as const).map((part) => ({ state, part })));

const Place = z.tuple([z.number().int().min(0).max(shelves.length), z.number().int(), z.number().int()]);
/** Shelf, window and number of the last unit that was given. */
type Place = z.infer<typeof Place>;

function placeOf(cursor: string | undefined): Place {
  if (cursor === undefined) return [0, -1, -1];
  try {
    return Place.parse(JSON.parse(Buffer.from(cursor, "base64url").toString()));
  } catch (cause) {
    throw new UserError("cursor: it is none of ours", "Begin with the first page.", { cause });
  }
}

interface Chosen {
  readonly source: Source;
  readonly span: Span;
  /** The source has flat files of the day. */
  readonly isFlat: boolean;
}

async function unitsOf(
  store: Readers,
  chosen: Chosen,
  { cursor, limit }: Pick<SourceDayQuery, "cursor" | "limit">,
  signal: AbortSignal,
): Promise<Pick<SourceDay, "items" | "next">> {
  const found: { readonly unit: LedgerUnit; readonly at: Place }[] = [];
  const [first, ...after] = placeOf(cursor);
  // One more than is shown tells whether there is another page.
  for (let shelf = first; shelf <= shelves.length && found.length <= limit; shelf += 1) {
    const from = { after: shelf === first ? after : ([-1, -1] as const), most: limit + 1 - found.length };
    const of = shelves[shelf];
    const units =
      of === undefined ? await inLake(store, chosen, from, signal) : await onShelf(store, chosen, { ...of, ...from });
    found.push(...units.map(({ unit, window }) => ({ unit, at: [shelf, window, unit.id] satisfies Place })));
  }
  const page = found.slice(0, limit);
  const last = page.at(-1);
  const next = found.length > limit && last !== undefined ? JSON.stringify(last.at) : null;
  return {
    items: page.map(({ unit }) => unit),
    next: next === null ? null : Buffer.from(next).toString("base64url"),
  };
}

interface After {
  readonly after: readonly [window: number, id: number] | readonly number[];
  readonly most: number;
}

interface FoundUnit {
  readonly window: number;
  readonly unit: LedgerUnit;
}

async function onShelf(
  { catalog }: Readers,
  { isFlat, source, span }: Chosen,
  { after: [window = -1, id = -1], most, part, state }: After & { readonly state: UnitState; readonly part: Part },
): Promise<readonly FoundUnit[]> {
  if (part === "flat" && !isFlat) return [];
  const rows = await catalog
    .selectFrom("units")
    .selectAll()
    .where("source_id", "=", source.id)
    .where("state", "=", state)
    .where((where) => inSpan(where, span, part))
    .where(statement<SqlBool>`(window_start, id) > (${window}, ${id})`)
    .orderBy("window_start")
    .orderBy("id")
    .limit(most)
    .execute();
  return rows.map((row) => ({ window: row.window_start, unit: told(row, source) }));
}

function told(row: Unit, { kind }: Source): LedgerUnit {
  return {
    id: row.id,
    kind: row.kind as LedgerUnit["kind"],
    name: row.kind === "page" ? pageName(row.key) : row.key,
    version: row.version,
    sizeBytes: row.size,
    window: row.window_start === 0 ? null : isoTime(row.window_start),
    state: row.state as UnitState,
    rule: row.rule,
    counts: countsOf(row),
    ignoredBy: JSON.parse(row.ignored_by) as Record<string, number>,
    holds: lawHolds(countsOf(row)),
    attempts: row.attempts,
    seenAt: isoTime(row.seen_at),
    nextAttemptAt: row.next_attempt_at === null ? null : isoTime(row.next_attempt_at),
    trouble: unitTrouble(row, kind),
  };
}

/** Units of settled windows: all that is final about them is in their numbers. */
async function inLake(
  { interactive }: Readers,
  { source, span }: Chosen,
  { after: [window = -1, id = -1], most }: After,
  signal: AbortSignal,
): Promise<readonly FoundUnit[]> {
  const start = instant(isoTime(Math.max(window, span.from)));
  const { rows } = await interactive.query(
    sql`/* source-day/moved-units */ select unit_id, window_start, kind, "key", version, size, state, "rule", ignored_by,
        attempts, seen_at, ${raw(quotedCounts)}
      from units
      where dt = ${dayOf(span)} and source_id = ${source.id} and window_start < ${instant(isoTime(span.to))}
        and (window_start > ${start} or (window_start = ${start} and unit_id > ${id}))
      order by window_start, unit_id
      limit ${most}`,
    { signal },
  );
  return rows.map((row) => {
    const counts = countsIn(row);
    const at = String(row["window_start"]);
    const kind = String(row["kind"]) as LedgerUnit["kind"];
    const key = String(row["key"]);
    const unit: LedgerUnit = {
      id: Number(row["unit_id"]),
      kind,
      name: kind === "page" ? pageName(key) : key,
      version: String(row["version"]),
      sizeBytes: Number(row["size"]),
      window: isoTime(Date.parse(at)),
      state: String(row["state"]) as UnitState,
      rule: typeof row["rule"] === "string" ? row["rule"] : null,
      counts,
      ignoredBy: JSON.parse(String(row["ignored_by"])) as Record<string, number>,
      holds: lawHolds(counts),
      attempts: Number(row["attempts"]),
      seenAt: String(row["seen_at"]),
      nextAttemptAt: null,
      trouble: null,
    };
    return { window: Date.parse(at), unit };
  });
}
