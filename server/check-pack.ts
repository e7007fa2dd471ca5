import { stringify } from "yaml";
import { keptRun } from "./controls/check-runs.ts";
import { shownVerdict, type CheckReport } from "./domain/compliance.ts";
import type { SourceStatus, TargetCoverage } from "./domain/coverage.ts";
import type { QuarantineEntry } from "./domain/compliance-answers.ts";
import { UserError } from "./lib/errors.ts";
import { sha256Hex } from "./lib/hash.ts";
import { zip } from "./lib/zip.ts";
import { checkCsv } from "./reports/check-csv.ts";
import { checkHtml } from "./reports/check-html.ts";
import { type CsvValue, csvFile } from "./reports/csv-file.ts";
import { allTargets } from "./store/catalog/coverage.ts";
import { quarantineList, sourceStatuses } from "./store/catalog/ledger-report.ts";
import type { Store } from "./store/store.ts";
import { trailHead } from "./trail/trail.ts";

export interface PackOptions {
  /** Of the run. */
  readonly id: string;
  readonly madeBy: string;
  readonly reason: string | null;
  readonly ticket: string | null;
  /** Of this program. */
  readonly version: string;
  readonly demo: boolean;
}

export interface CheckPack {
  /** A ZIP archive. */
  readonly bytes: Buffer<ArrayBuffer>;
  /** Who knows it can tell whether the pack is as it was. */
  readonly manifestSha256: string;
}

interface PackFile {
  readonly text: string;
  /** Of a table or list; null: it is neither. */
  readonly rows: number | null;
}

type PackFiles = ReadonlyMap<string, PackFile>;

const mostQuarantined = 100_000;
const mostBytes = 256 * 1024 * 1024;

/**
 * What a run of the check saw and said, and what is known of the logs that were read, for people who check it without this program. null:
 * there is no such run. Holds no prompt, no answer and no excerpt of one. The same data gives the same bytes.
 */
export async function checkPack(
  store: Pick<Store, "catalog" | "clock">,
  options: PackOptions,
): Promise<CheckPack | null> {
  const { catalog, clock } = store;
  const run = await keptRun(catalog, options.id);
  if (run === null) return null;
  const { report, seen } = run;
  const files = new Map<string, PackFile>([
    ...ofReport(report, options),
    ...ofSnapshot(seen ?? []),
    ["coverage.csv", coverageTable(await allTargets(catalog, clock()))],
    ["ledger.csv", ledgerTable(await sourceStatuses(catalog, clock()))],
    ["quarantine.csv", quarantineTable(await quarantineList(catalog, { limit: mostQuarantined }))],
    ["README.txt", { text: readme(report, options, seen !== null), rows: null }],
  ]);
  const head = await trailHead(catalog, Date.parse(report.run.clock));
  return packed(files, { run: { id: report.run.id, clock: report.run.clock }, demo: options.demo, trail: head });
}

function packed(files: PackFiles, about: object): CheckPack {
  const size = [...files.values()].reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  if (size > mostBytes)
    throw new UserError("the pack would be larger than 256 MiB", "Run the check with --save: it writes a folder.");
  const listed = [...files].map(([path, { rows, text }]) => ({
    path,
    bytes: Buffer.byteLength(text),
    rows,
    sha256: sha256Hex(text),
  }));
  const ordered = listed.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const manifest = `${JSON.stringify({ schemaVersion: 1, kind: "bedrock-audit-pack", ...about, files: ordered }, null, 2)}\n`;
  const manifestSha256 = sha256Hex(manifest);
  const sums = [...ordered, { path: "manifest.json", sha256: manifestSha256 }];
  const texts = new Map([...files].map(([path, { text }]) => [path, text]));
  texts.set("manifest.json", manifest);
  texts.set("SHA256SUMS", sums.map(({ path, sha256 }) => `${sha256}  ${path}\n`).join(""));
  return { bytes: zip(texts), manifestSha256 };
}

const options = {
  color: false,
  quiet: false,
  verbose: true,
  newOnly: false,
  failOn: "high",
  policyPlace: null,
} as const;

function ofReport(report: CheckReport, { madeBy, reason, ticket, version }: PackOptions): PackFiles {
  const { policy, run, waivers, window } = report;
  const query = { run: run.id, asOf: run.clock, zone: "UTC", window, madeBy, reason, ticket, tool: version };
  const json = (value: unknown): PackFile => ({ text: `${JSON.stringify(value, null, 2)}\n`, rows: null });
  return new Map([
    ["query.json", json(query)],
    ["results.json", json(report)],
    ["results.csv", { text: checkCsv.render(report, options).text, rows: report.results.length }],
    ["summary.html", { text: checkHtml.render(report, options).text, rows: null }],
    ["policy.yaml", { text: stringify(policy.settings), rows: null }],
    ["waivers.json", json(waivers)],
  ]);
}

/** Each target's own file, as `savedTarget` made it. */
function ofSnapshot(seen: readonly object[]): PackFiles {
  return new Map(
    seen.map((target) => {
      const { account, region } = placeOf(target as SavedPlace);
      return [`snapshot/${word(account)}/${word(region)}.json`, { text: `${JSON.stringify(target)}\n`, rows: null }];
    }),
  );
}

interface Place {
  readonly account: string;
  readonly region: string;
}

type SavedPlace = Place | { readonly snapshot: { readonly target: Place } };

function placeOf(target: SavedPlace): Place {
  return "snapshot" in target ? target.snapshot.target : target;
}

/** A part of a path, of letters that lead nowhere else. */
function word(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9-]/g, "_");
}

function table(columns: readonly string[], rows: readonly (readonly CsvValue[])[]): PackFile {
  return { text: csvFile(columns, rows), rows: rows.length };
}

function coverageTable(targets: readonly TargetCoverage[]): PackFile {
  const columns = ["account", "region", "logging", "logging_error", "read_through", "settled_through"];
  return table(
    [...columns, "hole_from", "hole_reason", "exceptions"],
    targets.map(({ accountId, exceptions, hole, logging, loggingError, readThrough, region, settledThrough }) => [
      accountId,
      region,
      logging,
      loggingError,
      readThrough,
      settledThrough,
      hole?.from ?? null,
      hole?.reason ?? null,
      exceptions,
    ]),
  );
}

function ledgerTable(sources: readonly SourceStatus[]): PackFile {
  const columns = ["source", "kind", "account", "region", "place", "state", "reason"];
  return table(
    [...columns, "read", "stored", "duplicates", "quarantined", "ignored"],
    sources.map(({ accountId, counts, id, kind, place, reason, region, state }) => [
      id,
      kind,
      accountId,
      region,
      place,
      state,
      reason,
      counts.read,
      counts.stored,
      counts.duplicates,
      counts.quarantined,
      counts.ignored,
    ]),
  );
}

function quarantineTable(entries: readonly QuarantineEntry[]): PackFile {
  return table(
    ["id", "source", "key", "reason", "detail", "byte_from", "byte_to", "state", "created_at"],
    entries.map(({ byteFrom, byteTo, createdAt, detail, id, key, reason, sourceId, state }) => [
      id,
      sourceId,
      key,
      reason,
      detail,
      byteFrom,
      byteTo,
      state,
      createdAt,
    ]),
  );
}

function readme({ results, run, summary }: CheckReport, { demo, version }: PackOptions, hasSnapshot: boolean): string {
  const verdicts = results.map(shownVerdict);
  const count = (verdict: string) => verdicts.filter((each) => each === verdict).length;
  const { evaluated, excluded, total } = summary.targets;
  const missing = "The facts that the run saw are no longer kept: there is no folder snapshot.";
  return `${[
    ...(demo ? ["DEMO DATA: a simulated organisation.\n"] : []),
    `Evidence of Amazon Bedrock invocation logging: run ${run.id}, as of ${run.clock}.`,
    `Made by bedrock-audit ${version}. Holds no prompt, no answer and no excerpt of one.\n`,
    `FAIL ${count("FAIL")}, UNKNOWN ${count("UNKNOWN")}, PASS ${count("PASS")}, NOT_APPLICABLE ${count("NOT_APPLICABLE")}, WAIVED ${count("WAIVED")}.`,
    `Targets evaluated: ${evaluated} of ${total - excluded}.${run.complete ? "" : " The run ended before everything was looked at."}\n`,
    "query.json      which run, who made this pack and why",
    "summary.html    the results for people",
    "results.json    the results with their evidence; results.csv: a row a result",
    hasSnapshot ? "snapshot/       the facts of each account and region that they were judged from" : missing,
    "policy.yaml     what was asked of the logs; waivers.json: what was accepted, by whom, until when",
    "coverage.csv    how far the logs of each account and region are read, when the pack was made",
    "ledger.csv      read = stored + duplicates + quarantined + ignored, of each source",
    `quarantine.csv  what could not be read as a record, without its bytes; the newest ${mostQuarantined} at most`,
    "manifest.json   each file's size and SHA-256, and the head of the access trail as of the run\n",
    "To check that nothing was changed: sha256sum -c SHA256SUMS",
    "The hash of manifest.json stands in the access trail, in the entry of this pack.",
    "No signature: this server has no key for one.",
  ].join("\n")}\n`;
}
