import type { Counts } from "../domain/coverage.ts";
import { addCounts, noCounts } from "../domain/coverage.ts";
import type { Claims } from "./claims.ts";
import { commitGroup, dropStaging, type CommitDeps } from "./commit.ts";
import { damageFailure, sourceFailure, wholeAttempts, type FailureContext, type UnitFailure } from "./failures.ts";
import type { Pages } from "./pages.ts";
import type { UnitJob } from "./protocol.ts";
import { GroupSpoiled, type GroupReading, type GroupUnit, type Readers } from "./readers.ts";
import type { Sleep } from "../lib/clock.ts";
import { errorCode, withRemedy } from "../lib/errors.ts";
import type { OpenedUnit, Source, UnitRef } from "../sources/source.ts";
import { CatalogReplaced } from "../store/catalog/dialect.ts";
import { type Hold, listHolds } from "../store/catalog/holds.ts";
import { areWaiting, failUnit, giveBack, nextAttemptAt, takeUnits, type Unit } from "../store/catalog/ledger.ts";
import { bytesOf, eventHash, pack, unpack } from "../store/catalog/event-hashes.ts";
import { suspectUnits } from "../store/catalog/suspects.ts";
import { askForNewer } from "../store/catalog/windows.ts";
import { clearWriteFailure, noteWriteFailure } from "../store/catalog/write-failure.ts";
import { isOutcomeUnknown, LeaseLost } from "../store/commit.ts";
import { diskTrouble } from "../store/disk-trouble.ts";
import type { Retention } from "../store/retain.ts";

export interface FeedDeps extends CommitDeps {
  readonly readers: Readers;
  readonly claims: Claims;
  readonly pages: Pages;
  readonly stagingDir: string;
  readonly sleep: Sleep;
  /** After we failed nothing is begun for so long. */
  readonly stoppedMs: number;
  readonly retention: Retention;
  readonly onUnits: (done: number) => void;
  /** Why nothing is stored now, in our words; null: it is again. */
  readonly onStopped: (why: string | null) => void;
  /** ARNs in a committed group that nothing explains yet. */
  readonly onUnexplained: (arns: readonly string[]) => void;
}

const groupBytes = 4 * 2 ** 20;
/** Waits end with what they wait for, and at the latest after this time. */
const longestWaitMs = 30_000;
/** A run that shall end waits this long in all for units that a transport error sent back. */
const shortWaitMs = 20_000;
/** While a listing goes on, groups start no faster: each becomes a commit. */
const lingerMs = 1_000;
const dayMs = 86_400_000;

/** Takes waiting units from the ledger, has them read and commits them. */
export class Feed {
  counts: Counts = noCounts;
  /** Set when we ourselves fail (disk full, lease lost): no more units are taken. */
  failure: string | null = null;
  readonly #deps: FeedDeps;
  readonly #sources = new Map<string, Source>();
  readonly #failures = new Map<number, number>();
  readonly #running = new Set<Promise<void>>();
  #commits: Promise<unknown> = Promise.resolve();
  #nextGroup = 2;
  /** A suspect is being read: nothing beside it, so that a death is laid to the right one. */
  #suspecting = false;
  /** The catalog says that a commit failed, maybe one of a run before this one. */
  #tellsFailure = true;
  /** Nothing can be written any more by this run: the catalog was replaced, or the lease is lost. */
  #over: CatalogReplaced | LeaseLost | null = null;
  /** We failed, and have not written since. */
  #isStopped = false;
  /** Could not be given back when we failed: the ledger says that they are being read. */
  #left: Unit[] = [];
  /** Their commit had no answer. */
  #inDoubt: ReadUnits[] = [];
  #patienceMs = shortWaitMs;
  #lastStart = 0;
  #wakeUp: () => void = () => undefined;
  /** Something has happened since the last step began: none that comes while one goes on may be slept over. */
  #isWoken = false;

  constructor(deps: FeedDeps) {
    this.#deps = deps;
  }

  add(sources: readonly Source[]): void {
    for (const source of sources) this.#sources.set(source.id, source);
    this.wake();
  }

  /** Whether units are being read or committed. */
  get busy(): boolean {
    return this.#running.size > 0;
  }

  /** New units were listed. */
  wake(): void {
    this.#isWoken = true;
    this.#wakeUp();
  }

  /** Until nothing is left that is due; `listing` tells whether more may come. */
  async run(signal: AbortSignal, listing: () => boolean, once: boolean): Promise<void> {
    while (!signal.aborted) {
      if (this.#over !== null) throw this.#over;
      if (once && this.failure !== null) break;
      if (this.failure !== null) {
        await this.#sitOut(signal);
        continue;
      }
      this.#isWoken = false;
      const waitMs = await this.#step(signal, listing, once).catch(async (error: unknown) => {
        await this.#weFailed(error, []);
        return 0;
      });
      if (waitMs === null) break;
      if (waitMs > 0) await this.#pause(waitMs, signal);
    }
    await Promise.all(this.#running);
  }

  /** After we failed nothing is begun for a while, whatever is listed meanwhile. */
  async #sitOut(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#running);
    this.#deps.claims.reload();
    await this.#deps.sleep(this.#deps.stoppedMs, signal);
    if (!signal.aborted) this.failure = null;
  }

  /** Starts a group if it can; else how long to wait for something to happen, null when nothing can happen any more. */
  async #step(signal: AbortSignal, listing: () => boolean, once: boolean): Promise<number | null> {
    await this.#giveBackLeft();
    await this.#findWritten();
    if (await this.#startOne(signal, listing())) return 0;
    if (this.#running.size === 0 && this.#isStopped) await this.#writes();
    return this.#waitMs(once, listing());
  }

  /** How long to wait for something to happen; null when nothing can happen any more. */
  async #waitMs(once: boolean, listing: boolean): Promise<number | null> {
    if (this.#running.size > 0 && this.#deps.readers.free() <= 0) return longestWaitMs;
    if (listing && this.#isLingering()) return lingerMs;
    const now = this.#deps.store.clock();
    const next = await nextAttemptAt(this.#deps.store.catalog, [...this.#sources.keys()]);
    const waitMs = next === null ? null : Math.max(next - now, 10);
    // What is listed, and the end of a group or of all listings, wakes it.
    if (!once || listing || this.#running.size > 0) return Math.min(waitMs ?? longestWaitMs, longestWaitMs);
    if (waitMs === null || waitMs > this.#patienceMs) return null;
    this.#patienceMs -= waitMs;
    return waitMs;
  }

  #isLingering(): boolean {
    return this.#deps.store.clock() - this.#lastStart < lingerMs;
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#isWoken) return;
    const woken = new Promise<void>((resolve) => (this.#wakeUp = resolve));
    const stop = new AbortController();
    await Promise.race([woken, this.#deps.sleep(ms, AbortSignal.any([signal, stop.signal]))]);
    stop.abort();
  }

  /** Starts one group, if a reader is free and a source has units. */
  async #startOne(signal: AbortSignal, listing: boolean): Promise<boolean> {
    if (this.#suspecting || this.#deps.readers.free() <= 0) return false;
    const { catalog, clock } = this.#deps.store;
    if (listing && this.#isLingering()) return false;
    const sourceIds = [...this.#sources.keys()];
    const alone = this.#running.size === 0;
    const units = await takeUnits(catalog, { sourceIds, now: clock(), maxBytes: groupBytes, alone });
    if (units.length === 0) return false;
    this.#lastStart = clock();
    this.#suspecting = units.some(({ suspect }) => suspect > 0);
    const running = this.#readGroup(units, signal).finally(() => {
      this.#suspecting = false;
      this.#running.delete(running);
      this.wake();
    });
    this.#running.add(running);
    return true;
  }

  /** Reads and commits one group; whatever happens, every unit has a state afterwards. */
  async #readGroup(units: readonly Unit[], signal: AbortSignal): Promise<void> {
    const { claims, readers, stagingDir, store } = this.#deps;
    const id = this.#nextGroup++;
    claims.open(id);
    let kept = false;
    let read: ReadUnits | null = null;
    try {
      const held = await listHolds(store.catalog);
      const group = units.map((unit) => this.#groupUnit(unit, held));
      const reading = await readers.read({ id, units: group.map(({ unit }) => unit) }, signal);
      if (signal.aborted || !claims.close(id)) return await giveBack(store.catalog, units);
      const pages = new Map(group.flatMap(({ page, unit }) => (page === null ? [] : [[unit.job.unitId, page]])));
      read = { units, reading, pages };
      await this.#commit(units, reading, pages);
      kept = true;
      if (this.#tellsFailure) await this.#writes();
      await this.#settle(units, reading, pages);
      this.#deps.onUnits(units.length);
      this.#deps.onUnexplained(reading.staged.unexplained);
    } catch (error) {
      // Before anybody can take over what this group has claimed.
      if (read !== null && !kept && isOutcomeUnknown(error)) {
        claims.doubt();
        this.#inDoubt.push(read);
      }
      // What was committed is done: it is not given back.
      await this.#groupFailed(units, error, signal).catch((ours: unknown) => this.#weFailed(ours, units));
    } finally {
      claims.settle(id, kept);
      dropStaging(stagingDir, id);
    }
  }

  /** One commit at a time: each builds on the one before it. */
  async #commit(units: readonly Unit[], { staged }: GroupReading, pages: ReadonlyMap<number, OpenPage>): Promise<void> {
    if (staged.units.length === 0) return;
    const work = {
      units: new Map(units.map((unit) => [unit.id, unit])),
      staged,
      pages: new Map([...pages].map(([id, { came, gone }]) => [id, { came: pack(came), gone: pack(gone) }])),
    };
    const committed = this.#commits.then(() => commitGroup(this.#deps, work));
    this.#commits = committed.catch(() => undefined);
    this.counts = addCounts(this.counts, await committed);
    this.#deps.store.log.info({
      event: "segments-committed",
      units: staged.units.length,
      segments: staged.files.length,
      conflicts: staged.conflicts.length,
    });
  }

  #groupUnit(unit: Unit, held: readonly Hold[]): { readonly unit: GroupUnit; readonly page: OpenPage | null } {
    const source = this.#sourceOf(unit);
    const page = unit.events === null ? null : { came: new Set<string>(), gone: new Set(unpack(bytesOf(unit.events))) };
    const open = async (signal: AbortSignal): Promise<OpenedUnit> => {
      if (page === null) return source.open(refOf(unit), signal);
      const opened = await source.open(refOf(unit), signal, (id) => page.gone.has(eventHash(id)));
      for (const hash of (opened.eventIds ?? []).map(eventHash)) if (page.gone.delete(hash)) page.came.add(hash);
      return opened;
    };
    return { unit: { job: this.#job(source, unit, held), size: unit.size, open }, page };
  }

  #sourceOf({ source_id: id }: Unit): Source {
    const source = this.#sources.get(id);
    if (source === undefined) throw new Error(`source ${id} is not open`);
    return source;
  }

  #job({ kind, scope }: Source, unit: Unit, held: readonly Hold[]): UnitJob {
    const now = this.#deps.store.clock();
    const { content, invocations } = this.#deps.retention;
    return {
      unitId: unit.id,
      sourceId: unit.source_id,
      kind,
      scope,
      salvage: unit.attempts >= wholeAttempts && unit.error_code !== null ? { from: unit.bytes } : null,
      // A person asked for what lies in a folder: it has no age.
      retention:
        kind === "folder" ? null : { invocations: now - invocations * dayMs, content: now - content * dayMs, held },
      ingestedAt: new Date(now).toISOString(),
      maxBytes: unit.max_bytes,
    };
  }

  /** After the commit: what was read is known, and what did not come, or came damaged, has failed. */
  async #settle(
    units: readonly Unit[],
    { failed, staged }: GroupReading,
    opened: ReadonlyMap<number, OpenPage>,
  ): Promise<void> {
    const { pages } = this.#deps;
    const read = new Set(staged.units.map(({ unitId }) => unitId));
    const damaged = new Map(staged.damaged.map((damage) => [damage.unitId, damage]));
    for (const unit of units) {
      const { source_id: id, window_start: start } = unit;
      const { came, gone } = opened.get(unit.id) ?? noEvents;
      if (read.has(unit.id)) {
        this.#failures.delete(unit.id);
        await pages.committed(id, start, came);
        await pages.gone(id, start, gone);
        continue;
      }
      const damage = damaged.get(unit.id);
      const context = this.#context(unit);
      const failure =
        damage === undefined ? sourceFailure(failed.get(unit.id), context) : damageFailure(damage, context);
      if (failure.state === "listed") this.#failures.set(unit.id, context.failures);
      await this.#failed(unit, failure);
      // What it showed may come again.
      if (failure.state === "vanished") await pages.gone(id, start, gone);
    }
  }

  /** Of the commits that had no answer, those that were written count like any other, and what they brought is known. */
  async #findWritten(): Promise<void> {
    const { catalog } = this.#deps.store;
    for (let one = this.#inDoubt[0]; one !== undefined; one = this.#inDoubt[0]) {
      const { pages, reading, units } = one;
      const read = new Map(reading.staged.units.map((result) => [result.unitId, result]));
      if (!(await areWaiting(catalog, [...read.keys()]))) {
        for (const { counts } of read.values()) this.counts = addCounts(this.counts, counts);
        for (const { id, source_id: source, window_start: start } of units) {
          const { came, gone } = (read.has(id) ? pages.get(id) : null) ?? noEvents;
          await this.#deps.pages.committed(source, start, came);
          await this.#deps.pages.gone(source, start, gone);
        }
        this.#deps.onUnits(read.size);
        this.#deps.onUnexplained(reading.staged.unexplained);
      }
      this.#inDoubt.shift();
    }
  }

  async #failed(unit: Unit, failure: UnitFailure): Promise<void> {
    const { catalog } = this.#deps.store;
    await failUnit(catalog, unit, failure);
    if (failure.state === "replaced") await askForNewer(catalog, unit);
  }

  /** What stopped us is over. */
  async #writes(): Promise<void> {
    await clearWriteFailure(this.#deps.store.catalog);
    this.#tellsFailure = false;
    this.#isStopped = false;
    this.#deps.onStopped(null);
  }

  /** We ourselves failed (disk full): no more units are taken until it is tried again. */
  async #weFailed(error: unknown, units: readonly Unit[]): Promise<void> {
    const { catalog, clock, log, paths } = this.#deps.store;
    const code = error instanceof GroupSpoiled ? error.code : errorCode(error);
    this.failure = code;
    if (error instanceof CatalogReplaced || error instanceof LeaseLost) this.#over = error;
    log.error({ event: "ingest-failed", code });
    const trouble = diskTrouble(code, paths.root);
    this.#deps.onStopped(trouble === null ? `a commit failed (${code})` : withRemedy(trouble));
    this.#isStopped = true;
    // For those who only read the store, if it can still be told.
    if (!(error instanceof LeaseLost)) {
      this.#tellsFailure = true;
      await noteWriteFailure(catalog, { code, at: clock() }).catch(() => undefined);
    }
    await giveBack(catalog, units).catch(() => this.#left.push(...units));
  }

  async #giveBackLeft(): Promise<void> {
    if (this.#left.length === 0) return;
    await giveBack(this.#deps.store.catalog, this.#left);
    this.#left = [];
  }

  #context(unit: Unit): FailureContext {
    const { chance, store } = this.#deps;
    const failures = (this.#failures.get(unit.id) ?? 0) + 1;
    return { now: store.clock(), attempts: unit.attempts, failures, chance: chance() };
  }

  /** What of the group was not committed is to be read again. Throws where it was not the group that failed. */
  async #groupFailed(units: readonly Unit[], error: unknown, signal: AbortSignal): Promise<void> {
    const { catalog } = this.#deps.store;
    if (error instanceof GroupSpoiled && error.died) return suspectUnits(catalog, units);
    // A group that was dropped in the middle shows nothing of its units or of us.
    if (error instanceof GroupSpoiled && signal.aborted) return giveBack(catalog, units);
    if (error instanceof GroupSpoiled && error.damage !== null) {
      const { damage } = error;
      const spoiler = units.find(({ id }) => id === damage.unitId);
      await giveBack(
        catalog,
        units.filter((unit) => unit !== spoiler),
      );
      if (spoiler !== undefined) await failUnit(catalog, spoiler, damageFailure(damage, this.#context(spoiler)));
      return;
    }
    if (error instanceof GroupSpoiled && error.unitId !== null) {
      // The source cut a unit whose first rows were written already.
      const { unitId } = error;
      await giveBack(catalog, units);
      for (const unit of units.filter(({ id }) => id === unitId)) {
        const context = this.#context(unit);
        this.#failures.set(unit.id, context.failures);
        await this.#failed(unit, sourceFailure(error, context));
      }
      return;
    }
    throw error;
  }
}

/** Hashes of the events of a page: until it is opened, all are gone. */
interface OpenPage {
  readonly came: Set<string>;
  readonly gone: Set<string>;
}

interface ReadUnits {
  readonly units: readonly Unit[];
  readonly reading: GroupReading;
  readonly pages: ReadonlyMap<number, OpenPage>;
}

const noEvents: OpenPage = { came: new Set(), gone: new Set() };

/** The unit as its source listed it. */
export function refOf(unit: Unit): UnitRef {
  return {
    kind: unit.kind as UnitRef["kind"],
    key: unit.key,
    version: unit.version,
    size: unit.size,
    lastModified: unit.last_modified === null ? null : new Date(unit.last_modified).toISOString(),
    window: unit.window_start === 0 ? "flat" : new Date(unit.window_start).toISOString(),
    ignored: null,
  };
}
