import { readFileSync, writeSync } from "node:fs";
import { userInfo } from "node:os";
import { type Command, InvalidArgumentError } from "commander";
import { type Config, loadConfig } from "../server/config.ts";
import { dismiss, heldBytes, repair, type Reread, retry, retryAll } from "../server/ingest/repair.ts";
import { eraseContent } from "../server/ingest/erase-content.ts";
import { UserError } from "../server/lib/errors.ts";
import { safeJson } from "../server/lib/safe-json.ts";
import { visibleText } from "../server/domain/visible-text.ts";
import { modelMappingOf } from "../server/setup-models.ts";
import { existingStoreOf, writableStoreOf } from "../server/setup-store.ts";
import { quarantineCount, quarantineList } from "../server/store/catalog/ledger-report.ts";
import { retryUnit, unitNamed } from "../server/store/catalog/retry.ts";
import { heldEntry } from "../server/store/catalog/quarantine.ts";
import { backup } from "../server/store/backup.ts";
import { compactDue } from "../server/store/compact.ts";
import { type Lease, takeLease } from "../server/store/lease.ts";
import { retain } from "../server/store/retain.ts";
import type { Store } from "../server/store/store.ts";
import { sweep } from "../server/store/sweep.ts";
import { verify } from "../server/store/verify.ts";
import { exitCodes, guarded, interruption, stderrLog } from "./command.ts";
import { grouped, printQuarantine } from "./ingest-print.ts";

export interface StoreFlags {
  readonly data?: string;
  readonly config?: string;
  readonly json?: boolean;
}

export interface ReasonFlags extends StoreFlags {
  readonly reason: string;
}

interface RetryFlags extends StoreFlags {
  readonly unit: string;
  readonly maxBytes?: number;
}

interface EraseFlags extends ReasonFlags {
  readonly principal?: string;
  readonly request?: string;
  readonly before?: string;
}

/** Entries of the quarantine that are listed at most, the newest. */
const maxListed = 1_000;

/** Adds the commands that look after the store: `quarantine`, `retry`, `verify`, `compact`, `retain`, `erase`, `backup`. */
export function addStoreCommands(ingest: Command): void {
  addQuarantine(ingest.command("quarantine").description("What could not be read, and what to do about it."));
  stored(ingest.command("retry"))
    .description("Read a unit again that was given up, or that waits for another try.")
    .requiredOption("--unit <id>", "number of the unit, or the key of its object")
    .option("--max-bytes <n>", "read it up to this size, decompressed, whatever its limits", wholeNumber)
    .action((flags: RetryFlags) => guarded(() => retryOne(flags)));
  stored(ingest.command("verify"))
    .description("Hold ledger, catalog and lake against each other; changes nothing.")
    .option("--hashes", "read every segment and compare its hash")
    .action((flags: StoreFlags & { readonly hashes?: boolean }) => guarded(() => verified(flags)));
  stored(ingest.command("compact"))
    .description("Make one segment of many, now.")
    .action((flags: StoreFlags) => guarded(() => compacted(flags)));
  stored(ingest.command("retain"))
    .description("Take out what is older than its time, now.")
    .action((flags: StoreFlags) => guarded(() => retained(flags)));
  withReason(stored(ingest.command("erase")))
    .description("Take prompts and answers of some calls out for good; calls and counts stay.")
    .option("--principal <who>", "of this principal: as shown, its key, or an ARN")
    .option("--request <id>", "of this call: account/region/request id")
    .option("--before <time>", "of calls before this time", instant)
    .action((flags: EraseFlags) => guarded(() => erased(flags)));
  stored(ingest.command("backup"))
    .description("Copy the store into an empty folder, while it is used. To restore, put the folder back.")
    .requiredOption("--to <dir>", "folder for the copy")
    .action((flags: StoreFlags & { readonly to: string }) => guarded(() => backedUp(flags)));
}

function addQuarantine(quarantine: Command): void {
  stored(quarantine.command("list"))
    .description("What could not be read, with its place; never its text.")
    .action((flags: StoreFlags) => guarded(() => list(flags)));
  stored(quarantine.command("show").argument("<id>"))
    .description("One entry; with --content and --reason its bytes, to stdout.")
    .option("--content", "print the bytes as they came; needs --reason")
    .option("--reason <text>", "why the content is read")
    .action((id: string, flags: StoreFlags & { readonly content?: boolean; readonly reason?: string }) =>
      guarded(() => show(id, flags)),
    );
  stored(quarantine.command("retry").argument("[id]"))
    .description("Read an entry, or all open ones, with this version of the program.")
    .action((id: string | undefined, flags: StoreFlags) => guarded(() => reread(id, flags)));
  withReason(stored(quarantine.command("repair").argument("<id>")))
    .description("Store a corrected record in place of an entry.")
    .requiredOption("--with <file>", "the corrected line")
    .action((id: string, flags: ReasonFlags & { readonly with: string }) => guarded(() => repaired(id, flags)));
  withReason(stored(quarantine.command("dismiss").argument("<id>")))
    .description("Settle an entry without reading it; it stays counted.")
    .action((id: string, flags: ReasonFlags) => guarded(() => dismissed(id, flags)));
}

export function stored(command: Command): Command {
  return command
    .option("--data <dir>", "data directory (default ./data)")
    .option("--config <file>", "configuration file (default bedrock-audit.yaml, if there)")
    .option("--json", "print one JSON document");
}

export function withReason(command: Command): Command {
  return command.requiredOption("--reason <text>", "why; it is kept in the access trail", words);
}

/** The OS account: commands have its rights. */
export function operator(): string {
  return `cli:${userInfo().username}`;
}

export async function inStore<T>(
  { config, data }: StoreFlags,
  use: (store: Store, settings: Config) => Promise<T>,
  open = existingStoreOf,
): Promise<T> {
  const settings = loadConfig({ data, config });
  const store = await open(settings, stderrLog);
  try {
    return await use(store, settings);
  } finally {
    await store.close();
  }
}

function asWriter<T>(
  flags: StoreFlags,
  command: string,
  use: (store: Store, lease: Lease, settings: Config) => Promise<T>,
): Promise<T> {
  const hold = async (store: Store, settings: Config): Promise<T> => {
    const lease = await takeLease(store, command);
    try {
      return await use(store, lease, settings);
    } finally {
      await lease.release();
    }
  };
  return inStore(flags, hold, writableStoreOf);
}

export function say({ json }: StoreFlags, document: object, sentence: string): void {
  console.log(json === true ? safeJson(document) : sentence);
}

function list(flags: StoreFlags): Promise<number> {
  return inStore(flags, async ({ catalog }) => {
    const entries = await quarantineList(catalog, { limit: maxListed });
    if (flags.json === true) console.log(safeJson(entries));
    else printQuarantine(entries);
    const all = entries.length < maxListed ? entries.length : await quarantineCount(catalog);
    if (all > entries.length) console.error(`These are the first ${grouped(entries.length)} of ${grouped(all)}.`);
    return exitCodes.done;
  });
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : value === null ? "–" : JSON.stringify(value);
}

function show(
  id: string,
  flags: StoreFlags & { readonly content?: boolean; readonly reason?: string },
): Promise<number> {
  const { content, reason = "" } = flags;
  if (content === true && reason.trim() === "")
    throw new UserError("content is printed only for a reason", "Add --reason with a few words.");
  return inStore(flags, async (store) => {
    if (content !== true) {
      const { file, ...entry } = await heldEntry(store.catalog, id);
      const told = { ...entry, bytesKept: file !== null };
      const lines = Object.entries(told).map(([name, value]) => `${name}: ${visibleText(textOf(value))}`);
      say(flags, told, lines.join("\n"));
      return exitCodes.done;
    }
    const bytes = await heldBytes(store, id, { by: operator(), reason });
    if (bytes === null) throw new UserError(`the bytes of ${id} are not kept`, "Its place and hash are all there is.");
    writeSync(1, bytes);
    return exitCodes.done;
  });
}

function reread(id: string | undefined, flags: StoreFlags): Promise<number> {
  return asWriter(flags, "ingest quarantine retry", async (store, lease, settings) => {
    const settling = { by: operator(), reason: "retry", mapping: modelMappingOf(settings) };
    const all = id === undefined ? await retryAll(store, lease, settling) : [await retry(store, lease, id, settling)];
    if (flags.json === true) console.log(safeJson(all));
    else for (const one of all) console.log(rereadWords(one));
    return all.every(({ unreadable }) => unreadable === null) ? exitCodes.done : exitCodes.badNews;
  });
}

function rereadWords({ counts, id, unreadable }: Reread): string {
  if (unreadable !== null) return `${id}: still not readable: ${visibleText(unreadable)}`;
  return `${id}: stored ${counts.stored}, duplicates ${counts.duplicates}, ignored ${counts.ignored}`;
}

function repaired(id: string, flags: ReasonFlags & { readonly with: string }): Promise<number> {
  const bytes = given(flags.with);
  return asWriter(flags, "ingest quarantine repair", async (store, lease, settings) => {
    const how = { by: operator(), reason: flags.reason, mapping: modelMappingOf(settings) };
    const done = await repair(store, lease, id, { bytes, ...how });
    say(flags, done, rereadWords(done));
    return exitCodes.done;
  });
}

function given(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new UserError(`${file} could not be read`, "Name a readable file with --with.", { cause });
  }
}

function dismissed(id: string, flags: ReasonFlags): Promise<number> {
  return inStore(flags, async (store) => {
    await dismiss(store, id, { by: operator(), reason: flags.reason });
    say(flags, { id, state: "dismissed" }, `${id}: dismissed`);
    return exitCodes.done;
  });
}

function retryOne(flags: RetryFlags): Promise<number> {
  return asWriter(flags, "ingest retry", async ({ catalog }) => {
    const unit = await unitNamed(catalog, flags.unit);
    await retryUnit(catalog, unit, flags.maxBytes ?? null);
    say(flags, { unit, state: "listed" }, `unit ${unit} is read again by the next run of ingest`);
    return exitCodes.done;
  });
}

function verified(flags: StoreFlags & { readonly hashes?: boolean }): Promise<number> {
  return inStore(flags, async (store) => {
    const found = await verify(store, { hashes: flags.hashes === true });
    const { faults, rows, segments, snapshot, units } = found;
    const looked = `snapshot ${snapshot}: ${units} units, ${segments} segments, ${rows} invocations`;
    const words = faults.map(({ detail, what }) => `FAULT ${what}: ${visibleText(detail)}`);
    say(flags, found, [looked, ...words, faults.length === 0 ? "everything adds up" : ""].filter(Boolean).join("\n"));
    return faults.length === 0 ? exitCodes.done : exitCodes.badNews;
  });
}

function compacted(flags: StoreFlags): Promise<number> {
  return asWriter(flags, "ingest compact", async (store, lease) => {
    const signal = interruption();
    const { failed, replaced } = await compactDue(store, lease, signal);
    await sweep(store, lease);
    const left = failed.map(({ dt, name }) => `${name} of ${dt} could not be compacted and stays as it is`);
    say(flags, { replaced, failed }, [`${replaced} segments were replaced`, ...left].join("\n"));
    if (signal.aborted) return exitCodes.interrupted;
    return failed.length === 0 ? exitCodes.done : exitCodes.inPart;
  });
}

function retained(flags: StoreFlags): Promise<number> {
  return asWriter(flags, "ingest retain", async (store, lease, { retention }) => {
    const signal = interruption();
    const rows = await retain(store, lease, retention, signal);
    say(flags, { rows }, `${rows} rows were older than their time and are gone`);
    return signal.aborted ? exitCodes.interrupted : exitCodes.done;
  });
}

function erased(flags: EraseFlags): Promise<number> {
  const { before, principal, reason, request } = flags;
  if (before === undefined && principal === undefined && request === undefined)
    throw new UserError("nothing says whose content is to go", "Add --principal, --request or --before.");
  const scope = {
    ...(principal === undefined ? {} : { principal }),
    ...(request === undefined ? {} : { request }),
    ...(before === undefined ? {} : { before }),
  };
  return asWriter(flags, "ingest erase", async (store, lease) => {
    const done = await eraseContent(store, lease, { scope, by: operator(), reason });
    const gone = `${done.calls} calls, ${done.rows} texts erased; the files go within 15 minutes of the next run`;
    const { backupFailed: failed, looseFiles, quarantine } = done;
    const told = [
      gone,
      ...(looseFiles === 0
        ? []
        : [`${looseFiles} left-over files that held such texts, or could not be read, are gone`]),
      ...(quarantine.removed === 0 ? [] : [`the bytes of ${quarantine.removed} entries of the quarantine are gone`]),
      ...(quarantine.untold === 0
        ? []
        : [
            `the bytes of ${quarantine.untold} entries of the quarantine do not say whose they are and stay until their time: "bedrock-audit ingest quarantine list" names them`,
          ]),
      ...(failed === null
        ? []
        : [`the catalog could not be backed up afterwards (${failed}): the next run of ingest tries again`]),
    ];
    say(flags, done, told.join("\n"));
    return failed === null && quarantine.untold === 0 ? exitCodes.done : exitCodes.inPart;
  });
}

function backedUp(flags: StoreFlags & { readonly to: string }): Promise<number> {
  return inStore(flags, async (store) => {
    const done = await backup(store, flags.to);
    say(flags, done, `snapshot ${done.snapshot}: ${done.files} files, ${done.bytes} bytes copied and compared`);
    return exitCodes.done;
  });
}

function words(text: string): string {
  if (text.trim() === "") throw new InvalidArgumentError("Write a few words.");
  return text;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError("Write a whole number.");
  return Number(text);
}

function instant(text: string): string {
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new InvalidArgumentError("Write 2026-11-01 or 2026-11-01T12:00:00Z.");
  return new Date(at).toISOString();
}
