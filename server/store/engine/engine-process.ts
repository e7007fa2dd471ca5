import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { lowerChild } from "../../lib/priority.ts";
import { nodeArguments } from "../../lib/worker.ts";
import type { SqlValue } from "../sql.ts";
import { EngineError } from "./engine-error.ts";
import type { EngineSettings, FromEngine, TableSegments, ToEngine } from "./protocol.ts";

/** The engine's process ended while the query was in it. */
export class EngineDied extends Error {
  override readonly name = "EngineDied";
}

export interface EngineRequest {
  readonly sql: string;
  readonly params: readonly SqlValue[];
  readonly tables: Readonly<Record<string, TableSegments>>;
  readonly maxRows: number;
  readonly maxBytes: number;
}

/** What the engine answered: the columns' names, and chunks of one array a column. */
export interface EngineAnswer {
  readonly names: readonly string[];
  readonly chunks: readonly (readonly (readonly unknown[])[])[];
}

/** A query in the engine. `cancel` interrupts it; the engine is killed if it does not answer in time. */
export interface RunningQuery {
  readonly answer: Promise<EngineAnswer>;
  cancel(): void;
}

interface Pending {
  names: readonly string[];
  readonly chunks: (readonly (readonly unknown[])[])[];
  readonly resolve: (answer: EngineAnswer) => void;
  readonly reject: (error: Error) => void;
}

const killAfterMs = 2_000;
/** While it starts it can't answer yet, and killing it would only begin that anew. */
const killStartingAfterMs = 20_000;
/** Of address space in use: what is resident stays far below it, because the allocators give back pages and keep their addresses. */
const heapLimitKb = 1.5 * 1024 * 1024;

export interface EngineManners {
  readonly niceness: number;
  /** Null: it stays when it has nothing to do. */
  readonly idleMs: number | null;
}

function start(slots: number): ChildProcess {
  const command = [process.execPath, ...nodeArguments(new URL("./engine-child", import.meta.url))];
  // The memory limit of DuckDB is not kept by all of its functions, so the system sets one too.
  const limited = ["/bin/sh", "-c", `ulimit -d ${heapLimitKb}; exec "$0" "$@"`, ...command];
  const [file = "", ...args] = process.platform === "linux" ? limited : command;
  return spawn(file, args, {
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    serialization: "advanced",
    env: { PATH: "/usr/bin:/bin", TZ: "UTC", MALLOC_ARENA_MAX: "2", UV_THREADPOOL_SIZE: String(slots + 4) },
  });
}

/** One engine process: started with the first query, started anew after a death. */
export class EngineProcess {
  readonly #settings: EngineSettings;
  readonly #manners: EngineManners;
  #child: ChildProcess | null = null;
  #pending = new Map<number, Pending>();
  #nextId = 1;
  #idle: NodeJS.Timeout | undefined;
  #ready = false;
  #closed = false;

  constructor(settings: EngineSettings, manners: EngineManners) {
    this.#settings = settings;
    this.#manners = manners;
  }

  /** Throws `EngineError` once it is closed. */
  run(request: EngineRequest): RunningQuery {
    if (this.#closed) throw new EngineError("ENGINE_CANCELLED");
    const child = (this.#child ??= this.#start());
    const id = this.#nextId++;
    const answer = new Promise<EngineAnswer>((resolve, reject) =>
      this.#pending.set(id, { names: [], chunks: [], resolve, reject }),
    );
    this.#hold(child);
    this.#send(child, { type: "query", id, ...request });
    return { answer, cancel: () => this.#cancel(child, id) };
  }

  /** Queries in it end as cancelled, and none is taken any more. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#idle);
    const child = this.#child;
    if (child === null) return;
    const ended = new Promise((resolve) => child.once("close", resolve));
    child.ref();
    child.kill("SIGKILL");
    await ended;
  }

  #start(): ChildProcess {
    mkdirSync(this.#settings.temp, { recursive: true, mode: 0o700 });
    const child = start(this.#settings.slots);
    if (child.pid !== undefined) lowerChild(child.pid, this.#manners.niceness);
    child.on("message", (message: FromEngine) => this.#take(child, message));
    child.on("error", () => this.#ended(child));
    child.on("close", () => this.#ended(child));
    this.#send(child, { type: "open", settings: this.#settings });
    return child;
  }

  /** An idle engine keeps nobody's process alive. */
  #hold(child: ChildProcess): void {
    clearTimeout(this.#idle);
    if (this.#pending.size > 0) {
      child.ref();
      child.channel?.ref();
    } else {
      child.unref();
      child.channel?.unref();
      const { idleMs } = this.#manners;
      if (idleMs !== null) this.#idle = setTimeout(() => this.#leave(child), idleMs).unref();
    }
  }

  #leave(child: ChildProcess): void {
    this.#ended(child);
    child.kill("SIGKILL");
  }

  #send(child: ChildProcess, message: ToEngine): void {
    if (child.connected) child.send(message, () => undefined);
  }

  #take(child: ChildProcess, message: FromEngine): void {
    if (message.type === "ready") {
      this.#ready = true;
      return;
    }
    const pending = this.#pending.get(message.id);
    if (pending === undefined) return;
    if (message.type === "columns") pending.names = message.names;
    else if (message.type === "rows") {
      pending.chunks.push(message.columns);
      this.#send(child, { type: "more", id: message.id });
    } else {
      this.#pending.delete(message.id);
      this.#hold(child);
      if (message.type === "end") pending.resolve({ names: pending.names, chunks: pending.chunks });
      else pending.reject(new EngineError(message.code, message.detail));
    }
  }

  #cancel(child: ChildProcess, id: number): void {
    if (!this.#pending.has(id)) return;
    this.#send(child, { type: "cancel", id });
    const wait = this.#ready ? killAfterMs : killStartingAfterMs;
    setTimeout(() => {
      if (this.#pending.has(id)) child.kill("SIGKILL");
    }, wait).unref();
  }

  #ended(child: ChildProcess): void {
    if (this.#child !== child) return;
    this.#child = null;
    this.#ready = false;
    const lost = [...this.#pending.values()];
    this.#pending = new Map();
    const why = () =>
      this.#closed ? new EngineError("ENGINE_CANCELLED") : new EngineDied("the engine's process ended");
    for (const { reject } of lost) reject(why());
  }
}
