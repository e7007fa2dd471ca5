import type { Discovered } from "./ingest/discovery.ts";
import { modelLookup } from "./ingest/model-lookup.ts";
import { ingest, type IngestProgress } from "./ingest.ts";
import { errorCode, stackFrames, UserError } from "./lib/errors.ts";
import type { Log } from "./lib/log.ts";
import { lowerPriority } from "./lib/priority.ts";
import { modelMappingOf } from "./setup-models.ts";
import { storeOf } from "./setup-store.ts";
import { awsOf, findSources, sourcesOf } from "./setup.ts";
import { folderFailure } from "./sources/folder.ts";
import { closeSources } from "./store/catalog/unopened-places.ts";
import { asDiskTrouble } from "./store/disk-trouble.ts";
import { takeLease } from "./store/lease.ts";
import type { FromIngest, IngestEnd, IngestOrder, ToIngest } from "./supervise-ingest.ts";

/* The process that reads logs into the store for the one that started it. */

/** Readers of the dashboard go first. */
const niceness = 15;
const progressEveryMs = 200;
/** After its parent has gone it ends between two commits, and in any case. */
const graceMs = 10_000;

const stop = new AbortController();
// The parent decides when to stop: a Ctrl-C in the terminal reaches this process, too.
for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => undefined);
process.once("disconnect", () => {
  stop.abort();
  setTimeout(() => process.exit(1), graceMs).unref();
});
process.on("message", (message: ToIngest) => {
  if (message.type === "stop") stop.abort();
  else void obey(message.order);
});

function send(message: FromIngest): void {
  if (process.connected) process.send?.(message);
}

const log: Log = {
  info: (fields) => send({ type: "log", level: "info", fields }),
  warn: (fields) => send({ type: "log", level: "warn", fields }),
  error: (fields) => send({ type: "log", level: "error", fields }),
};

async function obey(order: IngestOrder): Promise<void> {
  try {
    lowerPriority(niceness);
    send({ type: "end", end: await run(order) });
  } catch (error) {
    const known = asDiskTrouble(error, order.config.store.dir);
    const { exitCode, message, remedy } =
      known instanceof UserError
        ? known
        : { message: `${errorCode(error)} at ${stackFrames(error)}`, remedy: null, exitCode: 3 };
    send({ type: "failed", message, remedy, exitCode });
  }
  if (process.connected) process.disconnect();
}

async function run({ command, config, credentials, discover, folders, once, source }: IngestOrder): Promise<IngestEnd> {
  const { signal } = stop;
  const mapping = modelMappingOf(config);
  const aws = discover ? awsOf(config, log, credentials ?? undefined) : null;
  const find = () => sourcesOf(config, { aws, folders, signal });
  const found = await find();
  // A folder that is not there is said before a store is made.
  if (!discover) requireFolder(folders, found);
  const problems = found.problems.map(({ code, place }) => ({ code, place }));
  for (const problem of problems) send({ type: "problem", problem });
  const store = await storeOf(config, log);
  try {
    const lease = await takeLease(store, command);
    const all = await findSources(store, aws, async () => found);
    const { sources } = only(source)(all);
    const open = new Set(all.sources.map((known) => known.source.id));
    await closeSources(store.catalog, found.problems, { at: store.clock(), open });
    if (sources.length === 0 && !once) return { run: null, problems };
    const { inFlightBytes, memory, pollSeconds, since, workers } = config.ingest;
    const run = await ingest(
      {
        store,
        lease,
        sources,
        // The bodies of the one that is read can lie in the place of another.
        beside: all.sources.map((known) => known.source),
        // The one source of a run does not change under it.
        ...(source === null ? { moreSources: async () => (await findSources(store, aws, find)).sources } : {}),
        ...(aws === null ? {} : { lookup: modelLookup(aws), sourceTime: () => aws.toldTime() }),
      },
      {
        once,
        since,
        signal,
        inFlightBytes,
        memory,
        pollMs: pollSeconds * 1_000,
        retention: config.retention,
        mapping,
        quarantineBytes: config.quarantine.maxBytes,
        isPart: source !== null,
        ...(workers === null ? {} : { workers }),
        onProgress: throttled((progress) => send({ type: "progress", progress })),
      },
    );
    await lease.release();
    return { run, problems };
  } finally {
    await store.close();
  }
}

/** Throws a `UserError` when there are no sources but folders, and none of them can be read. */
function requireFolder(folders: readonly string[], { problems }: Discovered): void {
  const closed = folders.flatMap((path) => problems.filter(({ place }) => place === path).slice(0, 1));
  const [first] = closed;
  if (first !== undefined && closed.length === folders.length) throw folderFailure(first.place, first.code);
}

/** Leaves the source of this id, or throws a `UserError` that names those that there are. */
function only(id: string | null): (found: Discovered) => Discovered {
  return (found) => {
    if (id === null) return found;
    const sources = found.sources.filter(({ source }) => source.id === id);
    const known = found.sources.map(({ source }) => source.id).join(", ");
    if (sources.length === 0)
      throw new UserError(
        `there is no source ${JSON.stringify(id)}`,
        known === "" ? "None was found." : `Name one of ${known}.`,
      );
    return { ...found, sources };
  };
}

/** Few messages while work goes on, and one at each change of state: the last one is then never held back. */
function throttled(tell: (progress: IngestProgress) => void): (progress: IngestProgress) => void {
  let last: Partial<Pick<IngestProgress, "state" | "stopped">> & { readonly at: number } = { at: 0 };
  return (progress) => {
    const now = performance.now();
    const { state, stopped } = progress;
    if (state === last.state && stopped === last.stopped && now - last.at < progressEveryMs) return;
    last = { at: now, state, stopped };
    tell(progress);
  };
}
