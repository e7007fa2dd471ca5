import { mkdirSync } from "node:fs";
import path from "node:path";
import { Command } from "commander";
import { type Config, loadConfig } from "../server/config.ts";
import { ReportFormat, reportFormats, type ReportDocument } from "../server/domain/report.ts";
import { visibleText } from "../server/domain/visible-text.ts";
import { errorCode, UserError } from "../server/lib/errors.ts";
import { safeJson } from "../server/lib/safe-json.ts";
import { isoTime } from "../server/lib/time.ts";
import { timeZone } from "../server/lib/time-zone.ts";
import { report, reportSpan, type ReportOptions } from "../server/report.ts";
import { isDemo } from "../server/reports/evidence.ts";
import { runOf } from "../server/reports/run-of.ts";
import { renderReport } from "../server/reports/list.ts";
import type { ReportFile } from "../server/reports/report-format.ts";
import { realDisk } from "../server/store/disk.ts";
import { priceBookOf } from "../server/setup-prices.ts";
import { existingStoreOf } from "../server/setup-store.ts";
import { reportRuns, saveReportRun } from "../server/store/catalog/report-runs.ts";
import type { Store } from "../server/store/store.ts";
import { exitCodes, guarded, interruption, stderrLog } from "./command.ts";
import { readVersion } from "./version.ts";

interface Flags {
  readonly window?: string;
  readonly from?: string;
  readonly to?: string;
  readonly tz?: string;
  readonly format?: string;
  readonly output?: string;
  readonly data?: string;
  readonly config?: string;
}

export function reportCommand(): Command {
  const command = new Command("report").description("Report on a window of time, from what the store holds.");
  command
    .command("run")
    .description("Make a report and print it, or write its files.")
    .argument("[id]", "a report of the configuration file (default: adhoc, without filters)")
    .option("--window <window>", "last-day, last-week, last-month or last-<n>d: whole local days before now")
    .option("--from <time>", "first day, or time with its offset; instead of --window")
    .option("--to <time>", "the day or time after the last one")
    .option("--tz <zone>", "IANA time zone of the days (default: web.timeZone)")
    .option("--format <list>", `of ${reportFormats.join(", ")}, with commas between (default: html)`)
    .option("--output <dir>", "write files there; without, one format goes to stdout")
    .option("--data <dir>", "data directory (default ./data)")
    .option("--config <file>", "configuration file (default bedrock-audit.yaml, if there)")
    .action((id: string | undefined, flags: Flags) => guarded(() => run(id, flags)));
  command
    .command("list")
    .description("The reports that were made, newest first, and which of them late records have overtaken.")
    .option("--json", "print one JSON document")
    .option("--data <dir>", "data directory (default ./data)")
    .option("--config <file>", "configuration file (default bedrock-audit.yaml, if there)")
    .action((flags: ListFlags) => guarded(() => list(flags)));
  return command;
}

interface ListFlags {
  readonly json?: boolean;
  readonly data?: string;
  readonly config?: string;
}

const mostListed = 1_000;

async function list(flags: ListFlags): Promise<number> {
  const config = loadConfig({ data: flags.data, config: flags.config });
  const runs = await withStore(config, async ({ catalog }) => reportRuns(catalog, mostListed));
  const shown = runs.map(({ amendedAt, from, renderedAt, to, ...run }) => ({
    ...run,
    from: isoTime(from),
    to: isoTime(to),
    renderedAt: isoTime(renderedAt),
    state: amendedAt === null ? "rendered" : "amended",
    amendedAt: amendedAt === null ? null : isoTime(amendedAt),
  }));
  if (flags.json === true) console.log(safeJson({ runs: shown }));
  else if (shown.length === 0) console.log("no report was made from this store yet");
  else for (const run of shown) console.log(lineOf(run));
  return exitCodes.done;
}

function lineOf(run: {
  readonly id: string;
  readonly revision: number;
  readonly title: string;
  readonly from: string;
  readonly to: string;
  readonly renderedAt: string;
  readonly amendedAt: string | null;
}): string {
  const amended = run.amendedAt === null ? "" : `, amended: records came to its window by ${run.amendedAt}`;
  const what = `${run.id}.${run.revision} ${visibleText(run.title)}`;
  return `${what}: ${run.from} to ${run.to}, made ${run.renderedAt}${amended}`;
}

async function run(id: string | undefined, flags: Flags): Promise<number> {
  const config = loadConfig({ data: flags.data, config: flags.config });
  const { formats, ...options } = wishOf(id, flags, config);
  // What is wrong with the wish is told before anything is opened.
  reportSpan(options, Date.now());
  if (flags.output === undefined && (formats.length > 1 || formats.includes("csv"))) {
    throw new UserError("stdout takes one file, and these formats make several", "Name a folder with --output.");
  }
  const signal = interruption();
  try {
    const document = await made(config, { ...options, signal });
    deliver(renderReport(document, formats), flags.output);
    console.error(visibleText(document.verdict.text));
    for (const reason of document.provisional) console.error(`PROVISIONAL: ${visibleText(reason)}`);
    return exitCodeOf(document);
  } catch (error) {
    if (signal.aborted) return exitCodes.interrupted;
    throw error;
  }
}

type Wish = Omit<ReportOptions, "signal"> & { readonly formats: readonly ReportFormat[] };

/** Flags go before the definition. */
function wishOf(id: string | undefined, flags: Flags, config: Config): Wish {
  const known = id === undefined ? adhoc : definitionOf(id, config);
  const zone = flags.tz ?? known.timeZone ?? config.web.timeZone;
  timeZone(zone);
  return {
    id: known.id,
    title: known.title,
    window: windowOf(flags) ?? known.window,
    timeZone: zone,
    filters: known.filters,
    formats: flags.format === undefined ? known.formats : formatsOf(flags.format),
  };
}

const adhoc: Config["reports"][number] = {
  id: "adhoc",
  title: "Bedrock audit",
  window: "last-week",
  timeZone: null,
  filters: [],
  formats: ["html"],
};

function definitionOf(id: string, { reports }: Config): Config["reports"][number] {
  const found = reports.find((definition) => definition.id === id);
  if (found !== undefined) return found;
  const ids = reports.map((definition) => definition.id).join(", ");
  throw new UserError(
    `report ${JSON.stringify(id)} is not defined`,
    ids === "" ? "The configuration file defines none; leave the id out." : `Name one of: ${ids}.`,
  );
}

function windowOf({ window, from, to }: Flags): Wish["window"] | undefined {
  if (from === undefined && to === undefined) return window;
  if (window !== undefined) throw new UserError("--window goes without --from and --to", "Leave one of them out.");
  if (from !== undefined && to !== undefined) return { from, to };
  throw new UserError("--from and --to go together", "Give both.");
}

function formatsOf(text: string): ReportFormat[] {
  return text.split(",").map((name) => {
    const format = ReportFormat.safeParse(name.trim());
    if (format.success) return format.data;
    throw new UserError(`--format ${JSON.stringify(name)} is none`, `Write one of ${reportFormats.join(", ")}.`);
  });
}

function made(config: Config, options: ReportOptions): Promise<ReportDocument> {
  return withStore(config, async (store) => {
    const demo = await isDemo(store.catalog);
    const deps = { store, prices: priceBookOf(config), clock: Date.now, log: stderrLog, version: readVersion(), demo };
    const document = await report(deps, options);
    if (document.verdict.evaluated) await note(store, document);
    return document;
  });
}

/** A report that is made is given, also where the store cannot be written. */
async function note({ catalog }: Store, document: ReportDocument): Promise<void> {
  try {
    await saveReportRun(catalog, runOf(document));
  } catch (error) {
    console.error(
      `The store could not note this report (${errorCode(error)}): it will not be told when it is overtaken.`,
    );
  }
}

async function withStore<T>(config: Config, use: (store: Store) => Promise<T>): Promise<T> {
  const store = await existingStoreOf(config, stderrLog);
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

/** Each file is whole or not there; 0600, since reports name people. */
function deliver(files: readonly ReportFile[], folder: string | undefined): void {
  if (folder === undefined) {
    for (const { text } of files) process.stdout.write(text);
    return;
  }
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const { name, text } of files) realDisk.replace(path.join(folder, name), text);
  } catch (cause) {
    throw new UserError(`${folder} could not be written`, "Name a folder that can be written with --output.", {
      cause,
    });
  }
  for (const { name } of files) console.log(visibleText(path.join(folder, name)));
}

/** The first that applies. */
function exitCodeOf({ verdict, provisional }: ReportDocument): number {
  if (!verdict.evaluated) return exitCodes.nothingDone;
  return provisional.length > 0 ? exitCodes.inPart : exitCodes.done;
}
