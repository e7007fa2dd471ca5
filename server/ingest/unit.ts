import type { Counts } from "../domain/coverage.ts";
import type { Invocation, QuarantineReason } from "../domain/invocation.ts";
import { sha256Hex } from "../lib/hash.ts";
import { isoMs } from "../lib/iso-ms.ts";
import { DamagedError, openPlain, OversizeError, type PlainUnit, type UnitLimits } from "./gunzip.ts";
import { callIn } from "./held-text.ts";
import { splitLines, tooLong, type Line } from "./lines.ts";
import type { QuarantinedBytes, UnitJob } from "./protocol.ts";
import { dayOf, type IngestRecord } from "./record.ts";
import { isHeld } from "../store/catalog/holds.ts";
import type { FetchedBodies } from "../normalize/bodies.ts";
import type { LineOutcome } from "../normalize/read-line.ts";
import type { NormalizedRecord } from "../normalize/read-record.ts";

/** The law's numbers of one unit while it is read; `stored` and `duplicates` are added when its records are claimed. */
export interface Tally {
  readonly counts: { -readonly [Name in keyof Counts]: number };
  readonly ignoredBy: Map<string, number>;
  /** Decompressed. */
  bytes: number;
  firstAt: number | null;
  state: "done" | "partial";
}

export interface UnitSink {
  record(record: IngestRecord): void | Promise<void>;
  quarantine(entry: QuarantinedBytes): void;
}

export interface UnitDeps {
  readonly readLine: (line: Uint8Array, fetched?: FetchedBodies) => readonly LineOutcome[];
  readonly limits: UnitLimits;
  /** Null: nothing was erased. */
  readonly erased: Erasures | null;
}

/** What was erased, and is not stored again. */
export interface Erasures {
  /** Whether the content of this call was. */
  readonly isCall: (id: string) => boolean;
  /** Whether bytes in quarantine were, by their SHA-256 in hex. Null: none were. */
  readonly isPiece: ((sha256: string) => boolean) | null;
}

/**
 * Reads one unit to its end: every line is counted, every record goes to the sink. Throws `DamagedError` (unless the job salvages) and
 * `OversizeError`; what the sink has got by then must be dropped.
 */
export async function readUnit(
  job: UnitJob,
  chunks: AsyncIterable<Buffer>,
  sink: UnitSink,
  given: UnitDeps,
): Promise<Tally> {
  const deps = { ...given, limits: limitsOf(job, given.limits) };
  const unit = openUnit(job, sink, deps);
  const { tally } = unit;
  const tail = keptTail(chunks, job.salvage?.from ?? null);
  try {
    const plain = await openPlain(tail.chunks, deps.limits);
    for await (const line of splitLines(plain.chunks, deps.limits.recordBytes)) {
      tally.bytes = line.to;
      const taken = unit.take(line, plain.again);
      // To wait for what is done already takes a turn of its own.
      if (taken !== undefined) await taken;
    }
  } catch (error) {
    if (!(error instanceof DamagedError) || job.salvage === null) throw error;
    tally.state = "partial";
    tally.counts.read += 1;
    const rest = { from: error.at, to: tail.size(), bytes: tail.bytesFrom(error.at) };
    unit.refuse(error.reason, cutWords(rest), rest);
  }
  return tally;
}

/** A rest that is kept in part says so: its hash is that of the part. */
function cutWords({ bytes, from, to }: Place): string {
  if (bytes === null || bytes.length >= to - from) return "";
  return `Only the first ${bytes.length} of its ${to - from} bytes are kept; the hash is theirs.`;
}

/** What a person lets through is held against its size alone. */
function limitsOf({ maxBytes }: UnitJob, limits: UnitLimits): UnitLimits {
  if (maxBytes === null) return limits;
  const compressedBytes = Math.max(limits.compressedBytes, maxBytes);
  return { ...limits, compressedBytes, bytes: maxBytes, ratio: Infinity, records: Infinity, days: Infinity };
}

/** Where something stands, and its bytes; a message stands where its envelope does. */
interface Place {
  readonly from: number;
  readonly to: number;
  readonly bytes: Uint8Array | null;
  readonly sha256?: string | null;
}

function openUnit(job: UnitJob, sink: UnitSink, { erased, limits, readLine }: UnitDeps) {
  const tally: Tally = {
    counts: { read: 0, stored: 0, duplicates: 0, quarantined: 0, ignored: 0 },
    ignoredBy: new Map(),
    bytes: 0,
    firstAt: null,
    state: "done",
  };
  /** Each message of an envelope counts as a line. */
  let position = 0;
  const days = new Set<string>();
  let lastDay = "none";

  function refuse(reason: QuarantineReason, detail: string, { bytes, from, sha256, to }: Place): void {
    tally.counts.quarantined += 1;
    keep(reason, detail, { bytes, from, to, sha256: sha256 ?? null });
  }

  function keep(reason: QuarantineReason, detail: string, { bytes, from, sha256, to }: Place): void {
    const hash = bytes === null ? (sha256 ?? null) : sha256Hex(bytes);
    const kept = bytes === null || isForgotten(bytes, hash) ? null : Uint8Array.from(bytes);
    sink.quarantine({ unitId: job.unitId, reason, detail, byteFrom: from, byteTo: to, sha256: hash, bytes: kept });
  }

  /** These very bytes were erased, or the content of the call of which they tell. */
  function isForgotten(bytes: Uint8Array, hash: string | null): boolean {
    if (job.erased === true || isPiece(hash)) return true;
    const call = erased === null ? null : callIn(Buffer.from(bytes).toString("utf8"));
    return call !== null && erased?.isCall(call) === true;
  }

  function isPiece(hash: string | null): boolean {
    return hash !== null && (erased?.isPiece?.(hash) ?? false);
  }

  /** No content of this record may be kept. */
  function isBare({ id }: Invocation, { bytes }: Place): boolean {
    if (job.erased === true || erased?.isCall(id) === true) return true;
    // To hash every line is dear: most stores have none such.
    return bytes !== null && (erased?.isPiece ?? null) !== null && isPiece(sha256Hex(bytes));
  }

  function ignore(rule: string): void {
    tally.counts.ignored += 1;
    tally.ignoredBy.set(rule, (tally.ignoredBy.get(rule) ?? 0) + 1);
  }

  function countRead(): void {
    tally.counts.read += 1;
    if (tally.counts.read > limits.records) throw new OversizeError("records");
  }

  function countDay(time: string): void {
    if (time.startsWith(lastDay)) return;
    lastDay = dayOf(time);
    if (days.add(lastDay).size > limits.days) throw new OversizeError("days");
  }

  /** A promise only where something must be waited for: thousands of lines a second need nothing. */
  function take(line: Line, plain: PlainUnit["again"]): void | Promise<void> {
    if (line.bytes === null) {
      position += 1;
      countRead();
      return refuse("record-too-large", tooLong(limits.recordBytes), line);
    }
    const outcomes = readLine(line.bytes);
    const [first] = outcomes;
    if (first === undefined) position += 1;
    else if (outcomes.length === 1) return takeOutcome(first, line, plain);
    else return takeEach(outcomes, line);
  }

  async function takeEach(messages: readonly LineOutcome[], line: Line): Promise<void> {
    for (const message of messages) await takeOutcome(message, line, null);
  }

  function takeOutcome(outcome: LineOutcome, line: Line, plain: PlainUnit["again"]): void | Promise<void> {
    countRead();
    const place = placeOf(outcome, line);
    const bytesAgain = plain === null || place !== line ? held(place.bytes) : unpacked(plain, line.from, line.to);
    const at = position++;
    if (outcome.kind === "ignored") ignore(outcome.rule);
    else if (outcome.kind === "quarantined") refuse(cutReason(outcome.reason, line), outcome.detail, place);
    else return takeRecord(outcome, { at, place, bytesAgain });
  }

  function readAgain(bytes: Uint8Array | null, fetched?: FetchedBodies): NormalizedRecord | null {
    const [outcome] = bytes === null ? [] : readLine(bytes, fetched);
    return outcome?.kind === "record" ? { ...outcome, invocation: marked(job, outcome.invocation) } : null;
  }

  function takeRecord(
    outcome: Extract<LineOutcome, { kind: "record" }>,
    { at, bytesAgain, place }: { readonly at: number; readonly place: Place; bytesAgain: () => Uint8Array | null },
  ): void | Promise<void> {
    const { content, invocation, recordHash } = outcome;
    if (isOutOfScope(job, invocation)) return refuse("scope-mismatch", "", place);
    const time = isoMs(invocation.time);
    if (isPast(job, invocation, "invocations")) return ignore("retention");
    countDay(invocation.time);
    if (tally.firstAt === null || time < tally.firstAt) tally.firstAt = time;
    const bare = isBare(invocation, place);
    if (outcome.tooDeep) keep("too-deep", "", bare ? { ...place, bytes: null } : place);
    return sink.record({
      unitId: job.unitId,
      sourceId: job.sourceId,
      position: at,
      invocation: marked(job, invocation),
      content: bare || isPast(job, invocation, "content") ? null : content,
      recordHash,
      again: (fetched) => readAgain(bytesAgain(), fetched),
      ingestedAt: job.ingestedAt,
    });
  }

  return { tally, take, refuse };
}

function held(bytes: Uint8Array | null): () => Uint8Array | null {
  return () => bytes;
}

/** Thousands of records wait to be written: what they were read from is unpacked for the few that are read again. */
function unpacked(plain: () => Buffer, from: number, to: number): () => Uint8Array {
  return () => plain().subarray(from, to);
}

/** Of a message in an envelope, its own bytes: what else came with it is not to be read, kept or erased with it. */
function placeOf({ message }: LineOutcome, line: Line): Place {
  return message === undefined ? line : { from: line.from, to: line.to, bytes: Buffer.from(message) };
}

/** A last line without its line feed that is no JSON was cut. */
function cutReason(reason: QuarantineReason, line: Line): QuarantineReason {
  return reason === "not-json" && !line.terminated ? "truncated" : reason;
}

function isOutOfScope({ scope }: UnitJob, { accountId, region }: Invocation): boolean {
  return scope !== null && (scope.accountId !== accountId || scope.region !== region);
}

function marked({ repaired, salvage }: UnitJob, invocation: Invocation): Invocation {
  const marks = [...(salvage === null ? [] : ["partial-object"]), ...(repaired === true ? ["repaired"] : [])];
  return marks.length === 0 ? invocation : { ...invocation, anomalies: [...invocation.anomalies, ...marks] };
}

/** Whether a record is older than this is kept, and no hold keeps its day. */
function isPast({ retention }: UnitJob, { accountId, time }: Invocation, kept: "content" | "invocations"): boolean {
  if (retention === null || isoMs(time) >= retention[kept]) return false;
  return !isHeld(retention.held, accountId, dayOf(time));
}

const maxTailBytes = 8 * 2 ** 20;
/** zlib gives nothing of a chunk that holds a damage: near the damage it is fed byte by byte. */
const carefulBytes = 128 * 1024;

/** Passes the chunks on; with `from`, keeps what comes after it, up to 8 MiB. */
function keptTail(chunks: AsyncIterable<Buffer>, from: number | null) {
  let size = 0;
  let tail = Buffer.alloc(0);
  async function* passed(): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      const start = size;
      size += chunk.length;
      if (from === null || size <= from) {
        yield chunk;
        continue;
      }
      const at = Math.max(0, from - start);
      if (tail.length < maxTailBytes) tail = Buffer.concat([tail, chunk.subarray(at)]).subarray(0, maxTailBytes);
      if (at > 0) yield chunk.subarray(0, at);
      const careful = Math.min(chunk.length, Math.max(at, from + carefulBytes - start));
      for (let byte = at; byte < careful; byte += 1) yield chunk.subarray(byte, byte + 1);
      if (careful < chunk.length) yield chunk.subarray(careful);
    }
  }
  return {
    chunks: passed(),
    size: () => size,
    bytesFrom: (at: number) => (from === null || at < from ? null : tail.subarray(at - from)),
  };
}
