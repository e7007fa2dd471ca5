import type { ListDeps } from "./look.ts";
import { defaultPollMs, type IngestDeps, type IngestOptions, type IngestSource, stoppedMs } from "./options.ts";
import type { Progress } from "./progress.ts";
import type { Reading } from "./reading.ts";
import { hourMs, sinceMs } from "./schedule.ts";
import { hasClock } from "./source-time.ts";
import { tidy } from "./upkeep.ts";
import { type Looked, Watch } from "./watch.ts";
import { realSleep } from "../lib/concurrency.ts";
import { errorCode, withRemedy } from "../lib/errors.ts";
import { markRefilled } from "../store/catalog/open-catalog.ts";
import type { Source } from "../sources/source.ts";
import { saveSource, setRetired } from "../store/catalog/sources.ts";
import { diskTrouble } from "../store/disk-trouble.ts";

const lookAtBacklogMs = 5_000;
const tidyAgainMs = 600_000;
const amendAgainMs = 300_000;

/** Numbers of sources: of those that were listed whole, and of those of which something was. */
export interface Reached {
  readonly listed: number;
  readonly reached: number;
}

/** Looks at sources: once at each, or again and again, and at those that come since. */
export interface Watching {
  listOnce(): Promise<Reached>;
  /** Until the signal; amends what is read, and looks after the store, between two looks. All sources that it came to watch count. */
  watch(): Promise<Reached>;
  /** Those that it was given and those that it has found since. */
  sources(): readonly IngestSource[];
}

export interface WatchingParts {
  /** Its clock is that of the machine: `deps` follow the sources' time. */
  readonly given: IngestDeps;
  readonly list: ListDeps;
  readonly progress: Progress;
  readonly reading: Reading;
  /** Asked between two looks: whether reading is to end and to begin anew. */
  readonly isToBeginAnew: (sources: readonly IngestSource[]) => Promise<boolean>;
  /** Ends all that goes on. */
  readonly end: () => void;
}

export async function openWatching(
  deps: IngestDeps,
  options: IngestOptions,
  { end, given, isToBeginAnew, list, progress, reading }: WatchingParts,
): Promise<Watching> {
  const { sleep = realSleep, store } = deps;
  const { catalog, clock, log } = store;
  const { signal } = options;
  const pollMs = options.pollMs ?? defaultPollMs;
  const againMs = stoppedMs(options);
  const known = new Map<string, IngestSource>();
  // Whole hours: a window is read or left alone as a whole.
  const since = Math.floor(sinceMs(options.since, clock()) / hourMs) * hourMs;

  async function save({ origin, retired, source }: Omit<IngestSource, "cold">): Promise<void> {
    const { id, kind, name, place, scope } = source;
    const target = { accountId: scope?.accountId ?? null, region: scope?.region ?? null };
    await saveSource(catalog, { id, kind, name, place, origin, ...target }, since);
    if (retired === true) await setRetired(catalog, id, { origin, retired, at: clock() });
  }

  async function add(added: readonly IngestSource[]): Promise<void> {
    for (const entry of added) await save(entry);
    for (const entry of added) known.set(entry.source.id, entry);
    await reading.add(added.map(({ source }) => source));
  }

  function watchOf({ cold = false, origin, source }: IngestSource): Watch {
    const onMoved = (moved: Source) => save({ origin, source: moved });
    return new Watch(list, source, { since, cold, pollMs, signal, onMoved });
  }

  async function look(watch: Watch, until: number) {
    try {
      return await progress.whileListing(() => watch.look(until));
    } finally {
      reading.feed.wake();
    }
  }

  /** Looks at a source again and again. */
  async function watchOn(watch: Watch): Promise<void> {
    while (!signal.aborted) {
      let waitMs = pollMs;
      const part = `look ${watch.sourceId}`;
      const looked = await unlessStopped(part, async () => {
        if (await hasClock(given)) ({ waitMs } = await look(watch, clock() + pollMs));
      });
      if (!looked) waitMs = againMs;
      if (waitMs > 0) await sleep(waitMs, signal);
    }
  }

  /** Does some work of a run that goes on. False: the disk has stopped it, which is told until it is done. */
  async function unlessStopped(part: string, work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      progress.stop(part, null);
      return true;
    } catch (error) {
      const trouble = diskTrouble(errorCode(error), store.paths.root);
      if (trouble === null) throw error;
      if (!signal.aborted) log.warn({ event: "ingest-stopped", code: errorCode(error) });
      progress.stop(part, withRemedy(trouble));
      return false;
    }
  }

  /** What is due between two looks, each with a time of its own. */
  function openChores(watches: ReadonlyMap<string, Watch>, begin: (source: IngestSource) => void) {
    // The end of the first back-fill is tidied at once.
    let tidied = { at: clock() - tidyAgainMs, records: 0 };
    let askedAt = clock();
    let amendedAt = clock();

    async function amendDue(): Promise<void> {
      if (clock() - amendedAt < amendAgainMs) return;
      await reading.amend();
      amendedAt = clock();
    }

    async function tidyDue(): Promise<void> {
      const { records } = progress.now();
      const isRead = !progress.isListing && !reading.feed.busy && records > tidied.records;
      if (clock() - tidied.at < (isRead ? tidyAgainMs : hourMs) || !(await hasClock(given))) return;
      await tidy(deps, options);
      if (isRead && options.isPart !== true) await markRefilled(catalog);
      tidied = { at: clock(), records };
    }

    async function findDue(): Promise<void> {
      if (clock() - askedAt < hourMs) return;
      askedAt = clock();
      const found = (await deps.moreSources?.()) ?? [];
      reading.addPlaces(found.map(({ source }) => source));
      for (const { cold = false, source } of found) {
        const same = known.get(source.id);
        if (same === undefined) continue;
        watches.get(source.id)?.turn({ cold, source });
        const isMoved = source.place !== same.source.place;
        if (isMoved) await reading.add([source]);
        known.set(source.id, { ...same, cold, ...(isMoved ? { source } : {}) });
      }
      const fresh = found.filter(({ source }) => !watches.has(source.id));
      await add(fresh);
      fresh.forEach(begin);
    }

    async function beginAnewDue(): Promise<void> {
      if ((await hasClock(given)) && (await isToBeginAnew([...known.values()]))) end();
    }

    const chores = Object.entries({ amendDue, tidyDue, findDue, beginAnewDue });
    const stoppedAt = new Map<string, number>();
    // What the disk stops stops no other one: clearing away makes room.
    return async (): Promise<void> => {
      for (const [name, work] of chores) {
        if (clock() - (stoppedAt.get(name) ?? -Infinity) < againMs) continue;
        if (!(await unlessStopped(name, work))) stoppedAt.set(name, clock());
      }
    };
  }

  await add(deps.sources);
  return {
    async listOnce() {
      const looks = await Promise.allSettled(deps.sources.map((source) => look(watchOf(source), Infinity)));
      const failed = looks.find(({ status }) => status === "rejected");
      if (failed?.status === "rejected") throw failed.reason;
      const count = (is: (looked: Looked) => boolean) =>
        looks.filter((ended) => ended.status === "fulfilled" && is(ended.value)).length;
      return { listed: count(({ whole }) => whole), reached: count(({ some }) => some) };
    },
    async watch() {
      const watches = new Map<string, Watch>();
      const watching: Promise<void>[] = [];
      const begin = (source: IngestSource) => {
        const watch = watchOf(source);
        watches.set(source.source.id, watch);
        const on = watchOn(watch);
        // One that fails ends the others; the failure is thrown when they have ended.
        on.catch(end);
        watching.push(on);
      };
      deps.sources.forEach(begin);
      const doChores = openChores(watches, begin);
      try {
        while (!signal.aborted) {
          await sleep(Math.min(lookAtBacklogMs, pollMs), signal);
          if (!signal.aborted) await doChores();
        }
      } finally {
        end();
        await Promise.allSettled(watching);
      }
      await Promise.all(watching);
      return { listed: watches.size, reached: watches.size };
    },
    sources: () => [...known.values()],
  };
}
