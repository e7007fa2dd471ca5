import type { QuarantineEntry } from "../server/domain/api.ts";
import type { IngestStatus, TargetCoverage } from "../server/domain/coverage.ts";
import type { IngestProgress } from "../server/ingest.ts";
import { visibleText } from "../server/domain/visible-text.ts";

const progressEveryMs = 2_000;

function grouped(count: number): string {
  return count.toLocaleString("en-US");
}

/** Says on stderr how far the run has come, at most every two seconds. */
export function progressPrinter(): (progress: IngestProgress) => void {
  let last = Date.now();
  return ({ bytes, records, state, units, unitsDone }) => {
    if (Date.now() - last < progressEveryMs) return;
    last = Date.now();
    const size = `${grouped(Math.round(bytes / 2 ** 20))} MiB`;
    console.error(`${state}: ${grouped(unitsDone)} of ${grouped(units)} objects, ${grouped(records)} records, ${size}`);
  };
}

/** Names of sources and reasons come from outside: they are shown as visible text. */
export function printStatus({ counts, findings, invocations, sources, store, targets }: IngestStatus): void {
  const { duplicates, ignored, quarantined, read, stored } = counts;
  console.log(`store ${store}, ${grouped(invocations)} invocations`);
  console.log(
    `read ${grouped(read)} = stored ${grouped(stored)} + duplicates ${grouped(duplicates)} + quarantined ${grouped(quarantined)} + ignored ${grouped(ignored)}`,
  );
  for (const { backlog, kind, place, reason, state } of sources) {
    const waiting = backlog.units > 0 ? `, objects that wait: ${grouped(backlog.units)}` : "";
    const why = reason === null ? "" : `: ${visibleText(reason)}`;
    console.log(`source ${kind} ${visibleText(place)}: ${state}${why}${waiting}`);
  }
  for (const target of targets)
    console.log(`target ${visibleText(`${target.accountId}/${target.region}`)}: ${coverageWords(target)}`);
  for (const { at, key, kind } of findings) console.log(`finding ${kind} ${visibleText(key ?? "")} (${at})`);
}

function coverageWords({ asOf, hole, logging, loggingError, readThrough }: TargetCoverage): string {
  if (logging === "off" && asOf === null) return "logging is off";
  if (logging === "unread" && asOf === null)
    return `its logging configuration could not be read (${visibleText(loggingError ?? "no answer")})`;
  const why = hole === null ? "" : ` (from ${hole.from}: ${visibleText(hole.reason)})`;
  return `complete through ${readThrough ?? "nothing"}${why}`;
}

/** What the reader can do about what is not well, one sentence each. */
export function adviceOn({ counts, sources }: IngestStatus): string[] {
  const advice: string[] = [];
  if (counts.quarantined > 0)
    advice.push(
      `Not readable: ${grouped(counts.quarantined)}. "bedrock-audit ingest quarantine list" names each and its place.`,
    );
  if (sources.some(({ state }) => state === "denied"))
    advice.push(
      "Some logs are refused. Grant s3:ListBucket and s3:GetObject on the bucket and kms:Decrypt on its key, or logs:FilterLogEvents on the log group; the next run goes on from there.",
    );
  if (sources.some(({ state }) => state === "missing"))
    advice.push("A destination of logs does not exist. Correct the logging configuration of its account and region.");
  if (sources.some(({ backlog }) => backlog.units > 0)) advice.push("What waits is tried again by later runs.");
  return advice;
}

export function printQuarantine(entries: readonly QuarantineEntry[]): void {
  for (const { byteFrom, byteTo, createdAt, detail, id, key, reason, state } of entries) {
    const place = byteFrom === null ? "" : ` bytes ${byteFrom}–${byteTo ?? "end"}`;
    console.log(`${id} ${state} ${reason} ${visibleText(key)}${place} ${createdAt} ${visibleText(detail)}`.trimEnd());
  }
}
