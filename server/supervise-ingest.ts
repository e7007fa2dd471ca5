import { type ChildProcess, spawn } from "node:child_process";
import type { Credentials } from "./aws/credentials.ts";
import type { Config } from "./config.ts";
import type { IngestProgress, IngestRun } from "./ingest.ts";
import type { Sleep } from "./lib/clock.ts";
import { realSleep } from "./lib/concurrency.ts";
import { UserError } from "./lib/errors.ts";
import type { Log, LogFields } from "./lib/log.ts";
import { nodeArguments } from "./lib/worker.ts";

/** What an ingest process is to do. It crosses the process boundary: plain values. */
export interface IngestOrder {
  /** What the one who waits for the lease will read. */
  readonly command: string;
  readonly config: Config;
  /** Folders of downloaded logs. */
  readonly folders: readonly string[];
  /** Whether AWS is asked for logs. */
  readonly discover: boolean;
  /** Id of the one source that is read; null: all. */
  readonly source: string | null;
  /** True: do all that is due, then end. */
  readonly once: boolean;
  /** In place of the usual chain of credentials; null: that chain. */
  readonly credentials: Credentials | null;
}

/** A place that could not be looked at. */
export interface Problem {
  readonly place: string;
  readonly code: string;
}

/** What a run came to; `run` null: no source was found by one that was to go on. */
export interface IngestEnd {
  readonly run: IngestRun | null;
  readonly problems: readonly Problem[];
}

export type ToIngest = { readonly type: "order"; readonly order: IngestOrder } | { readonly type: "stop" };

export type FromIngest =
  | { readonly type: "progress"; readonly progress: IngestProgress }
  | { readonly type: "problem"; readonly problem: Problem }
  | { readonly type: "log"; readonly level: keyof Log; readonly fields: LogFields }
  | { readonly type: "end"; readonly end: IngestEnd }
  /** `remedy` null: a fault of the program, whose message stays behind. */
  | { readonly type: "failed"; readonly message: string; readonly remedy: string | null; readonly exitCode: number };

export interface SuperviseDeps {
  /** Lays a death to the units that were being read, and says how many they were. */
  readonly blame: () => Promise<number>;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: IngestProgress) => void;
  readonly onProblem: (problem: Problem) => void;
  /** Default: the machine's own. */
  readonly sleep?: Sleep;
  /** Module that the process runs, without extension; default: the ingest process. */
  readonly module?: URL;
}

/** How a process ends that its input has killed: a fault of native code, or no memory left. */
const fatal: ReadonlySet<string> = new Set(["SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL"]);
/** Deaths over no unit, one after the other, after which the input is not to blame. */
const maxIdleDeaths = 3;
const pauseMs = 1_000;

/**
 * Reads in a process of its own, so that an object that kills its reader takes neither the dashboard nor the run with it: the process
 * is started again, and what it was reading is read last and alone. Throws `UserError` as the run itself would, and an `IngestDied`
 * when the process ends for another reason, such as a `kill`.
 */
export async function superviseIngest(order: IngestOrder, deps: SuperviseDeps): Promise<IngestEnd> {
  const { sleep = realSleep } = deps;
  for (let idle = 0; ;) {
    const ended = await runOnce(order, deps);
    if (ended.end !== null) return ended.end;
    if (ended.signal === null || !fatal.has(ended.signal) || deps.signal.aborted) throw new IngestDied(ended);
    const blamed = await deps.blame();
    deps.log.error({ event: "ingest-process-died", signal: ended.signal, units: blamed });
    idle = blamed === 0 ? idle + 1 : 0;
    if (idle >= maxIdleDeaths) throw new IngestDied(ended);
    await sleep(pauseMs, deps.signal);
  }
}

/** The ingest process ended without a word. What it had committed stays. */
export class IngestDied extends Error {
  override readonly name = "IngestDied";
  readonly code: string;

  constructor({ code, signal }: { readonly code: number | null; readonly signal: NodeJS.Signals | null }) {
    super("the ingest process ended before its work");
    this.code = signal ?? `EXIT_${code}`;
  }
}

interface Ended {
  readonly end: IngestEnd | null;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

function runOnce(order: IngestOrder, { log, module, onProblem, onProgress, signal }: SuperviseDeps): Promise<Ended> {
  const child = start(module ?? new URL("./supervised-ingest", import.meta.url));
  const stop = () => send(child, { type: "stop" });
  signal.addEventListener("abort", stop, { once: true });
  return new Promise<Ended>((resolve, reject) => {
    let end: IngestEnd | null = null;
    let failure: Error | null = null;
    child.on("message", (message: FromIngest) => {
      if (message.type === "progress") onProgress(message.progress);
      else if (message.type === "problem") onProblem(message.problem);
      else if (message.type === "log") log[message.level](message.fields);
      else if (message.type === "end") end = message.end;
      else failure = errorOf(message);
    });
    child.once("error", reject);
    child.once("close", (code, died) => {
      if (failure === null) resolve({ end, code, signal: died });
      else reject(failure);
    });
    send(child, { type: "order", order });
    if (signal.aborted) stop();
  }).finally(() => signal.removeEventListener("abort", stop));
}

/**
 * V8 searches a heap again and again while it grows: with room from the start, 60 MB a thread, reading costs less. From then on it looks
 * when what lives in the heap has grown by 40 %: so it does by itself in a reader, whose heap is bounded; where none is, it would let
 * several times as much garbage stand, which stays resident.
 */
export const heapFlags: readonly string[] = ["--initial-old-space-size=60", "--heap-growing-percent=40"];

/** Its output is not the command's: stdout stays free for the result. */
function start(module: URL): ChildProcess {
  return spawn(process.execPath, [...heapFlags, ...nodeArguments(module)], {
    stdio: ["ignore", 2, 2, "ipc"],
    serialization: "advanced",
  });
}

function send(child: ChildProcess, message: ToIngest): void {
  if (child.connected) child.send(message, () => undefined);
}

function errorOf({ exitCode, message, remedy }: Extract<FromIngest, { type: "failed" }>): Error {
  return remedy === null ? new Error(message) : new UserError(message, remedy, { exitCode });
}
