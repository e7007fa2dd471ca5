import type { Clock } from "../../lib/clock.ts";
import type { Log } from "../../lib/log.ts";
import type { Sql } from "../sql.ts";
import type { Engine, QueryOptions, QueryResult, Row } from "../store.ts";
import { EngineError } from "./engine-error.ts";
import { type EngineAnswer, EngineDied, EngineProcess, type EngineRequest } from "./engine-process.ts";
import { KnownSnapshots, type SegmentsOf } from "./known-snapshots.ts";
import type { EngineSettings } from "./protocol.ts";
import { type Reach, reachOf, type ReadSegments, type SnapshotSegments } from "./read-segments.ts";
import { ResultCache } from "./result-cache.ts";
import { SharedWork } from "../../lib/shared-work.ts";
import { type SlotLimits, Slots } from "./slots.ts";
import { columnsBytes } from "./weight.ts";

/** What a pool of queries may take. */
export interface EnginePool extends SlotLimits, EngineSettings {
  readonly name: string;
  readonly deadlineMs: number;
  /** How far its process stands back, as of nice(1). */
  readonly niceness: number;
  /** Without a query for so long, its process ends and its memory is free; the next query starts another one. Null: it stays. */
  readonly idleMs: number | null;
  /** Size of a result of up to 10,000 rows; a caller who asks for more rows gets as much more. */
  readonly maxBytes: number;
  /** Results that are remembered, in all: somebody may ask the same again. */
  readonly keptBytes: number;
}

export interface EngineDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** Number of the newest commit. */
  readonly snapshot: () => Promise<number>;
  readonly segments: (snapshot: number) => Promise<SnapshotSegments>;
}

const defaultMaxRows = 10_000;
const refuseAfterDeathMs = 10 * 60_000;

/** A query of one snapshot. */
interface Question {
  readonly statement: Sql;
  /** What is asked, whatever the snapshot. */
  readonly asked: string;
  readonly reach: Reach;
  readonly segments: ReadSegments;
  readonly maxRows: number;
  readonly deadlineMs: number;
}

function askedBy({ text, params }: Sql): string {
  const values = params.map((value) => (typeof value === "bigint" ? { bigint: String(value) } : value));
  return JSON.stringify([text, values]);
}

function keyOf({ asked, maxRows, segments }: Question): string {
  return `${segments.key} ${maxRows} ${asked}`;
}

function rowsOf({ names, chunks }: EngineAnswer): Row[] {
  const rows: Row[] = [];
  for (const columns of chunks) {
    const count = columns[0]?.length ?? 0;
    for (let index = 0; index < count; index++) {
      const row: Record<string, unknown> = {};
      for (let column = 0; column < names.length; column++) row[names[column] ?? ""] = columns[column]?.[index];
      rows.push(row);
    }
  }
  return rows;
}

function left(signal: AbortSignal | undefined): boolean {
  return signal?.aborted ?? false;
}

class PooledEngine implements Engine {
  readonly #pool: EnginePool;
  readonly #deps: EngineDeps;
  readonly #process: EngineProcess;
  readonly #slots: Slots;
  readonly #shared = new SharedWork<readonly Row[]>();
  readonly #cache: ResultCache;
  /** Statements that have ended the engine, and until when they are refused. */
  readonly #deadly = new Map<string, number>();
  readonly #snapshots: KnownSnapshots;
  #newest: { readonly snapshot: number; readonly segmentsOf: SegmentsOf } | null = null;

  constructor(pool: EnginePool, deps: EngineDeps) {
    this.#pool = pool;
    this.#cache = new ResultCache(pool.keptBytes);
    this.#deps = deps;
    this.#process = new EngineProcess(pool, pool);
    this.#slots = new Slots(pool);
    this.#snapshots = new KnownSnapshots(deps.segments);
  }

  async query(statement: Sql, options: QueryOptions = {}): Promise<QueryResult> {
    const { days = null, signal, maxRows = defaultMaxRows, deadlineMs = this.#pool.deadlineMs } = options;
    if (left(signal)) throw new EngineError("ENGINE_CANCELLED");
    const snapshot = options.snapshot ?? (await this.#deps.snapshot());
    const reach = reachOf(statement.text, days);
    const segments = await this.#segmentsOf(snapshot, reach);
    const question = { statement, asked: askedBy(statement), reach, segments, maxRows, deadlineMs };
    const key = keyOf(question);
    const cached = this.#cache.get(key);
    if (cached !== undefined) return { rows: cached, snapshot };
    try {
      const work = (given: AbortSignal) => this.#execute(question, given);
      return { rows: await this.#shared.run(key, work, signal), snapshot };
    } catch (error) {
      throw left(signal) ? new EngineError("ENGINE_CANCELLED") : error;
    }
  }

  close(): Promise<void> {
    return this.#process.close();
  }

  async #execute(question: Question, signal: AbortSignal): Promise<readonly Row[]> {
    const { asked, deadlineMs, maxRows, reach, segments } = question;
    if ((this.#deadly.get(asked) ?? 0) > this.#deps.clock()) throw new EngineError("ENGINE_RESTARTED");
    const maxBytes = this.#pool.maxBytes * Math.max(1, maxRows / defaultMaxRows);
    await this.#slots.take(signal);
    try {
      const { params, text } = question.statement;
      const request = { sql: text, params, tables: segments.tables, maxRows, maxBytes };
      const answer = await this.#twice(asked, request, deadlineMs, signal);
      const rows = rowsOf(answer);
      const bytes = answer.chunks.reduce((sum, columns) => sum + columnsBytes(columns), 0);
      const isCurrent = this.#newest?.segmentsOf(reach).key === segments.key;
      if (isCurrent) this.#cache.set(keyOf(question), { reach, segments: segments.key }, rows, bytes);
      return rows;
    } finally {
      this.#slots.release();
    }
  }

  /** A query in the engine when it died is tried once more; the second death is its own doing. */
  async #twice(asked: string, request: EngineRequest, deadlineMs: number, signal: AbortSignal): Promise<EngineAnswer> {
    try {
      return await this.#once(request, deadlineMs, signal);
    } catch (error) {
      if (!(error instanceof EngineDied)) throw error;
      this.#deps.log.warn({ event: "engine-restarted", pool: this.#pool.name });
    }
    try {
      return await this.#once(request, deadlineMs, signal);
    } catch (error) {
      if (!(error instanceof EngineDied)) throw error;
      this.#refuse(asked);
      throw new EngineError("ENGINE_RESTARTED");
    }
  }

  #refuse(asked: string): void {
    const now = this.#deps.clock();
    for (const [other, until] of this.#deadly) if (until <= now) this.#deadly.delete(other);
    this.#deadly.set(asked, now + refuseAfterDeathMs);
  }

  async #once(request: EngineRequest, deadlineMs: number, signal: AbortSignal): Promise<EngineAnswer> {
    const running = this.#process.run(request);
    let reason: "ENGINE_TIMEOUT" | "ENGINE_CANCELLED" | null = null;
    const end = (why: typeof reason) => {
      reason ??= why;
      running.cancel();
    };
    const onAbort = () => end("ENGINE_CANCELLED");
    const timer = setTimeout(() => end("ENGINE_TIMEOUT"), deadlineMs);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    try {
      return await running.answer;
    } catch (error) {
      if (reason !== null) throw new EngineError(reason);
      throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    }
  }

  async #segmentsOf(snapshot: number, reach: Reach): Promise<ReadSegments> {
    const segmentsOf = await this.#snapshots.of(snapshot);
    if (this.#newest === null || snapshot > this.#newest.snapshot) {
      this.#newest = { snapshot, segmentsOf };
      this.#cache.keepOnly((kept) => segmentsOf(kept).key);
    }
    return segmentsOf(reach);
  }
}

export function openEngine(pool: EnginePool, deps: EngineDeps): Engine {
  return new PooledEngine(pool, deps);
}
