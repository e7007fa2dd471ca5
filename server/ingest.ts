import { setMaxListeners } from "node:events";
import { uptime as uptimeSeconds } from "node:os";
import { addCounts, noCounts, type Counts } from "./domain/coverage.ts";
import { type AskAgain, openAskAgain } from "./ingest/ask-again.ts";
import { dropStaging, makeStaging } from "./ingest/commit.ts";
import type { ListDeps } from "./ingest/look.ts";
import type { IngestDeps, IngestOptions, IngestProgress } from "./ingest/options.ts";
import { Pages } from "./ingest/pages.ts";
import { openProgress } from "./ingest/progress.ts";
import { openReading } from "./ingest/reading.ts";
import { recoverLost } from "./ingest/recover.ts";
import { inSourceTime, requireClock } from "./ingest/source-time.ts";
import { tidy } from "./ingest/upkeep.ts";
import { openWatching } from "./ingest/watching.ts";
import { realSleep } from "./lib/concurrency.ts";
import { markRefilled } from "./store/catalog/open-catalog.ts";
import { knownEvents } from "./store/catalog/page-units.ts";
import { recoverUnits } from "./store/catalog/suspects.ts";
import { defaultRetention } from "./store/retain.ts";
import type { Store } from "./store/store.ts";

export type { IngestDeps, IngestOptions, IngestProgress } from "./ingest/options.ts";

export interface IngestRun {
  /** What this run added. */
  readonly counts: Counts;
  readonly progress: IngestProgress;
  readonly sources: number;
  /** Sources that could be listed whole. */
  readonly listed: number;
  /** Sources of which a part could be listed at least. */
  readonly reached: number;
  readonly interrupted: boolean;
  /** Code of a failure of our own (disk full, lease lost) that ended it; null: none. */
  readonly failure: string | null;
}

/** Sources → records → invocations and signals → store. What was refused is counted and named. */
export async function ingest(given: IngestDeps, options: IngestOptions): Promise<IngestRun> {
  const { catalog, clock } = inSourceTime(given).store;
  await requireClock(given);
  await recoverUnits(catalog, clock());
  const askAgain = openAskAgain(clock());
  let { sources } = given;
  for (let counts = noCounts; ;) {
    const anew = new AbortController();
    const signal = AbortSignal.any([options.signal, anew.signal]);
    // Every source and every open object listens to it.
    setMaxListeners(0, signal);
    const round = { askAgain, end: () => anew.abort() };
    const { known, ...run } = await ingestRound({ ...given, sources }, { ...options, signal }, round);
    counts = addCounts(counts, run.counts);
    const interrupted = options.signal.aborted;
    if (interrupted || !anew.signal.aborted) return { ...run, counts, interrupted };
    sources = known;
  }
}

interface Round {
  readonly askAgain: AskAgain;
  /** Ends what goes on; where none of it has failed, another round begins. */
  readonly end: () => void;
}

/** From the recovery of what was lost to the signal, or to the end of all that is due. */
async function ingestRound(
  given: IngestDeps,
  options: IngestOptions,
  round: Round,
): Promise<Omit<IngestRun, "interrupted"> & { readonly known: IngestDeps["sources"] }> {
  const deps = inSourceTime(given);
  const { lease, store } = deps;
  const retention = options.retention ?? defaultRetention;
  const sources = deps.sources.map(({ source }) => source);
  await recoverLost({ store, lease, sources, retention }, options.signal);
  const stagingDir = makeStaging(store);
  const run = await openRun({ given, deps, round }, options, stagingDir);
  const { progress, reading, watching } = run;
  const { feed } = reading;
  try {
    const read = feed.run(options.signal, () => progress.isListing, options.once);
    // One of them that fails ends the other.
    read.catch(round.end);
    const { listed, reached } = await (options.once ? watching.listOnce() : watching.watch()).catch(
      async (error: unknown) => {
        round.end();
        await read;
        throw error;
      },
    );
    feed.wake();
    await read;
    await reading.answered();
    if (options.once && !options.signal.aborted) {
      await reading.amend();
      // Segments are rewritten in the memory that the readers leave.
      await reading.close();
      await tidy(deps, options);
      const isWhole = options.isPart !== true && listed === deps.sources.length;
      if (isWhole && feed.failure === null) await markRefilled(store.catalog);
    }
    return {
      counts: feed.counts,
      progress: progress.now(),
      sources: deps.sources.length,
      listed,
      reached,
      failure: feed.failure,
      known: watching.sources(),
    };
  } finally {
    await reading.close();
    dropStaging(stagingDir);
  }
}

/** What lists and what reads, joined by the ledger: a listing wakes the feed. */
async function openRun(
  { deps, given, round }: { readonly deps: IngestDeps; readonly given: IngestDeps; readonly round: Round },
  options: IngestOptions,
  stagingDir: string,
) {
  const { sleep = realSleep, store, uptime = () => uptimeSeconds() * 1_000 } = deps;
  const { catalog, clock, log } = store;
  const progress = openProgress(options.onProgress);
  const pages = new Pages((sourceId, start) => knownEvents(catalog, sourceId, start));
  const chance = () => randomOf(store);
  const reading = await openReading(deps, options, { stagingDir, progress, pages, chance });
  const onUnits = (units: number) => {
    reading.feed.wake();
    progress.add({ units });
  };
  const list: ListDeps = { catalog, clock, chance, sleep, log, pages, uptime, onUnits };
  const { lease } = deps;
  const retention = options.retention ?? defaultRetention;
  const watching = await openWatching(deps, options, {
    given,
    list,
    progress,
    reading,
    end: round.end,
    isToBeginAnew: (known) =>
      round.askAgain.due({ store, lease, retention, sources: known.map(({ source }) => source) }, options.signal),
  });
  return { progress, reading, watching };
}

function randomOf({ random }: Store): number {
  return Buffer.from(random(6)).readUIntBE(0, 6) / 2 ** 48;
}
