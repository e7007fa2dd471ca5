import { createHash } from "node:crypto";
import type { SourceState } from "../domain/coverage.ts";
import { backoffMs } from "./failures.ts";
import type { Pages } from "./pages.ts";
import type { Sleep } from "../lib/clock.ts";
import { toldRefusal } from "../domain/refusal.ts";
import { errorCode } from "../lib/errors.ts";
import type { Log } from "../lib/log.ts";
import { isClosed, SourceError, type Source, type UnitRef, type Window } from "../sources/source.ts";
import { hourMs, nextPassAt } from "./schedule.ts";
import type { Catalog, ListedUnit } from "../store/catalog/ledger.ts";
import { beforeSince, openLeftOut } from "../store/catalog/left-out.ts";
import { noteListed } from "../store/catalog/settled-units.ts";
import { unpack } from "../store/catalog/event-hashes.ts";
import { setSourceState } from "../store/catalog/sources.ts";
import {
  closePass,
  notePassFailure,
  openWindows,
  type Pass,
  type WindowEntry,
  windowsOpened,
} from "../store/catalog/windows.ts";

export interface ListDeps {
  readonly catalog: Catalog;
  readonly clock: () => number;
  readonly chance: () => number;
  readonly sleep: Sleep;
  readonly log: Log;
  readonly pages: Pages;
  readonly onUnits: (fresh: number) => void;
  /** How long this machine has run, in ms: a clock that nobody can set. */
  readonly uptime: () => number;
}

const scanAttempts = 4;
/** After so many windows in a row that could not be listed the look ends: the next one begins again. */
const failuresInARow = 3;

/** The windows that a source has in a range, newest first; each is a hole until a pass over it is complete. Null if it can't tell. */
export async function openRange(
  deps: ListDeps,
  source: Source,
  range: { readonly from: number; readonly to: number },
  signal: AbortSignal,
): Promise<readonly Window[] | null> {
  const windows: Window[] = [];
  const iso = { from: new Date(range.from).toISOString(), to: new Date(range.to).toISOString() };
  try {
    for await (const window of source.windows(iso, deps.clock())) windows.push(window);
  } catch (error) {
    await listingFailed(deps, source, error, signal);
    return null;
  }
  await openWindows(deps.catalog, source.id, windows.map(entryOf));
  return windows;
}

export interface Look {
  readonly windows: readonly Window[];
  /** After this time no further window is begun. */
  readonly until: number;
}

/** How a look ended: `error` is the last one that was met. */
export interface LookEnd {
  /** Every listing was made and was complete. */
  readonly whole: boolean;
  /** A listing was made, of a part of the place at least. */
  readonly some: boolean;
  readonly error: unknown;
}

/** Lists windows, newest first; no window stops another one. */
export async function look(deps: ListDeps, source: Source, task: Look, signal: AbortSignal): Promise<LookEnd> {
  const found = openFindings(deps, source.id);
  try {
    // A window that the ledger has was to be read when it was first seen, however far back that is by now.
    return await scanEach(deps, source, { ...task, found, isOpened: () => true }, signal);
  } finally {
    await found.save();
  }
}

/** Lists what has come in `[from, to)`, beside all windows. What lies in a window that was never opened is counted and not read. */
export async function lookAtTail(
  deps: ListDeps,
  source: Source,
  range: readonly [from: number, to: number],
  signal: AbortSignal,
): Promise<LookEnd> {
  const { tail } = source;
  if (tail === undefined) throw new Error(`a source of kind ${source.kind} has no tail`);
  const found = openFindings(deps, source.id);
  try {
    const [from, to] = range;
    const opened = await windowsOpened(deps.catalog, source.id, { from, to });
    const isOpened = (start: number) => opened.has(start);
    const error = await patiently(deps, signal, async () => {
      for await (const refs of tail(range, signal)) await noteRefs(deps, source, refs, { found, isOpened });
    });
    if (error !== null) await listingFailed(deps, source, error, signal);
    const whole = error === null && !signal.aborted;
    return { whole, some: whole, error };
  } finally {
    await found.save();
  }
}

async function scanEach(deps: ListDeps, source: Source, task: Scan & Look, signal: AbortSignal): Promise<LookEnd> {
  let failed = 0;
  let inARow = 0;
  let some = false;
  let last: unknown = null;
  for (const window of task.windows) {
    if (signal.aborted || deps.clock() > task.until) return { whole: false, some, error: last };
    const error = await patiently(deps, signal, () => scanOnce(deps, source, window, task, signal));
    const isListed = error === null || isPart(error);
    inARow = isListed ? 0 : inARow + 1;
    some ||= isListed;
    if (error === null) continue;
    if (signal.aborted) return { whole: false, some, error };
    last = error;
    failed += 1;
    await task.found.save();
    await listingFailed(deps, source, error, signal);
    await notePassFailure(deps.catalog, source.id, entryOf(window).start, errorCode(error));
    if (isClosed(error) || inARow >= failuresInARow) break;
  }
  return { whole: failed === 0, some, error: last };
}

/** The error of the last try, or null. Throws what is not the source's. */
export async function patiently(deps: ListDeps, signal: AbortSignal, work: () => Promise<void>): Promise<unknown> {
  for (let failures = 1; ; failures += 1) {
    try {
      await work();
      return null;
    } catch (error) {
      if (isOurs(error)) throw error;
      if (signal.aborted || isFinal(error) || failures >= scanAttempts) return error;
      // What is still being written, and a busy service, want at least a second.
      await deps.sleep(1_000 + backoffMs(failures, deps.chance()), signal);
    }
  }
}

/** The catalog could not be written: the source is not to blame. */
function isOurs(error: unknown): boolean {
  return errorCode(error).startsWith("SQLITE_");
}

/** Trying at once again would change nothing. */
function isFinal(error: unknown): boolean {
  return isClosed(error) || isPart(error);
}

/** A part of the place could not be listed: other windows can be. */
function isPart(error: unknown): boolean {
  return error instanceof SourceError && error.isPart;
}

async function scanOnce(
  deps: ListDeps,
  source: Source,
  window: Window,
  task: Scan,
  signal: AbortSignal,
): Promise<void> {
  const at = deps.clock();
  const seen = openDigest();
  let units = 0;
  for await (const refs of source.scan(window, signal)) {
    for (const ref of refs) for (const name of ref.eventIds ?? [JSON.stringify([ref.key, ref.version])]) seen.add(name);
    units += refs.length;
    await noteRefs(deps, source, refs, task);
  }
  const { end, start } = entryOf(window);
  const { kind } = source;
  const uptime = kind === "folder" ? deps.uptime() : null;
  await task.found.pass({ start, digest: seen.value(), units, at, nextPassAt: nextPassAt(kind, end, at), uptime });
}

/** Units of a listing, less the pages that show nothing new. */
async function noteRefs({ pages }: ListDeps, source: Source, refs: readonly UnitRef[], task: Scan): Promise<void> {
  for (const ref of refs) {
    const unit = listed(ref, task);
    const events = ref.eventIds === undefined ? null : await pages.put(source.id, ref);
    // Each at once: what was put is on its way, whatever becomes of the next one.
    if (events !== null) await task.found.unit({ ...unit, events });
    else if (ref.eventIds === undefined) await task.found.unit(unit);
    else source.forget?.(ref);
  }
}

interface Findings {
  unit(unit: ListedUnit): Promise<void>;
  pass(pass: Pass): Promise<void>;
  save(): Promise<void>;
}

interface Scan {
  readonly found: Findings;
  /** Whether the window that begins then is one of those that are read. */
  readonly isOpened: (start: number) => boolean;
}

const savedUnits = 500;
const savedAfterMs = 500;

/** What a listing showed, put into the ledger a few windows at a time: units before the pass that ends with them. */
function openFindings({ catalog, clock, onUnits, pages }: ListDeps, sourceId: string): Findings {
  let units: ListedUnit[] = [];
  let passes: Pass[] = [];
  let savedAt = clock();

  async function save(): Promise<void> {
    const [listed, closed] = [units, passes];
    [units, passes, savedAt] = [[], [], clock()];
    if (listed.length === 0 && closed.length === 0) return;
    const fresh = await saved(listed, closed).catch(async (error: unknown) => {
      // Their passes have not ended: the next one lists them anew, and must find no event on its way.
      for (const { events, window } of listed)
        if (events !== undefined) await pages.gone(sourceId, window, unpack(events));
      throw error;
    });
    if (fresh > 0) onUnits(fresh);
  }

  function saved(listed: readonly ListedUnit[], closed: readonly Pass[]): Promise<number> {
    return catalog.transaction().execute(async (trx) => {
      await openLeftOut(trx, sourceId, listed.filter(({ ignored }) => ignored === beforeSince).map(hourOf));
      const noted = await noteListed(trx, sourceId, listed, clock());
      for (const pass of closed) await closePass(trx, sourceId, pass, clock());
      return noted;
    });
  }

  async function saveWhenMany(): Promise<void> {
    if (units.length + passes.length >= savedUnits || clock() - savedAt >= savedAfterMs) await save();
  }

  return {
    unit(added) {
      units.push(added);
      return saveWhenMany();
    },
    pass(pass) {
      passes.push(pass);
      return saveWhenMany();
    },
    save,
  };
}

export function windowOf({ end, start }: WindowEntry): Window {
  if (start === 0) return { start: "flat", end: "flat" };
  return { start: new Date(start).toISOString(), end: new Date(end).toISOString() };
}

function hourOf({ window }: ListedUnit): WindowEntry {
  return { start: window, end: window + hourMs };
}

/** A hash of a set of names, whatever their order and however often each comes. */
function openDigest() {
  const names = new Set<string>();
  return {
    add: (name: string) => void names.add(createHash("sha256").update(name).digest("base64")),
    value: () =>
      createHash("sha256")
        .update([...names].toSorted().join("\n"))
        .digest("hex"),
  };
}

export function entryOf({ end, start }: Window): WindowEntry {
  return start === "flat" ? { start: 0, end: 0 } : { start: Date.parse(start), end: Date.parse(end) };
}

function listed(ref: UnitRef, { isOpened }: Pick<Scan, "isOpened">): ListedUnit {
  const window = ref.window === "flat" ? 0 : Date.parse(ref.window);
  return {
    kind: ref.kind,
    key: ref.key,
    version: ref.version,
    size: ref.size,
    lastModified: ref.lastModified === null ? null : Date.parse(ref.lastModified),
    window,
    ignored: ref.ignored ?? (isOpened(window) ? null : beforeSince),
  };
}

/** S3 refuses a bucket of another owner in the words of a right that is missing. */
function whyNot({ kind }: Source, error: unknown): string {
  const code = errorCode(error);
  if (isPart(error)) return `a part of it could not be listed: ${toldRefusal(code)}`;
  const owner =
    kind === "s3" && code === "AccessDenied" ? " (no right to list it, or it belongs to another account)" : "";
  return `listing failed: ${toldRefusal(code)}${owner}`;
}

const stateOf: ReadonlyMap<string, SourceState> = new Map([
  ["refused", "denied"],
  ["gone", "missing"],
]);

/** Puts into the ledger, and into the log, that a source could not be listed. */
export async function listingFailed(
  { catalog, clock, log }: ListDeps,
  source: Source,
  error: unknown,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return;
  const errorClass = error instanceof SourceError ? error.class : "transport";
  const code = errorCode(error);
  const state = isPart(error) ? "degraded" : (stateOf.get(errorClass) ?? "degraded");
  await setSourceState(catalog, source.id, { state, reason: whyNot(source, error), at: clock() });
  log.warn({ event: "listing-failed", sourceId: source.id, code });
}
