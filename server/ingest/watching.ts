import type { ListDeps } from "./look.ts";
import type { IngestDeps, IngestOptions, IngestSource } from "./options.ts";
import type { Progress } from "./progress.ts";
import type { Reading } from "./reading.ts";
import { hourMs, sinceMs } from "./schedule.ts";
import { hasClock } from "./source-time.ts";
import { tidy } from "./upkeep.ts";
import { Watch } from "./watch.ts";
import { realSleep } from "../lib/concurrency.ts";
import { markRefilled } from "../store/catalog/open-catalog.ts";
import { saveSource } from "../store/catalog/sources.ts";

const defaultPollMs = 60_000;
const lookAtBacklogMs = 5_000;
const tidyAgainMs = 600_000;
const amendAgainMs = 300_000;

/** Looks at sources: once at each, or again and again, and at those that come since. */
export interface Watching {
  /** Number of sources that were listed whole. */
  listOnce(): Promise<number>;
  /** Until the signal; amends what is read, and looks after the store, between two looks. Number of sources that it came to watch. */
  watch(): Promise<number>;
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
  readonly beginAnew: () => void;
}

export async function openWatching(
  deps: IngestDeps,
  options: IngestOptions,
  { beginAnew, given, isToBeginAnew, list, progress, reading }: WatchingParts,
): Promise<Watching> {
  const { sleep = realSleep, store } = deps;
  const { catalog, clock } = store;
  const { signal } = options;
  const pollMs = options.pollMs ?? defaultPollMs;
  const known = new Map<string, IngestSource>();
  // Whole hours: a window is read or left alone as a whole.
  const since = Math.floor(sinceMs(options.since, clock()) / hourMs) * hourMs;

  async function add(added: readonly IngestSource[]): Promise<void> {
    for (const { origin, source } of added) {
      const { id, kind, name, place, scope } = source;
      const target = { accountId: scope?.accountId ?? null, region: scope?.region ?? null };
      await saveSource(catalog, { id, kind, name, place, origin, ...target }, since);
    }
    for (const entry of added) known.set(entry.source.id, entry);
    await reading.add(added.map(({ source }) => source));
  }

  function watchOf({ cold = false, source }: IngestSource): Watch {
    return new Watch(list, source, { since, cold, pollMs, signal });
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
      const { waitMs } = (await hasClock(given)) ? await look(watch, clock() + pollMs) : { waitMs: pollMs };
      if (waitMs > 0) await sleep(waitMs, signal);
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
        watches.get(source.id)?.turn({ cold });
        const same = known.get(source.id);
        if (same !== undefined) known.set(source.id, { ...same, cold });
      }
      const fresh = found.filter(({ source }) => !watches.has(source.id));
      await add(fresh);
      fresh.forEach(begin);
    }

    return async (): Promise<void> => {
      await amendDue();
      await tidyDue();
      await findDue();
      if ((await hasClock(given)) && (await isToBeginAnew([...known.values()]))) beginAnew();
    };
  }

  await add(deps.sources);
  return {
    async listOnce() {
      const looks = await Promise.all(deps.sources.map((source) => look(watchOf(source), Infinity)));
      return looks.filter(({ whole }) => whole).length;
    },
    async watch() {
      const watches = new Map<string, Watch>();
      const watching: Promise<void>[] = [];
      const begin = (source: IngestSource) => {
        const watch = watchOf(source);
        watches.set(source.source.id, watch);
        watching.push(watchOn(watch));
      };
      deps.sources.forEach(begin);
      const doChores = openChores(watches, begin);
      while (!signal.aborted) {
        await sleep(Math.min(lookAtBacklogMs, pollMs), signal);
        if (!signal.aborted) await doChores();
      }
      await Promise.all(watching);
      return watches.size;
    },
    sources: () => [...known.values()],
  };
}
