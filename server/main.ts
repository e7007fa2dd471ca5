import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { availableParallelism } from "node:os";
import { setTimeout as sleepFor } from "node:timers/promises";
import { createApp } from "./app.ts";
import type { Aws } from "./aws/aws.ts";
import { requestCounts } from "./aws/request-counts.ts";
import type { Credentials } from "./aws/credentials.ts";
import { openPolicy, openWaivers } from "./check-settings.ts";
import { scheduledCheck } from "./check-scheduled.ts";
import type { Config } from "./config.ts";
import { limitConnections } from "./connections.ts";
import { detect } from "./detect.ts";
import type { Status } from "./domain/status.ts";
import { paceAfter, secondsLeft, type Pace } from "./domain/pace.ts";
import { visibleText } from "./domain/visible-text.ts";
import type { IngestProgress } from "./ingest.ts";
import { applyFindingWaivers } from "./findings/waivers.ts";
import { errorCode, UserError, withRemedy } from "./lib/errors.ts";
import type { Log } from "./lib/log.ts";
import { isoTime } from "./lib/time.ts";
import type { PriceBook } from "./pricing/price-book.ts";
import { firstTouchedDay } from "./detect-days.ts";
import { toldClock, type ToldJob, withPlausibleClock } from "./job-clock.ts";
import { repeat, type Job } from "./schedule.ts";
import { priceBookOf } from "./setup-prices.ts";
import { storeOf } from "./setup-store.ts";
import { awsOf, checking, publishing } from "./setup.ts";
import { isDemo } from "./reports/evidence.ts";
import { blameUnits } from "./store/catalog/suspects.ts";
import { sql } from "./store/sql.ts";
import type { Store } from "./store/store.ts";
import { superviseIngest } from "./supervise-ingest.ts";

export interface ServeOptions {
  readonly config: Config;
  /** Folders of downloaded logs. */
  readonly folders: readonly string[];
  /** Whether AWS is asked for logs and settings. */
  readonly discover: boolean;
  readonly demo: boolean;
  readonly version: string;
  readonly webDir: string | null;
  readonly log: Log;
  /** In place of the usual chain of credentials. */
  readonly credentials?: Credentials;
  readonly onProgress?: (progress: IngestProgress) => void;
  /** One sentence for the person who started it. */
  readonly tell: (sentence: string) => void;
}

export interface Serving {
  readonly url: string;
  readonly store: Store;
  readonly port: number;
  /** Aborted when the catalog was set aside, replaced or damaged: what is open here serves nothing any more. */
  readonly replaced: AbortSignal;
  /** Stops taking requests and work, and ends between two commits. */
  close(): Promise<void>;
}

const loopback: ReadonlySet<string> = new Set(["127.0.0.1", "::1", "localhost"]);
const hourMs = 3_600_000;
const patienceMs = 300_000;
const lookForCatalogMs = 2_000;
const openAgainMs = 5_000;

/** Opens the store, listens, then reads, judges and checks in the background until `close`. */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { config, discover, log, version, webDir } = options;
  const { host, port } = config.server;
  if (!loopback.has(host)) {
    throw new UserError(`server.host ${host} is reachable from the network and there is no login`, "Bind 127.0.0.1.");
  }
  const prices = priceBookOf(config);
  // Read again before each check; what is wrong with them is told now.
  openPolicy(config.check.policy);
  openWaivers(config.check.waivers, Date.now());
  const store = await storeOf(config, log);
  if (options.demo) await markAsDemo(store);
  const demo = await isDemo(store.catalog);
  const requests = requestCounts();
  const how = { ...checking, onRequest: requests.note };
  const aws = discover ? awsOf(config, log, options.credentials, how) : null;
  const publisher = config.publish.securityHub.scheduled
    ? awsOf(config, log, options.credentials, { ...publishing(config), onRequest: requests.note })
    : null;
  const stop = new AbortController();
  let progress: Status["ingest"] = null;
  let pace: Pace | null = null;
  let notWriting: string | null = null;
  /** Until the ingest has told for the first time what it does, or that it can't: it is about to read. */
  let isReading = true;
  const app = createApp({
    store,
    prices,
    demo,
    version,
    timeZone: config.web.timeZone,
    revealTtl: config.web.revealTtl,
    webDir,
    ingestProgress: () => progress,
    notWriting: () => notWriting,
    awsRequests: requests.all,
  });
  let server: Server;
  try {
    server = await listen(app, host, port);
  } catch (error) {
    await store.close();
    throw error;
  }
  const told = () => aws?.toldTime() ?? null;
  const timed = { ...store, clock: toldClock(store, told) };
  const guarded = (job: ToldJob): Job => withPlausibleClock(store, told, job);
  const jobs = [
    ingestJob(options, store, {
      onProgress(now) {
        const at = store.clock();
        const { stopped, ...rest } = now;
        pace = paceAfter(pace, at, now);
        progress = { ...rest, etaSeconds: secondsLeft(pace, at, now) };
        isReading = now.state !== "idle";
        notWriting = stopped;
        options.onProgress?.(now);
      },
      onStop(reason) {
        progress = null;
        isReading = false;
        notWriting = reason;
      },
      onNothing: () => (isReading = false),
    }),
    guarded(detectJob(config, timed, prices, () => isReading)),
    guarded(waiversJob(config, timed)),
    ...(aws === null ? [] : [guarded(checkJob(options, timed, { aws, publisher }))]),
  ];
  const replaced = new AbortController();
  const lookForCatalog: Job = {
    name: "catalog",
    everyMs: lookForCatalogMs,
    async work() {
      if (!store.isReplaced()) return;
      log.error({ event: "catalog-replaced" });
      replaced.abort();
      stop.abort();
    },
  };
  const running = [...jobs, lookForCatalog].map((job) => repeat(job, log, stop.signal));
  warm(store, stop.signal);
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://${host === "::1" ? "[::1]" : host}:${taken}`,
    store,
    port: taken,
    replaced: replaced.signal,
    async close() {
      stop.abort();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await Promise.all([closed, ...running]);
      await store.close();
    },
  };
}

/**
 * Serves until the signal. Where another process has set the catalog aside or replaced it, all is closed and opened anew, on the same port;
 * `begun` is told each address.
 */
export async function serveUntil(
  options: ServeOptions,
  signal: AbortSignal,
  begun: (url: string) => void,
): Promise<void> {
  const { config, tell } = options;
  let { port } = config.server;
  for (let isAnew = false; ; isAnew = true) {
    const again = { ...options, config: { ...config, server: { ...config.server, port } } };
    const serving = isAnew ? await servedAgain(again, signal) : await serve(again);
    if (serving === null) return;
    begun(serving.url);
    await aborted(AbortSignal.any([signal, serving.replaced]));
    await serving.close();
    if (signal.aborted) return;
    tell("The catalog was set aside, replaced or damaged: the store is opened anew.");
    ({ port } = serving);
  }
}

/** Tries until it can: what replaces the catalog may not have come to its end. Null: the signal came first. */
async function servedAgain(options: ServeOptions, signal: AbortSignal): Promise<Serving | null> {
  while (!signal.aborted) {
    try {
      return await serve(options);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      options.tell(`The store can't be opened: ${withRemedy(error)}.`);
      await sleepFor(openAgainMs, undefined, { signal }).catch(() => undefined);
    }
  }
  return null;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** A store that was filled by the demo says so for ever: what is shown or reported of it later is marked too. */
async function markAsDemo({ catalog }: Store): Promise<void> {
  await catalog
    .insertInto("meta")
    .values({ key: "demo", value: "1" })
    .onConflict((conflict) => conflict.column("key").doNothing())
    .execute();
}

/** The first question starts the engine: let it not be the first visitor's. */
function warm({ interactive, log }: Store, signal: AbortSignal): void {
  interactive
    .query(sql`/* main/warm */ select count(*) as calls from rollups where dt = '2000-01-01'`, { signal })
    .catch((error: unknown) => signal.aborted || log.warn({ event: "engine-cold", code: errorCode(error) }));
}

/** In ms. `timeout`: nothing is sent or taken on a connection; no answer takes so long to make. */
const patience = { headersTimeout: 10_000, requestTimeout: 30_000, timeout: 120_000, lookEvery: 5_000 };
const mostConnections = 1_000;
/** Connections that wait to be taken: beyond them the system lets clients knock again, after seconds. */
const backlog = 4_096;

async function listen(app: ReturnType<typeof createApp>, host: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const { headersTimeout, lookEvery, requestTimeout, timeout } = patience;
    const server = createServer({ headersTimeout, requestTimeout, connectionsCheckingInterval: lookEvery }, app);
    server.setTimeout(timeout);
    limitConnections(server, mostConnections);
    server.listen({ port, host, backlog });
    server.once("listening", () => resolve(server));
    server.once("error", (error: NodeJS.ErrnoException) => {
      const taken = error.code === "EADDRINUSE";
      const reason = taken
        ? `port ${port} is in use`
        : `${host}:${port} could not be opened (${error.code ?? "error"})`;
      reject(new UserError(reason, "Choose another with --port, or --port 0 for any free one.", { cause: error }));
    });
  });
}

interface IngestWatch {
  readonly onProgress: (progress: IngestProgress) => void;
  /** Nothing is written until it is tried again; the reason in words. */
  readonly onStop: (reason: string) => void;
  /** There is nothing to read from. */
  readonly onNothing: () => void;
}

/** One core is left to those who ask, and the memory that another reader would take. */
export function readersBeside(cores: number): number {
  return Math.min(4, Math.max(1, cores - 1));
}

/** Reads until the server stops. Where another process writes the store, this one serves reads and tries again. */
function ingestJob(
  { config, credentials, discover, folders, log, tell }: ServeOptions,
  { catalog }: Store,
  { onNothing, onProgress, onStop }: IngestWatch,
): Job {
  const { ingest } = config;
  const order = {
    command: "serve",
    config: { ...config, ingest: { ...ingest, workers: ingest.workers ?? readersBeside(availableParallelism()) } },
    folders,
    discover,
    source: null,
    once: false,
    credentials: credentials ?? null,
  };
  let told = "";
  const tellOnce = (sentence: string) => {
    if (sentence !== told) tell(sentence);
    told = sentence;
  };
  let stopped: string | null = null;
  const tellStopped = (why: string | null) => {
    if (why !== null) tellOnce(`Reading only: ${why}.`);
    else if (stopped !== null) tellOnce("What is read is stored again.");
    stopped = why;
  };
  return {
    name: "ingest",
    everyMs: 30_000,
    async work(signal) {
      const { run } = await superviseIngest(order, {
        log,
        signal,
        onProgress(progress) {
          onProgress(progress);
          tellStopped(progress.stopped);
        },
        onProblem: ({ code, place }) => log.warn({ event: "source-not-opened", place: visibleText(place), code }),
        blame: () => blameUnits(catalog),
      }).catch((error: unknown) => {
        onStop(error instanceof UserError ? withRemedy(error) : `the ingest ended (${errorCode(error)})`);
        if (error instanceof UserError) tellStopped(withRemedy(error));
        throw error;
      });
      if (run !== null) return;
      onNothing();
      tellOnce("No logs were found: no account and region that could be read names a destination. Trying again.");
    },
  };
}

/** Judges the days that commits have touched since the last run; while much is being read, every five minutes only. */
function detectJob({ check, policy }: Config, store: Store, prices: PriceBook, isReading: () => boolean): ToldJob {
  const { batch: engine, catalog, clock, log } = store;
  let judged = -1;
  let judgedAt = clock();
  return {
    name: "detect",
    everyMs: 5_000,
    async work(signal) {
      const { snapshot } = await store.snapshot();
      if (snapshot <= judged || (isReading() && clock() < judgedAt + patienceMs)) return false;
      const from = await firstTouchedDay(store, judged);
      if (from !== null) {
        const to = isoTime(clock());
        await detect({ engine, catalog, clock, log, policy, prices }, { from, to, signal });
        await applyFindingWaivers(catalog, openWaivers(check.waivers, clock()), clock());
      }
      judged = snapshot;
      judgedAt = clock();
      return true;
    },
  };
}

/** The file of waivers may change, and days end, when nothing else happens. */
function waiversJob({ check }: Config, { catalog, clock }: Store): ToldJob {
  return {
    name: "waivers",
    everyMs: hourMs,
    async work() {
      await applyFindingWaivers(catalog, openWaivers(check.waivers, clock()), clock());
      return true;
    },
  };
}

interface Sides {
  /** As the audit role sees it. */
  readonly aws: Aws;
  /** As the role sees it that may import findings; null: nothing is published. */
  readonly publisher: Aws | null;
}

function checkJob({ config, version }: ServeOptions, store: Store, { aws, publisher }: Sides): ToldJob {
  const { accounts, organization, regions, roleName } = config.aws;
  const { region: home, roleName: importer } = config.publish.securityHub;
  const publish = publisher === null ? null : { aws: publisher, roleName: importer, home };
  return {
    name: "check",
    everyMs: hourMs,
    async work(signal) {
      const policy = openPolicy(config.check.policy);
      const accepted = { waivers: openWaivers(config.check.waivers, store.clock()), baseline: null };
      const wish = { tool: version, accounts, organization, regions, roleName, policy, accepted, signal };
      await scheduledCheck({ aws, store }, { ...wish, publish });
      return true;
    },
  };
}
