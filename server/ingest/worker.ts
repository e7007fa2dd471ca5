import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parentPort, workerData, type MessagePort } from "node:worker_threads";
import { Group, SpoiledError, type GroupDeps } from "./group.ts";
import { DamagedError, OversizeError } from "./gunzip.ts";
import { amendCalls } from "./amend-calls.ts";
import type {
  AmendCall,
  BodyAnswer,
  Claim,
  Copy,
  FromWorker,
  ToWorker,
  UnitDamage,
  UnitJob,
  WorkerSetup,
} from "./protocol.ts";
import type { LakeRows } from "./rows.ts";
import { type Erasures, readUnit, type UnitDeps } from "./unit.ts";
import type { BodyDeps } from "./whole-record.ts";
import { errorCode } from "../lib/errors.ts";
import { openHmac } from "../lib/hash.ts";
import { inParallel } from "../lib/in-parallel.ts";
import { memo } from "../lib/memo.ts";
import { readLine } from "../normalize/read-line.ts";
import { priceKey } from "../pricing/price-key.ts";
import { signalRules } from "../signals/list.ts";
import { openScanner } from "../signals/scan.ts";
import { identityHash, isPieceHash, pieceHash } from "../store/erased-names.ts";
import type { StagedSegment } from "../store/lake.ts";
import { openSegmentWriter, type SegmentWriter } from "../store/segments/segment-writer.ts";

type Answer = { readonly verdicts: Uint8Array; readonly copies: ReadonlyMap<number, Copy> };
/** Of a batch of any length: what has no verdict is not written. */
const nothingFresh: Answer = { verdicts: new Uint8Array(0), copies: new Map() };

/** A stream of what the coordinator sends for one unit. */
class Inlet {
  readonly #chunks: Buffer[] = [];
  readonly #consumed: (bytes: number) => void;
  #state: "open" | "ended" | "cut" | "closed" = "open";
  #wake: () => void = () => undefined;

  constructor(consumed: (bytes: number) => void) {
    this.#consumed = consumed;
  }

  push(chunk: Buffer): void {
    if (this.#state === "closed") return this.#consumed(chunk.length);
    this.#chunks.push(chunk);
    this.#wake();
  }

  /** `whole` is false when the source failed. */
  end(whole: boolean): void {
    if (this.#state === "open") this.#state = whole ? "ended" : "cut";
    this.#wake();
  }

  async *read(): AsyncGenerator<Buffer> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        yield chunk;
        this.#consumed(chunk.length);
      } else if (this.#state === "cut" || this.#state === "closed") {
        throw new CutError("the source failed");
      } else if (this.#state === "ended") {
        return;
      } else {
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    }
  }

  /** Whoever reads it is told at once that the rest will not come. */
  cut(): void {
    this.close();
    this.#wake();
  }

  /** What nobody will read any more counts as consumed. */
  close(): void {
    this.#state = "closed";
    for (const chunk of this.#chunks.splice(0)) this.#consumed(chunk.length);
  }
}

class CutError extends Error {
  override readonly name = "CutError";
}

/** Everything that one worker thread does; `port` is its coordinator. */
export async function runWorker(setup: WorkerSetup, port: MessagePort): Promise<void> {
  const send = (message: FromWorker) => port.postMessage(message);
  const answers = new Map<number, (answer: Answer) => void>();
  // Agents send their system prompt, tools and history with every call.
  const hmac = memo(openHmac(setup.hmacKey), 2_000, 4_096);
  const scanner = openScanner({ hmac, rules: setup.signals ? signalRules : [] });
  const segments = openSegments(setup);
  const models = new Map(setup.models);
  const { erased, limits, mapping, preferred } = setup;
  const normalize = {
    hmac,
    resolve: (arn: string) => models.get(arn) ?? null,
    mapping: (arn: string) => mapping.get(arn) ?? null,
  };
  const unitDeps: UnitDeps = {
    limits,
    readLine: (line, fetched) => readLine(line, fetched === undefined ? normalize : { ...normalize, fetched }),
    erased: erasuresOf(erased),
  };
  const tickets = new Map<number, (answer: BodyAnswer) => void>();
  let lastTicket = 0;
  const bodies: BodyDeps = {
    limits,
    fetch(target, path) {
      const ticket = ++lastTicket;
      send({ type: "fetch", ticket, target, path });
      return new Promise((resolve) => tickets.set(ticket, resolve));
    },
  };
  const groupDeps = (id: number): GroupDeps => ({
    claim(claim: Claim) {
      if (dropped.has(id)) return Promise.resolve(nothingFresh);
      send({ type: "claim", claim });
      return new Promise((resolve) => answers.set(id, resolve));
    },
    scan: (invocation, content) => scanner.scan(invocation, content),
    price: (invocation) => priceKey(invocation),
    write: (rows) => segments.write(id, rows),
    batch: setup.batch,
    bodies,
    isPreferred: ({ invocation, recordHash }) =>
      preferred.size > 0 && preferred.get(identityHash(invocation.id)) === recordHash,
  });
  const consumed = (bytes: number) => send({ type: "consumed", bytes });
  const dropped = new Set<number>();

  let group: { readonly id: number; readonly units: Group; failure: FromWorker | null } | null = null;
  let inlet = new Inlet(consumed);
  /** Of the unit that is being read. */
  let outlet: Inlet | null = null;
  /** Units and ends of groups, one after the other. */
  let work: Promise<void> = Promise.resolve();
  const next = (task: () => Promise<void>) => (work = work.then(task));

  /** All of a small unit may be here when its group is dropped: its next line ends it. */
  function readLineOf(id: number): UnitDeps["readLine"] {
    return (line, fetched) => {
      if (dropped.has(id)) throw new CutError("the group was dropped");
      return unitDeps.readLine(line, fetched);
    };
  }

  async function takeUnit(id: number, job: UnitJob, from: Inlet): Promise<void> {
    if (group?.id !== id) group = { id, units: new Group(id, groupDeps(id)), failure: null };
    const current = group;
    try {
      if (current.failure === null && !dropped.has(id)) {
        outlet = from;
        const tally = await readUnit(job, from.read(), current.units, { ...unitDeps, readLine: readLineOf(id) });
        await current.units.unitRead(job.unitId, tally);
        send({ type: "progress", records: tally.counts.read, bytes: tally.bytes });
      }
    } catch (error) {
      current.failure = failed(current.units, id, job.unitId, error);
    }
    from.close();
  }

  async function endGroup(id: number): Promise<void> {
    const current = group?.id === id ? group : { id, units: new Group(id, groupDeps(id)), failure: null };
    group = null;
    // The next group is read while this one is written to its end.
    if (current.failure !== null) {
      // Its folder is taken away when this is told.
      await current.units.abandon();
      return send(current.failure);
    }
    void current.units.finish().then(
      (result) => send({ type: "staged", group: id, result }),
      async (error: unknown) => {
        await current.units.abandon();
        send({ type: "spoiled", group: id, unitId: null, damage: null, code: errorCode(error) });
      },
    );
  }

  async function amend(id: number, calls: readonly AmendCall[]): Promise<void> {
    try {
      send({ type: "amended", group: id, result: await amendCalls(calls, { ...groupDeps(id), normalize }) });
    } catch (error) {
      send({ type: "spoiled", group: id, unitId: null, damage: null, code: errorCode(error) });
    }
  }

  function dropGroup(id: number): void {
    dropped.add(id);
    if (group?.id === id) outlet?.cut();
    answers.get(id)?.(nothingFresh);
  }

  function takeBody({ answer, ticket }: Extract<ToWorker, { type: "fetched" }>): void {
    tickets.get(ticket)?.(answer);
    tickets.delete(ticket);
  }

  send({ type: "ready" });
  port.on("message", (message: ToWorker) => {
    if (message.type === "unit") {
      const mine = (inlet = new Inlet(consumed));
      void next(() => takeUnit(message.group, message.job, mine));
    } else if (message.type === "bytes")
      inlet.push(Buffer.from(message.chunk.buffer, message.chunk.byteOffset, message.chunk.length));
    else if (message.type === "unit-end") inlet.end(message.whole);
    else if (message.type === "group-end") void next(() => endGroup(message.group));
    else if (message.type === "group-drop") dropGroup(message.group);
    else if (message.type === "models") for (const [arn, model] of message.models) models.set(arn, model);
    else if (message.type === "amend") void next(() => amend(message.group, message.calls));
    else if (message.type === "fetched") takeBody(message);
    else if (message.type === "verdicts") answers.get(message.group)?.(message);
    else {
      segments.close();
      port.close();
    }
  });
}

function erasuresOf(erased: ReadonlySet<string>): Erasures | null {
  if (erased.size === 0) return null;
  const hasPieces = [...erased].some(isPieceHash);
  return {
    isCall: (id) => erased.has(identityHash(id)),
    isPiece: hasPieces ? (sha256) => erased.has(pieceHash(sha256)) : null,
  };
}

/** What a failed unit does to its group; null when the group goes on without it. */
function failed(group: Group, id: number, unitId: number, error: unknown): FromWorker | null {
  const damage = damageOf(unitId, error);
  const code = errorCode(error);
  if (damage === null && !(error instanceof CutError)) {
    return { type: "spoiled", group: id, unitId: error instanceof SpoiledError ? unitId : null, damage: null, code };
  }
  try {
    group.dropUnit(unitId, damage);
    return null;
  } catch {
    return { type: "spoiled", group: id, unitId, damage, code };
  }
}

function damageOf(unitId: number, error: unknown): UnitDamage | null {
  if (error instanceof DamagedError) return { unitId, state: "corrupt", code: error.reason, at: error.at };
  if (error instanceof OversizeError) return { unitId, state: "oversize", code: error.limit, at: 0 };
  return null;
}

interface Segments {
  write(group: number, rows: LakeRows): Promise<readonly StagedSegment[]>;
  close(): void;
}

/** A disk takes several files in about the time of one, and meanwhile the next ones are written. */
const daysAtOnce = 4;

/** Writes the rows of batches as staged segments, a few days side by side; a run that finds nothing new opens no writer. */
function openSegments({ catalogId, stagingDir }: WorkerSetup): Segments {
  let opened: Promise<SegmentWriter> | null = null;
  let number = 0;
  let last: Promise<unknown> = Promise.resolve();
  async function write(group: number, rows: LakeRows): Promise<readonly StagedSegment[]> {
    const folder = join(stagingDir, String(group));
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const writer = await (opened ??= openSegmentWriter());
    let failed: { readonly error: unknown } | null = null;
    const staged = await inParallel([...rows.days], daysAtOnce, async ([dt, day]) => {
      const segments: StagedSegment[] = [];
      try {
        for (const [table, batch] of day.batches()) {
          // Nothing is written any more when the failure is told.
          if (failed !== null) break;
          const stagedFile = join(folder, `${++number}.parquet`);
          const written = await writer.write(table, batch, stagedFile, { catalogId, batchId: String(group) });
          segments.push({ table, dt, stagedFile, ...written });
        }
      } catch (error) {
        failed ??= { error };
      }
      return segments;
    });
    if (failed !== null) throw (failed as { readonly error: unknown }).error;
    return staged.flat();
  }
  return {
    write(group, rows) {
      const result = last.then(() => write(group, rows));
      last = result.catch(() => undefined);
      return result;
    },
    close: () => void opened?.then((writer) => writer.close()),
  };
}

if (parentPort !== null) await runWorker(workerData as WorkerSetup, parentPort);
