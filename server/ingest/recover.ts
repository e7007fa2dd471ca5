import { windowOf } from "./look.ts";
import { errorCode } from "../lib/errors.ts";
import { stagedSums, sumAgain } from "./sums-again.ts";
import type { Source, UnitRef } from "../sources/source.ts";
import { eventHash, unpack } from "../store/catalog/event-hashes.ts";
import { listHolds } from "../store/catalog/holds.ts";
import { knownEvents } from "../store/catalog/page-units.ts";
import { unitHash } from "../store/catalog/settled-units.ts";
import { markLost, markGone } from "../store/catalog/undone-units.ts";
import { type DayOrigin, originOf, type UnitBehind } from "../store/day-origin.ts";
import type { Lease } from "../store/lease.ts";
import { forgetMendedWindows, isCut, type LostDay, lostDays, settleLoss, takeOutLost } from "../store/lost-segments.ts";
import { mendLedger } from "../store/mend-ledger.ts";
import type { Retention } from "../store/retain.ts";
import type { Store } from "../store/store.ts";
import { type Undoing, undoDay } from "../store/undo.ts";

export interface RecoverDeps {
  readonly store: Store;
  readonly lease: Lease;
  readonly sources: readonly Source[];
  readonly retention: Retention;
}

/**
 * Makes lost sums again from their calls, and gives the units of other lost segments back to be read again, a day at a time. What is left
 * of a day and no source shows any more stays: nobody else could bring it back. A day whose sources do not answer or are not read waits
 * until they do, and its windows are not complete. Of a day that they do not show at all, what is left stays, and the loss is told. Must end
 * before anything is read: what is known of stored calls changes under it.
 */
export async function recoverLost(deps: RecoverDeps, signal: AbortSignal): Promise<void> {
  const { lease, store } = deps;
  await takeOutLost(store, lease);
  for (const [dt, segments] of await lostDays(store, "ledger")) await mendLedger(store, { dt, segments });
  for (const [dt, segments] of await lostDays(store, "calls")) {
    if (signal.aborted) return;
    if (!(await sumAgain(store, lease, { dt, segments }))) await recoverDay(deps, { dt, segments }, signal);
  }
  await forgetMendedWindows(store);
}

/** Whether a day that waits could be recovered by now: its sources answer. Changes nothing. */
export async function canRecover(deps: RecoverDeps, signal: AbortSignal): Promise<boolean> {
  for (const [dt, segments] of await lostDays(deps.store, "calls")) {
    const day = { dt, segments };
    const { outcome } = await judgeDay(deps, day, await originOf(deps.store, day), signal);
    if (signal.aborted) return false;
    if (outcome === "undone" || outcome === "gone") return true;
  }
  return false;
}

async function recoverDay(deps: RecoverDeps, day: LostDay, signal: AbortSignal): Promise<void> {
  const { lease, store } = deps;
  const { catalog, log } = store;
  const origin = await originOf(store, day);
  const { units } = origin;
  await catalog.transaction().execute((trx) => markLost(trx, units));
  const judgement = await judgeDay(deps, day, origin, signal);
  const { again, outcome } = judgement;
  if (outcome === "undone") return undoDay(store, lease, undoingOf(store, day, origin, judgement));
  if (outcome !== "gone") return settleLoss(catalog, day, outcome);
  log.warn({ event: "day-lost", day: day.dt, units: again.length });
  await catalog.transaction().execute(async (trx) => {
    await settleLoss(trx, day, "gone");
    await markGone(trx, units);
  });
}

interface Judgement {
  readonly outcome: "unanswered" | "undone" | "held" | "gone";
  /** Units that are read again, and those that their sources do not show any more. */
  readonly again: readonly UnitBehind[];
  readonly gone: readonly UnitBehind[];
  /** Pages of which some events are shown: these are read again beside what is left of them. */
  readonly inPart: readonly UnitBehind[];
}

/** What is to become of a day: asks its sources. */
async function judgeDay(
  deps: RecoverDeps,
  day: LostDay,
  { accounted, left, units }: DayOrigin,
  signal: AbortSignal,
): Promise<Judgement> {
  const shown = await shownUnits(deps, units, signal);
  if (shown === null) return { outcome: "unanswered", again: [], gone: [], inPart: [] };
  const again = units.filter((unit) => shown.get(unit.id) === "whole");
  const inPart = units.filter((unit) => shown.get(unit.id) === "part");
  const gone = units.filter((unit) => !shown.has(unit.id));
  const shownAtAll = [...again, ...inPart];
  if (!accounted || (await isPast(deps, day, shownAtAll)) || shownAtAll.length === 0)
    return { outcome: "gone", again, gone, inPart };
  const isPart = [...gone, ...inPart].some(({ id }) => left.has(id));
  // The sums of a day that retention has cut know more than its calls do.
  const isHeld = isPart && (await isCut(deps.store.catalog, day.dt));
  return { outcome: isHeld ? "held" : "undone", again, gone, inPart };
}

/** What no source shows any more stays as it is, and its unit has lost what was lost of it. */
function undoingOf(store: Store, day: LostDay, { left, rows }: DayOrigin, { again, gone, inPart }: Judgement): Undoing {
  const staying = [...gone, ...inPart].filter(({ id }) => left.has(id));
  if (staying.length === 0) return { day, again: [...again, ...inPart], gone, rest: null };
  const withRows = (unit: UnitBehind): UnitBehind => ({ ...unit, kept: unit.kept + (rows.get(unit.id) ?? 0) });
  const isWhole = ({ kept, stored }: UnitBehind) => kept >= stored;
  const lost = gone.map(withRows);
  const units = new Set(staying.map(({ id }) => id));
  const sums = (batchId: string) => stagedSums(store, { dt: day.dt, batchId, units });
  return {
    day,
    again: [...again, ...inPart.map(withRows)],
    gone: lost.filter((unit) => !isWhole(unit)),
    rest: { units, whole: lost.filter(isWhole), sums },
  };
}

const dayMs = 86_400_000;

/** Records so old are not stored again, but from folders, and of days that a hold keeps. */
async function isPast(
  { retention, store }: RecoverDeps,
  { dt, segments }: LostDay,
  units: readonly UnitBehind[],
): Promise<boolean> {
  const isContent = segments.every(({ tbl }) => tbl === "content");
  const days = isContent ? retention.content : retention.invocations;
  const isOld = Date.parse(`${dt}T00:00:00Z`) < store.clock() - days * dayMs;
  if (!isOld || units.some(({ source_id: id }) => id.startsWith("dir:"))) return false;
  const holds = await listHolds(store.catalog);
  return holds.every(({ from, to }) => dt < from || to < dt);
}

type Shown = "whole" | "part";

/** Units that their sources still show; null when one of these does not answer, or is not read. */
async function shownUnits(
  { sources, store }: RecoverDeps,
  units: readonly UnitBehind[],
  signal: AbortSignal,
): Promise<ReadonlyMap<number, Shown> | null> {
  const open = new Map(sources.map((source) => [source.id, source]));
  const shown = new Map<number, Shown>();
  for (const [start, own] of byWindow(units)) {
    const source = open.get(own[0].source_id);
    if (source === undefined) return null;
    try {
      for (const [id, how] of await shownIn(store, source, { start, units: own }, signal)) shown.set(id, how);
    } catch (error) {
      store.log.warn({ event: "lost-day-unread", sourceId: source.id, code: errorCode(error) });
      return null;
    }
  }
  return shown;
}

function byWindow(
  units: readonly UnitBehind[],
): readonly (readonly [number, readonly [UnitBehind, ...UnitBehind[]]])[] {
  const windows = new Map<string, [UnitBehind, ...UnitBehind[]]>();
  for (const unit of units) {
    const name = `${unit.window_start} ${unit.source_id}`;
    const own = windows.get(name);
    if (own === undefined) windows.set(name, [unit]);
    else own.push(unit);
  }
  return [...windows.values()].map((own) => [own[0].window_start, own]);
}

interface WindowUnits {
  readonly start: number;
  readonly units: readonly UnitBehind[];
}

async function shownIn(
  store: Store,
  source: Source,
  { start, units }: WindowUnits,
  signal: AbortSignal,
): Promise<readonly (readonly [number, Shown])[]> {
  const names = new Set<string>();
  for await (const refs of source.scan(windowFrom(start), signal)) {
    for (const ref of refs) {
      for (const name of namesOf(ref)) names.add(name);
      source.forget?.(ref);
    }
  }
  const pages = units.filter(({ kind }) => kind === "page");
  const others = units.filter((unit) => unit.kind !== "page" && names.has(unitHash(unit)));
  const how = pages.length === 0 ? null : await pagesShown(store, source.id, { start, units: pages }, names);
  return [
    ...others.map(({ id }) => [id, "whole"] as const),
    ...(how === null ? [] : pages.map(({ id }) => [id, how] as const)),
  ];
}

/** Which event came with which page is not known any more: the pages of a window are shown as one. Null: not at all. */
async function pagesShown(
  { catalog }: Store,
  sourceId: string,
  { start, units }: WindowUnits,
  names: ReadonlySet<string>,
): Promise<Shown | null> {
  const known = unpack(await knownEvents(catalog, sourceId, start));
  if (known.every((hash) => names.has(hash))) return "whole";
  // What stands in quarantine would have to come again, too.
  const isInQuarantine = units.some(({ quarantined }) => quarantined > 0);
  return isInQuarantine || !known.some((hash) => names.has(hash)) ? null : "part";
}

function namesOf(ref: UnitRef): readonly string[] {
  return ref.eventIds === undefined ? [unitHash(ref)] : ref.eventIds.map(eventHash);
}

const hourMs = 3_600_000;

function windowFrom(start: number) {
  return windowOf({ start, end: start === 0 ? 0 : start + hourMs });
}
