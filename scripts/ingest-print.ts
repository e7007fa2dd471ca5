import type { QuarantineEntry } from "../server/domain/compliance-answers.ts";
import type { IngestStatus, Lag, TargetCoverage } from "../server/domain/coverage.ts";
import { paceAfter, secondsLeft, type Pace } from "../server/domain/pace.ts";
import type { IngestProgress } from "../server/ingest.ts";
import { visibleText } from "../server/domain/visible-text.ts";

const progressEveryMs = 2_000;

export function grouped(count: number): string {
  return count.toLocaleString("en-US");
}

const lagEveryMs = 10_000;

/** Says on stderr how far the run has come, at most every two seconds, and not again once all is read; how far behind its targets are where `lag` can tell. */
export function progressPrinter(lag: () => Promise<Lag | null> = async () => null): (progress: IngestProgress) => void {
  let last = Date.now();
  let told = "";
  let pace: Pace | null = null;
  let behind: Lag | null = null;
  let askedAt = 0;
  let stopped: string | null = null;
  const askLag = () => {
    askedAt = Date.now();
    lag()
      .then((now) => (behind = now))
      // It stands beside the progress: where it cannot be read, the progress is told without.
      .catch(() => (behind = null));
  };
  return (progress) => {
    const now = Date.now();
    if (progress.stopped !== stopped) {
      stopped = progress.stopped;
      console.error(stopped === null ? "What is read is stored again." : `Nothing is stored now: ${stopped}.`);
    }
    pace = paceAfter(pace, now, progress);
    if (now - last < progressEveryMs) return;
    const { bytes, records, units, unitsDone } = progress;
    const reached = `${unitsDone} ${units} ${records} ${bytes}`;
    // Looking at the sources again and finding nothing new is no news.
    if (reached === told && unitsDone >= units) return;
    [last, told] = [now, reached];
    if (now - askedAt >= lagEveryMs) askLag();
    console.error(progressLine(progress, secondsLeft(pace, now, progress), behind));
  };
}

/** `reading: 12 of 340 objects, 1,234 records, 12 MiB, 8 min behind, about 3 min left`. */
export function progressLine(progress: IngestProgress, etaSeconds: number | null, lag: Lag | null): string {
  const { bytes, records, state, units, unitsDone } = progress;
  return [
    `${state}: ${grouped(unitsDone)} of ${grouped(units)} objects`,
    `${grouped(records)} records`,
    `${grouped(Math.round(bytes / 2 ** 20))} MiB`,
    ...(lag === null ? [] : lagWords(lag)),
    ...(etaSeconds === null ? [] : [`about ${spanWords(etaSeconds * 1_000)} left`]),
  ].join(", ");
}

function lagWords({ behindMs, unread }: Lag): string[] {
  return [
    ...(behindMs === null ? [] : [`${spanWords(behindMs)} behind`]),
    ...(unread === 0 ? [] : [`${grouped(unread)} targets not read yet`]),
  ];
}

function spanWords(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${grouped(Math.round(minutes / 60))} h`;
}

/** Names of sources and reasons come from outside: they are shown as visible text. */
export function printStatus({ counts, failure, findings, invocations, sources, store, targets }: IngestStatus): void {
  const { duplicates, ignored, quarantined, read, stored } = counts;
  console.log(`store ${store}, ${grouped(invocations)} invocations`);
  if (failure !== null) console.log(`the last commit failed: ${visibleText(failure.code)} (${failure.at})`);
  console.log(
    `read ${grouped(read)} = stored ${grouped(stored)} + duplicates ${grouped(duplicates)} + quarantined ${grouped(quarantined)} + ignored ${grouped(ignored)}`,
  );
  for (const { accountId, backlog, kind, place, reason, region, state } of sources) {
    const left = backlog.etaSeconds === null ? "" : ` (about ${spanWords(backlog.etaSeconds * 1_000)} left)`;
    const waiting = backlog.units > 0 ? `, objects that wait: ${grouped(backlog.units)}${left}` : "";
    const why = reason === null ? "" : `: ${visibleText(reason)}`;
    // A bucket or folder can hold the logs of many targets, each of which is a source.
    const target = accountId === null ? "" : ` (${visibleText(`${accountId}/${region ?? "all regions"}`)})`;
    console.log(`source ${kind} ${visibleText(place)}${target}: ${state}${why}${waiting}`);
  }
  for (const target of targets)
    console.log(`target ${visibleText(`${target.accountId}/${target.region}`)}: ${coverageWords(target)}`);
  for (const { at, key, kind } of findings) console.log(`finding ${kind} ${visibleText(key ?? "")} (${at})`);
}

function coverageWords(target: TargetCoverage): string {
  const { asOf, exceptions, hole, logging, loggingError, readThrough, settledThrough } = target;
  if (logging === "off" && asOf === null) return "logging is off";
  if (logging === "unread" && asOf === null)
    return `its logging configuration could not be read (${visibleText(loggingError ?? "no answer")})`;
  const why = hole === null ? "" : ` (from ${hole.from}: ${visibleText(hole.reason)})`;
  const settled = settledThrough === null ? "" : `, settled through ${settledThrough}`;
  const lost = exceptions === 0 ? "" : `, exceptions: ${grouped(exceptions)}`;
  return `complete through ${readThrough ?? "nothing"}${settled}${lost}${why}`;
}

/** What the reader can do about what is not well, one sentence each. */
export function adviceOn({ counts, sources }: IngestStatus): string[] {
  const advice: string[] = [];
  if (counts.quarantined > 0)
    advice.push(
      `Not readable: ${grouped(counts.quarantined)}. "bedrock-audit ingest quarantine list" names each and its place.`,
    );
  const denied = sources.filter(({ state }) => state === "denied");
  if (denied.some(({ kind }) => kind === "folder"))
    advice.push("A folder of logs is refused. Let this program read it.");
  if (denied.some(({ kind }) => kind !== "folder"))
    advice.push(
      "Some logs are refused. Grant s3:ListBucket and s3:GetObject on the bucket and kms:Decrypt on its key, or logs:FilterLogEvents on the log group; the next run goes on from there.",
    );
  if (sources.some(({ kind, units }) => kind !== "folder" && (units.denied ?? 0) > 0))
    advice.push(
      "Some objects may not be read. Grant s3:GetObject on them and kms:Decrypt on their key, and look whether the key is there and enabled; they are tried again for ever.",
    );
  const missing = sources.filter(({ state }) => state === "missing");
  if (missing.some(({ kind }) => kind === "folder"))
    advice.push("A folder of logs is not there. Mount it or put it back.");
  if (missing.some(({ kind }) => kind !== "folder"))
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
