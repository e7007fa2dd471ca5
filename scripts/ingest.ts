import { createReadStream, existsSync } from "node:fs";
import { Command } from "commander";
import { type Config, loadConfig } from "../server/config.ts";
import { carryRepairs } from "../server/ingest/carry-repairs.ts";
import { contextOf, type ExplainContext, explainFile, noContext } from "../server/ingest/explain.ts";
import { lagOf, type Lag } from "../server/domain/coverage.ts";
import { UserError } from "../server/lib/errors.ts";
import { visibleText } from "../server/domain/visible-text.ts";
import { safeJson } from "../server/lib/safe-json.ts";
import { modelMappingOf } from "../server/setup-models.ts";
import { existingStoreOf, storeOf, writableStoreOf } from "../server/setup-store.ts";
import { emptyStatus, ingestStatus, targetCoverage } from "../server/store/catalog/coverage.ts";
import { blameUnits } from "../server/store/catalog/suspects.ts";
import { dataPaths } from "../server/store/data-dir.ts";
import { diskTrouble } from "../server/store/disk-trouble.ts";
import { takeLease } from "../server/store/lease.ts";
import type { Store } from "../server/store/store.ts";
import { carrySums, shortDays, startRebuild } from "../server/store/rebuild.ts";
import { type IngestEnd, type IngestOrder, superviseIngest } from "../server/supervise-ingest.ts";
import { exitCodes, guarded, interruption, stderrLog } from "./command.ts";
import { ingestExitCode } from "./ingest-exit.ts";
import { adviceOn, printStatus, progressPrinter } from "./ingest-print.ts";
import { addHoldCommands } from "./ingest-holds.ts";
import { addStoreCommands } from "./ingest-store.ts";

interface StoreFlags {
  readonly data?: string;
  readonly config?: string;
  readonly json?: boolean;
}

interface RunFlags extends StoreFlags {
  readonly once?: boolean;
  readonly folder?: readonly string[];
  readonly discover?: boolean;
  readonly since?: string;
  readonly source?: string;
}

interface ExplainFlags extends Omit<StoreFlags, "json"> {
  readonly content?: boolean;
  readonly reason?: string;
}

/** `ingest run | status | explain`, and what looks after the store. Results go to stdout, progress to stderr; the exit code is set last. */
export function ingestCommand(): Command {
  const command = new Command("ingest").description("Read invocation logs into the store, and say what was read.");
  ofStore(command.command("run", { isDefault: true }))
    .description("Read the logs that AWS delivered, or those of folders.")
    .option("--once", "do all that is due, then stop")
    .option("--folder <dir...>", "read downloaded logs; switches discovery off")
    .option("--discover", "discover sources beside the folders")
    .option("--source <id>", 'read this source alone; "ingest status --json" names them')
    .option("--since <time>", "how far back the first start reads: 30d, or a date")
    .action((flags: RunFlags) => guarded(() => run(flags)));
  ofStore(command.command("status"))
    .description("What was read, up to when it is complete, and why not further.")
    .action((flags: StoreFlags) => guarded(() => status(flags)));
  ofStore(command.command("rebuild"))
    .description(
      "Read all sources again into a store of its own, with this version of the program; changes nothing in this one.",
    )
    .requiredOption(
      "--into <dir>",
      "empty folder for the new store; put it in the place of the old one when it is whole",
    )
    .action((flags: StoreFlags & { readonly into: string }) => guarded(() => rebuild(flags)));
  addStoreCommands(command);
  addHoldCommands(command.command("hold").description("Days that are kept from retention and erasure."));
  command
    .command("explain")
    .description("How each line of a log file is read; stores nothing.")
    .argument("<file>", "a log file, compressed or not; - for standard input")
    .option("--content", "print prompts and answers too; needs --reason")
    .option("--reason <text>", "why the content is read")
    .option("--data <dir>", "read as the store in this data directory does (default ./data, if there)")
    .option("--config <file>", "configuration file (default bedrock-audit.yaml, if there)")
    .action((file: string, flags: ExplainFlags) => guarded(() => explain(file, flags)));
  return command;
}

function ofStore(command: Command): Command {
  return command
    .option("--data <dir>", "data directory (default ./data)")
    .option("--config <file>", "configuration file (default bedrock-audit.yaml, if there)")
    .option("--json", "print one JSON document");
}

async function run(flags: RunFlags): Promise<number> {
  const config = loadConfig({ data: flags.data, config: flags.config, since: flags.since });
  const signal = interruption();
  const folders = flags.folder ?? [];
  // Folders switch discovery off: no AWS call is then made.
  const discover = flags.discover === true || folders.length === 0;
  const source = flags.source ?? null;
  const once = flags.once === true;
  const order = { command: "ingest run", config, folders, discover, source, once, credentials: null };
  return obeyed(order, signal, flags.json === true);
}

/** Reads as the order says, and prints what it came to. What comes `afterwards` says whether nothing is left out. */
async function obeyed(
  order: IngestOrder,
  signal: AbortSignal,
  json: boolean,
  afterwards: (end: IngestEnd) => Promise<boolean> = async () => true,
): Promise<number> {
  const { config } = order;
  const end = await superviseIngest(order, {
    log: stderrLog,
    signal,
    onProgress: progressPrinter(() => withStore(config, lag, existingStoreOf)),
    onProblem: ({ code, place }) => console.error(`could not look at ${safeJson(place)}: ${code}`),
    blame: () => withStore(config, ({ catalog }) => blameUnits(catalog)),
  });
  const isWhole = await afterwards(end);
  const code = await withStore(config, (store) => report(store, end, json));
  return isWhole || (code !== exitCodes.done && code !== exitCodes.badNews) ? code : exitCodes.inPart;
}

async function rebuild(flags: StoreFlags & { readonly into: string }): Promise<number> {
  const config = loadConfig({ data: flags.data, config: flags.config });
  const { discover, folders, since } = await withStore(
    config,
    (store) => startRebuild(store, flags.into),
    writableStoreOf,
  );
  const rebuilt = {
    ...config,
    store: { ...config.store, dir: flags.into },
    ingest: { ...config.ingest, since: since ?? config.ingest.since },
  };
  const order = {
    command: "ingest rebuild",
    config: rebuilt,
    folders,
    discover,
    source: null,
    once: true,
    credentials: null,
  };
  return obeyed(order, interruption(), flags.json === true, async ({ run: reading }) => {
    if (reading === null || reading.interrupted || reading.failure !== null) {
      console.error("The sources were not read to the end: make another rebuild, into an empty folder.");
      return false;
    }
    return withStore(config, (from) => withStore(rebuilt, (into) => settledAgain(from, into)), writableStoreOf);
  });
}

/**
 * What a person has repaired or dismissed is so in the new store, too; and the sums of days whose calls are too old. Says what the new
 * store lacks, and whether that is nothing.
 */
async function settledAgain(from: Store, into: Store): Promise<boolean> {
  const lease = await takeLease(into, "ingest rebuild");
  try {
    const { left } = await carryRepairs(from, into, lease);
    await carrySums(from, into, lease);
    if (left > 0)
      console.error(
        `${left} repaired records were not taken over: their sources did not show again what they replace.`,
      );
    const short = await shortDays(from, into);
    for (const { before, dt, now } of short.slice(0, shortDaysTold))
      console.error(
        `${dt}: ${now} calls, ${before} in the old store: its sources did not show the others again. Keep the old store.`,
      );
    if (short.length > shortDaysTold) console.error(`So it is on ${short.length - shortDaysTold} more days.`);
    return left === 0 && short.length === 0;
  } finally {
    await lease.release();
  }
}

const shortDaysTold = 10;

async function withStore<T>(config: Config, use: (store: Store) => Promise<T>, open = storeOf): Promise<T> {
  const store = await open(config, stderrLog);
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

async function lag({ catalog, clock }: Store): Promise<Lag> {
  return lagOf(await targetCoverage(catalog, clock()), clock());
}

async function report(store: Store, { problems, run }: IngestEnd, json: boolean): Promise<number> {
  if (run === null || run.sources === 0)
    console.error("No source was found. Name a folder with --folder, or check the AWS credentials.");
  if (run === null) return exitCodes.nothingDone;
  const now = await ingestStatus(store);
  if (json) console.log(safeJson({ run: { ...run, problems }, status: now }));
  else printStatus(now);
  for (const sentence of adviceOn(now)) console.error(sentence);
  if (run.failure !== null) {
    const trouble = diskTrouble(run.failure, store.paths.root);
    console.error(`Stopped: ${trouble?.message ?? run.failure}. What was committed stays; run it again.`);
    if (trouble !== null) console.error(trouble.remedy);
  }
  return ingestExitCode(run, now, problems.length);
}

async function status(flags: StoreFlags): Promise<number> {
  const config = loadConfig({ data: flags.data, config: flags.config });
  const { dir } = config.store;
  const isThere = existsSync(dataPaths(dir).catalog);
  const now = isThere ? await withStore(config, ingestStatus, existingStoreOf) : emptyStatus;
  if (flags.json === true) console.log(safeJson(now));
  else printStatus(now);
  if (!isThere) console.error(`There is no store in ${visibleText(dir)} yet: nothing was read into it.`);
  return exitCodes.done;
}

async function explain(file: string, flags: ExplainFlags): Promise<number> {
  const { content, reason } = flags;
  if (content === true && (reason ?? "").trim() === "") {
    throw new UserError("content is printed only for a reason", "Add --reason with a few words.");
  }
  const config = loadConfig({ data: flags.data, config: flags.config });
  const mapping = modelMappingOf(config);
  const context = await explainContext(config, flags.data !== undefined);
  const input = file === "-" ? process.stdin : createReadStream(file);
  const lines = explainFile(readable(input, file), { ...context, mapping, content: content === true });
  let quarantined = 0;
  for await (const line of lines) {
    if ("quarantined" in line) quarantined += 1;
    console.log(safeJson(line));
  }
  return quarantined > 0 ? exitCodes.badNews : exitCodes.done;
}

/** Of the store that is named; of that in the usual place as far as it can be read. */
async function explainContext(config: Config, isNamed: boolean): Promise<ExplainContext> {
  try {
    return await withStore(config, contextOf, existingStoreOf);
  } catch (error) {
    if (isNamed || !(error instanceof UserError)) throw error;
    return noContext();
  }
}

async function* readable(input: AsyncIterable<Buffer>, file: string): AsyncGenerator<Buffer> {
  try {
    yield* input;
  } catch (cause) {
    throw new UserError(`${safeJson(file)} could not be read`, "Name a readable file, or - for standard input.", {
      cause,
    });
  }
}
