import { availableParallelism } from "node:os";
import { openAmender } from "./amend.ts";
import { batchSizes } from "./batch.ts";
import { openBodies } from "./bodies.ts";
import { Claims } from "./claims.ts";
import { Feed } from "./feed.ts";
import { unitLimits } from "./gunzip.ts";
import { openModels } from "./models.ts";
import { type IngestDeps, type IngestOptions, stoppedMs } from "./options.ts";
import type { Pages } from "./pages.ts";
import type { Progress } from "./progress.ts";
import { openReaders, type Readers } from "./readers.ts";
import { loadIdentities, storedCopy } from "./stored.ts";
import { realSleep } from "../lib/concurrency.ts";
import { errorCode } from "../lib/errors.ts";
import type { Target } from "../domain/target.ts";
import { noMapping } from "../normalize/model-mapping.ts";
import type { Source } from "../sources/source.ts";
import { dueUnits } from "../store/catalog/ledger.ts";
import { preferredCopies } from "../store/catalog/preferred-copies.ts";
import { heldQuarantine } from "../store/catalog/quarantine.ts";
import { erasedHashes } from "../store/erase.ts";
import { defaultRetention } from "../store/retain.ts";

const defaultQuarantineBytes = 2 ** 30;
const defaultInFlightBytes = 64 * 2 ** 20;
const defaultMemory = 512 * 2 ** 20;
/** Of what may wait to be written, stored calls take a part when they are read again beside it. */
const partInHand = 4;

/** What reads the units that listings show, and reads stored calls again of which more has become known. */
export interface Reading {
  readonly feed: Feed;
  /** Units of these sources are read from now on, and bodies are asked for at their places. */
  add(sources: readonly Source[]): Promise<void>;
  /** The places of bodies can change under a source that stays. */
  addPlaces(sources: readonly Source[]): void;
  amend(): Promise<void>;
  /** Until all questions to AWS are answered. */
  answered(): Promise<void>;
  close(): Promise<void>;
}

export interface ReadingParts {
  readonly stagingDir: string;
  readonly progress: Progress;
  readonly pages: Pages;
  /** In [0, 1). */
  readonly chance: () => number;
}

export async function openReading(
  deps: IngestDeps,
  options: IngestOptions,
  { chance, pages, progress, stagingDir }: ReadingParts,
): Promise<Reading> {
  const { lease, sleep = realSleep, store } = deps;
  const { catalog, clock, log } = store;
  const limits = options.limits ?? unitLimits;
  const retention = options.retention ?? defaultRetention;
  const mapping = options.mapping ?? noMapping;
  const workers = options.workers ?? defaultWorkers();
  const inFlightBytes = options.inFlightBytes ?? defaultInFlightBytes;
  const bodies = openBodies(limits, options.signal);
  bodies.add(deps.beside ?? []);
  const erased: ReadonlySet<string> = new Set(await erasedHashes(store));
  const known = await openModels({ catalog, clock, log, lookup: deps.lookup ?? null });
  const claims = new Claims((dt) => loadIdentities(store, dt));
  const readers: Readers = openReaders(workers, {
    setup: {
      hmacKey: store.hmacKey(),
      stagingDir,
      limits,
      batch: batchSizes({
        inFlightBytes,
        memory: options.memory ?? defaultMemory,
        workers,
      }),
      catalogId: store.catalogId,
      models: known.models,
      mapping,
      erased,
      preferred: await preferredCopies(catalog),
      signals: options.signals ?? true,
    },
    ...(deps.startThread === undefined ? {} : { startThread: deps.startThread }),
    claims,
    fetchBody: (target, path) => bodies.fetch(target, path),
    inHand: inFlightBytes / partInHand,
    storedCopy: (claim, record) =>
      storedCopy(store, claim.ids[record] ?? "", claim.days[claim.dayOf[record] ?? 0] ?? ""),
    onProgress: (records, bytes) => progress.add({ records, bytes }),
  });

  let asking: Promise<void> = Promise.resolve();
  /** Readers learn what AWS says of ARNs, in the order in which they came up. */
  function ask(arns: readonly string[]): void {
    if (arns.length === 0) return;
    asking = asking
      .then(async () => readers.learn(await known.see(arns)))
      .catch((error: unknown) => log.warn({ event: "profiles-unread", code: errorCode(error) }));
  }

  const feed = new Feed({
    store,
    lease,
    readers,
    claims,
    pages,
    stagingDir,
    chance,
    sleep,
    stoppedMs: stoppedMs(options),
    retention,
    room: { bytes: (options.quarantineBytes ?? defaultQuarantineBytes) - (await heldQuarantine(store)) },
    onUnits: (unitsDone) => progress.add({ unitsDone }),
    onStopped: (why) => progress.stop("read", why),
    onUnexplained: ask,
  });
  const counted = new Set<string>();
  /** What an earlier run left is read in this one. */
  async function countDue(sources: readonly Source[]): Promise<void> {
    const ids = sources.map(({ id }) => id).filter((id) => !counted.has(id));
    for (const id of ids) counted.add(id);
    progress.add({ units: await dueUnits(catalog, ids, clock()) });
  }
  const amender = openAmender({
    store,
    lease,
    readers,
    bodies,
    stagingDir,
    retention,
    erased,
    mapping,
    chance,
    inHand: inFlightBytes / partInHand,
  });

  return {
    feed,
    async add(sources) {
      // Before anything of these sources is read: a record that is stored keeps what was known.
      readers.learn(await known.learn(targetsOf(sources)));
      bodies.add(sources);
      await countDue(sources);
      feed.add(sources);
    },
    addPlaces: (sources) => bodies.add(sources),
    amend: () => amender.run(options.signal),
    answered: () => asking,
    close: () => readers.close(),
  };
}

function targetsOf(sources: readonly Source[]): readonly Target[] {
  const scopes = sources.flatMap(({ scope }) => (scope === null ? [] : [scope]));
  return [...new Map(scopes.map((scope) => [`${scope.accountId}/${scope.region}`, scope])).values()];
}

/** A core is left to others where there are more than two: of two, reading would not keep the second one busy. */
function defaultWorkers(): number {
  const cores = availableParallelism();
  return Math.min(4, cores > 2 ? cores - 1 : cores);
}
