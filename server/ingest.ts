import { setMaxListeners } from "node:events";
import { availableParallelism, uptime as uptimeSeconds } from "node:os";
import type { Counts } from "./domain/coverage.ts";
import { openAmender } from "./ingest/amend.ts";
import { batchSizes } from "./ingest/batch.ts";
import { openBodies } from "./ingest/bodies.ts";
import { Claims } from "./ingest/claims.ts";
import { dropStaging, makeStaging } from "./ingest/commit.ts";
import { Feed } from "./ingest/feed.ts";
import { unitLimits, type UnitLimits } from "./ingest/gunzip.ts";
import type { ListDeps } from "./ingest/look.ts";
import { Pages } from "./ingest/pages.ts";
import { openReaders, type Readers, type ReadersDeps } from "./ingest/readers.ts";
import { recoverLost } from "./ingest/recover.ts";
import { sinceMs } from "./ingest/schedule.ts";
import { loadIdentities, storedCopy } from "./ingest/stored.ts";
import { openModels, type ModelLookup } from "./ingest/models.ts";
import { Watch } from "./ingest/watch.ts";
import type { Clock, Sleep } from "./lib/clock.ts";
import { realSleep } from "./lib/concurrency.ts";
import { errorCode } from "./lib/errors.ts";
import type { Source } from "./sources/source.ts";
import { noteFinding } from "./store/catalog/source-findings.ts";
import { saveSource } from "./store/catalog/sources.ts";
import { recoverUnits } from "./store/catalog/suspects.ts";
import { knownEvents } from "./store/catalog/page-units.ts";
import { markRefilled } from "./store/catalog/open-catalog.ts";
import { preferredCopies } from "./store/catalog/preferred-copies.ts";
import { heldQuarantine } from "./store/catalog/quarantine.ts";
import { backupCatalogDue } from "./store/backup.ts";
import { moveSettledUnits } from "./store/move-units.ts";
import { compactDue } from "./store/compact.ts";
import { erasedHashes } from "./store/erase.ts";
import type { Lease } from "./store/lease.ts";
import { requirePlausibleClock } from "./store/plausible-clock.ts";
import type { Store } from "./store/store.ts";
import { defaultRetention, retain, type Retention } from "./store/retain.ts";
import { sweep } from "./store/sweep.ts";

export interface IngestDeps {
  /** Clock, random and log are the store's. */
  readonly store: Store;
  /** Time as the sources tell it, null while none has; windows, schedules and ages follow it. Default: none ever does. */
  readonly sourceTime?: () => number | null;
  readonly lease: Lease;
  /** Default: the machine's own. */
  readonly sleep?: Sleep;
  /** How long the machine has run, in ms. Default: what it says itself. */
  readonly uptime?: () => number;
  readonly sources: readonly IngestSource[];
  /** Sources whose places are asked for bodies, too, though they are not read. */
  readonly beside?: readonly Source[];
  /** Sources that have come since; asked every hour by a run that goes on. */
  readonly moreSources?: () => Promise<readonly IngestSource[]>;
  /** Asks AWS which models stand behind profiles; without it such calls keep no model. */
  readonly lookup?: ModelLookup;
  /** Default: threads of their own. */
  readonly startThread?: ReadersDeps["startThread"];
}

export interface IngestSource {
  readonly source: Source;
  readonly origin: "discovered" | "configured";
  /** True: nothing is delivered to it any more. It is looked at only when a window is due. */
  readonly cold?: boolean;
}

export interface IngestOptions {
  /** True: do all that is due, then end. False: go on until the signal. */
  readonly once: boolean;
  /** How far back the first start reads: `30d`, or a date. Folders are read whole. */
  readonly since: string;
  readonly signal: AbortSignal;
  /** Reader threads; default: as many as cores, of more than two one less, at most 4. */
  readonly workers?: number;
  /** Decompressed bytes of bodies that may wait to be written; default 64 MiB. */
  readonly inFlightBytes?: number;
  /** Bytes of memory that reading may take: from 1 GiB on, batches are larger. Default 512 MiB. */
  readonly memory?: number;
  readonly pollMs?: number;
  /** Default: 90 days of content, 400 of calls, 1,100 of rollups. */
  readonly retention?: Retention;
  /** Default: those of `unitLimits`. */
  readonly limits?: UnitLimits;
  /** Bytes that the quarantine keeps in all; beyond them place and hash only. Default: 1 GiB. */
  readonly quarantineBytes?: number;
  /** True when `sources` are not all that there are: reading them says nothing about the rest. */
  readonly isPart?: boolean;
  readonly onProgress?: (progress: IngestProgress) => void;
}

export interface IngestProgress {
  readonly state: "listing" | "reading" | "idle";
  /** Units found that were not accounted for before; how many of them are by now. */
  readonly units: number;
  readonly unitsDone: number;
  readonly records: number;
  /** Decompressed. */
  readonly bytes: number;
}

export interface IngestRun {
  /** What this run added. */
  readonly counts: Counts;
  readonly progress: IngestProgress;
  readonly sources: number;
  /** Sources that could be listed whole. */
  readonly listed: number;
  readonly interrupted: boolean;
  /** Code of a failure of our own (disk full, lease lost) that ended it; null: none. */
  readonly failure: string | null;
}

const defaultPollMs = 60_000;
const lookAtBacklogMs = 5_000;
const tidyAgainMs = 600_000;
const amendAgainMs = 300_000;
const hourMs = 3_600_000;
const defaultQuarantineBytes = 2 ** 30;
const defaultInFlightBytes = 64 * 2 ** 20;
const defaultMemory = 512 * 2 ** 20;

/** Sources → records → invocations and signals → store. What was refused is counted and named. */
export async function ingest(given: IngestDeps, options: IngestOptions): Promise<IngestRun> {
  const deps = inSourceTime(given);
  const { store } = deps;
  await requireClock(given);
  // Every source and every open object listens to it.
  setMaxListeners(0, options.signal);
  await recoverUnits(store.catalog, store.clock());
  await recoverLost(
    {
      store,
      lease: deps.lease,
      sources: deps.sources.map(({ source }) => source),
      retention: options.retention ?? defaultRetention,
    },
    options.signal,
  );
  const stagingDir = makeStaging(store);
  const run = await openRun(given, options, stagingDir);
  try {
    const reading = run.feed.run(options.signal, run.isListing, options.once);
    const listed = await (options.once ? run.listOnce() : run.watch());
    run.feed.wake();
    await reading;
    await run.answered();
    if (options.once && !options.signal.aborted) {
      await run.amend();
      // Segments are rewritten in the memory that the readers leave.
      await run.readers.close();
      await tidy(deps, options);
      const isWhole = options.isPart !== true && listed === deps.sources.length;
      if (isWhole && run.feed.failure === null) await markRefilled(store.catalog);
    }
    return {
      counts: run.feed.counts,
      progress: run.progress(),
      sources: deps.sources.length,
      listed,
      interrupted: options.signal.aborted,
      failure: run.feed.failure,
    };
  } finally {
    await run.readers.close();
    dropStaging(stagingDir);
  }
}

/** The store as one whose clock is right, as far as a source has told the time. */
function inSourceTime(deps: IngestDeps): IngestDeps {
  const { sourceTime, store } = deps;
  const clock: Clock = () => sourceTime?.() ?? store.clock();
  return { ...deps, store: { ...store, clock } };
}

const skewMs = 5 * 60_000;

/**
 * Throws `UserError` for a clock that cannot be right while no source tells the time. A clock that the sources contradict is a finding:
 * theirs is taken.
 */
async function requireClock({ sourceTime, store }: IngestDeps): Promise<void> {
  const [told, own] = [sourceTime?.() ?? null, store.clock()];
  if (told === null) return requirePlausibleClock(store);
  if (Math.abs(own - told) <= skewMs) return;
  const minutes = Math.round((own - told) / 60_000);
  const key = `the clock of this machine is ${Math.abs(minutes)} min ${minutes < 0 ? "behind" : "ahead"}`;
  await noteFinding(store.catalog, { kind: "clock-skew", sourceId: "", key, at: told });
}

async function openRun(given: IngestDeps, options: IngestOptions, stagingDir: string) {
  const deps = inSourceTime(given);
  const { lease, sleep = realSleep, store, uptime = () => uptimeSeconds() * 1_000 } = deps;
  const { catalog, clock, log } = store;
  // Whole hours: a window is read or left alone as a whole.
  const since = Math.floor(sinceMs(options.since, clock()) / hourMs) * hourMs;
  const pages = new Pages((sourceId, start) => knownEvents(catalog, sourceId, start));
  const claims = new Claims((dt) => loadIdentities(store, dt));
  const tally = { units: 0, unitsDone: 0, records: 0, bytes: 0 };
  let listing = 0;
  const progress = (): IngestProgress => ({
    state: listing > 0 ? "listing" : tally.unitsDone < tally.units ? "reading" : "idle",
    ...tally,
  });
  const tell = () => options.onProgress?.(progress());

  const limits = options.limits ?? unitLimits;
  const bodies = openBodies(limits, options.signal);
  bodies.add(deps.beside ?? []);
  const erased: ReadonlySet<string> = new Set(await erasedHashes(store));
  const retention = options.retention ?? defaultRetention;
  const known = await openModels({ catalog, clock, log, lookup: deps.lookup ?? null });
  let asking: Promise<void> = Promise.resolve();
  const workers = options.workers ?? defaultWorkers();
  const readers: Readers = openReaders(workers, {
    setup: {
      hmacKey: store.hmacKey(),
      stagingDir,
      limits,
      batch: batchSizes({
        inFlightBytes: options.inFlightBytes ?? defaultInFlightBytes,
        memory: options.memory ?? defaultMemory,
        workers,
      }),
      catalogId: store.catalogId,
      models: known.models,
      erased,
      preferred: await preferredCopies(catalog),
    },
    ...(deps.startThread === undefined ? {} : { startThread: deps.startThread }),
    claims,
    fetchBody: (target, path) => bodies.fetch(target, path),
    storedCopy: (claim, record) =>
      storedCopy(store, claim.ids[record] ?? "", claim.days[claim.dayOf[record] ?? 0] ?? ""),
    onProgress(records, bytes) {
      tally.records += records;
      tally.bytes += bytes;
      tell();
    },
  });
  const chance = () => randomOf(store);
  const feed = new Feed({
    store,
    lease,
    readers,
    claims,
    pages,
    stagingDir,
    chance,
    sleep,
    retention,
    room: { bytes: (options.quarantineBytes ?? defaultQuarantineBytes) - (await heldQuarantine(catalog)) },
    onUnits(done) {
      tally.unitsDone += done;
      tell();
    },
    onUnexplained(arns) {
      if (arns.length === 0) return;
      asking = asking
        .then(async () => readers.learn(await known.see(arns)))
        .catch((error: unknown) => log.warn({ event: "profiles-unread", code: errorCode(error) }));
    },
  });
  const amender = openAmender({ store, lease, readers, bodies, stagingDir, retention, erased, chance });
  const list: ListDeps = {
    catalog,
    clock,
    chance,
    sleep,
    log,
    pages,
    uptime,
    onUnits(fresh) {
      tally.units += fresh;
      feed.wake();
      tell();
    },
  };

  async function add(added: readonly IngestSource[]): Promise<void> {
    for (const { origin, source } of added) {
      const { id, kind, name, place, scope } = source;
      const target = { accountId: scope?.accountId ?? null, region: scope?.region ?? null };
      await saveSource(catalog, { id, kind, name, place, origin, ...target }, since);
    }
    const scopes = added.flatMap(({ source }) => (source.scope === null ? [] : [source.scope]));
    const targets = new Map(scopes.map((scope) => [`${scope.accountId}/${scope.region}`, scope]));
    // Before anything of these sources is read: a record that is stored keeps what was known.
    readers.learn(await known.learn([...targets.values()]));
    const sources = added.map(({ source }) => source);
    bodies.add(sources);
    feed.add(sources);
  }

  async function listed<T>(work: () => Promise<T>): Promise<T> {
    listing += 1;
    try {
      return await work();
    } finally {
      listing -= 1;
      feed.wake();
      tell();
    }
  }

  const { signal } = options;
  const pollMs = options.pollMs ?? defaultPollMs;
  const watchOf = ({ cold = false, source }: IngestSource) => new Watch(list, source, { since, cold, pollMs, signal });

  /** A clock can go wrong while we run: nothing new is begun then. */
  async function hasClock(): Promise<boolean> {
    try {
      await requireClock(given);
      return true;
    } catch (error) {
      log.warn({ event: "clock-not-plausible", code: errorCode(error) });
      return false;
    }
  }

  /** Looks at a source again and again. */
  async function watchOn(watch: Watch): Promise<void> {
    while (!signal.aborted) {
      const { waitMs } = (await hasClock()) ? await listed(() => watch.look(clock() + pollMs)) : { waitMs: pollMs };
      if (waitMs > 0) await sleep(waitMs, signal);
    }
  }

  await add(deps.sources);
  return {
    feed,
    readers,
    progress,
    amend: () => amender.run(options.signal),
    /** Until all questions to AWS are answered. */
    answered: () => asking,
    isListing: () => listing > 0,
    /** Number of sources that were listed whole. */
    async listOnce(): Promise<number> {
      const all = deps.sources.map((source) => listed(() => watchOf(source).look(Infinity)));
      return (await Promise.all(all)).filter(({ whole }) => whole).length;
    },
    async watch(): Promise<number> {
      const watches = new Map<string, Watch>();
      const watching: Promise<void>[] = [];
      const begin = (source: IngestSource) => {
        const watch = watchOf(source);
        watches.set(source.source.id, watch);
        watching.push(watchOn(watch));
      };
      deps.sources.forEach(begin);
      // The end of the first back-fill is tidied at once.
      let tidied = { at: clock() - tidyAgainMs, records: 0 };
      let askedAt = clock();
      let amendedAt = clock();
      while (!options.signal.aborted) {
        await sleep(Math.min(lookAtBacklogMs, pollMs), signal);
        if (options.signal.aborted) break;
        if (clock() - amendedAt >= amendAgainMs) {
          await amender.run(options.signal);
          amendedAt = clock();
        }
        const isRead = listing === 0 && !feed.busy && tally.records > tidied.records;
        if (clock() - tidied.at >= (isRead ? tidyAgainMs : hourMs) && (await hasClock())) {
          const { records } = tally;
          await tidy(deps, options);
          if (isRead && options.isPart !== true) await markRefilled(catalog);
          tidied = { at: clock(), records };
        }
        if (clock() - askedAt < hourMs) continue;
        askedAt = clock();
        const found = (await deps.moreSources?.()) ?? [];
        // The places of bodies can change under a source that stays.
        bodies.add(found.map(({ source }) => source));
        for (const { cold = false, source } of found) watches.get(source.id)?.turn({ cold });
        const fresh = found.filter(({ source }) => !watches.has(source.id));
        await add(fresh);
        fresh.forEach(begin);
      }
      await Promise.all(watching);
      return watches.size;
    },
  };
}

/** Small segments become few, what is too old and what was replaced goes, the catalog is kept once more. */
async function tidy({ lease, store }: IngestDeps, { retention, signal }: IngestOptions): Promise<void> {
  const tasks = {
    "move-units": () => moveSettledUnits(store, lease, signal),
    compact: () => compactDue(store, lease, signal),
    retain: () => retain(store, lease, retention ?? defaultRetention, signal),
    sweep: () => sweep(store, lease),
    backup: () => backupCatalogDue(store),
  };
  for (const [task, work] of Object.entries(tasks)) {
    try {
      await work();
    } catch (error) {
      // The lake is as good as before, and what is too old must go all the same; the next run tries again.
      store.log.warn({ event: "upkeep-failed", task, code: errorCode(error) });
    }
  }
}

/** A core is left to others where there are more than two: of two, reading would not keep the second one busy. */
function defaultWorkers(): number {
  const cores = availableParallelism();
  return Math.min(4, cores > 2 ? cores - 1 : cores);
}

function randomOf({ random }: Store): number {
  return Buffer.from(random(6)).readUIntBE(0, 6) / 2 ** 48;
}
