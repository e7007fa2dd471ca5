import { windowOf } from "./look.ts";
import { errorCode } from "../lib/errors.ts";
import { sumAgain } from "./sums-again.ts";
import type { Source, UnitRef } from "../sources/source.ts";
import { eventHash, unpack } from "../store/catalog/event-hashes.ts";
import { knownEvents } from "../store/catalog/page-units.ts";
import { unitHash } from "../store/catalog/settled-units.ts";
import { markLost, markGone } from "../store/catalog/undone-units.ts";
import type { Lease } from "../store/lease.ts";
import { forgetMendedWindows, lostDays, takeOutLost } from "../store/lost-segments.ts";
import { mendLedger } from "../store/mend-ledger.ts";
import type { Retention } from "../store/retain.ts";
import type { Store } from "../store/store.ts";
import { type DayOrigin, type LostDay, originOf, settleLoss, type UnitBehind, undoDay } from "../store/undo.ts";

export interface RecoverDeps {
  readonly store: Store;
  readonly lease: Lease;
  readonly sources: readonly Source[];
  readonly retention: Retention;
}

/**
 * Makes lost sums again from their calls, and gives the units of other lost segments back to be read again, a day at a time. A day is taken out of the lake only when its sources still show
 * every unit that has rows left on it: nobody else could bring these back. A day that they show in part, or whose sources do not answer or
 * are not read, waits until it can be, and its windows are not complete. Of a day that they do not show at all, what is left stays, and
 * the loss is told. Must end before anything is read: what is known of stored calls changes under it.
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
  const { again, gone, outcome } = await judgeDay(deps, day, origin, signal);
  if (outcome === "undone") return undoDay(store, lease, { day, again, gone });
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
}

/** What is to become of a day: asks its sources. */
async function judgeDay(
  deps: RecoverDeps,
  day: LostDay,
  { accounted, left, units }: DayOrigin,
  signal: AbortSignal,
): Promise<Judgement> {
  const shown = await shownUnits(deps, units, signal);
  if (shown === null) return { outcome: "unanswered", again: [], gone: [] };
  const again = units.filter((unit) => shown.has(unit.id));
  const gone = units.filter((unit) => !shown.has(unit.id));
  if (!accounted || isPast(deps, day, again) || again.length === 0) return { outcome: "gone", again, gone };
  return { outcome: gone.some(({ id }) => left.has(id)) ? "held" : "undone", again, gone };
}

const dayMs = 86_400_000;

/** Records so old are not stored again, but from folders. */
function isPast({ retention, store }: RecoverDeps, { dt, segments }: LostDay, units: readonly UnitBehind[]): boolean {
  const isContent = segments.every(({ tbl }) => tbl === "content");
  const days = isContent ? retention.content : retention.invocations;
  const isOld = Date.parse(`${dt}T00:00:00Z`) < store.clock() - days * dayMs;
  return isOld && units.every(({ source_id: id }) => !id.startsWith("dir:"));
}

/** Units that their sources still show; null when one of these does not answer, or is not read. */
async function shownUnits(
  { sources, store }: RecoverDeps,
  units: readonly UnitBehind[],
  signal: AbortSignal,
): Promise<ReadonlySet<number> | null> {
  const open = new Map(sources.map((source) => [source.id, source]));
  const shown = new Set<number>();
  for (const [start, own] of byWindow(units)) {
    const source = open.get(own[0].source_id);
    if (source === undefined) return null;
    try {
      for (const id of await shownIn(store, source, { start, units: own }, signal)) shown.add(id);
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
): Promise<readonly number[]> {
  const names = new Set<string>();
  for await (const refs of source.scan(windowFrom(start), signal)) {
    for (const ref of refs) {
      for (const name of namesOf(ref)) names.add(name);
      source.forget?.(ref);
    }
  }
  const pages = units.filter(({ kind }) => kind === "page");
  const others = units.filter((unit) => unit.kind !== "page" && names.has(unitHash(unit)));
  if (pages.length === 0) return others.map(({ id }) => id);
  // Which event came with which page is not known any more: all are there, or none counts.
  const known = unpack(await knownEvents(store.catalog, source.id, start));
  const whole = known.every((hash) => names.has(hash));
  return [...others, ...(whole ? pages : [])].map(({ id }) => id);
}

function namesOf(ref: UnitRef): readonly string[] {
  return ref.eventIds === undefined ? [unitHash(ref)] : ref.eventIds.map(eventHash);
}

const hourMs = 3_600_000;

function windowFrom(start: number) {
  return windowOf({ start, end: start === 0 ? 0 : start + hourMs });
}
