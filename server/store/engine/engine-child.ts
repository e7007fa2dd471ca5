import type { DuckDBResult } from "@duckdb/node-api";
import { Session, admit, openLockedInstance } from "./session.ts";
import { EngineError } from "./engine-error.ts";
import { chunkCredit, type FromEngine, type QueryMessage, type ToEngine } from "./protocol.ts";
import { readColumns } from "./read-values.ts";
import { classify } from "./classify.ts";
import { columnsBytes } from "./weight.ts";

interface Running {
  session: Session | null;
  cancelled: boolean;
  credit: number;
  wake: () => void;
}

const largestRssBytes = 1.25 * 1024 ** 3;
const interruptAgainMs = 50;

const running = new Map<number, Running>();
let sessions: Promise<Session[]> = Promise.resolve([]);

function send(message: FromEngine): void {
  process.send?.(message);
}

async function open({ settings }: ToEngine & { type: "open" }): Promise<Session[]> {
  const instance = await openLockedInstance(settings);
  const slots = Array.from({ length: settings.slots }, async () => new Session(await instance.connect()));
  const opened = await Promise.all(slots);
  send({ type: "ready" });
  return opened;
}

function throwIfCancelled(state: Running): void {
  if (state.cancelled) throw new EngineError("ENGINE_CANCELLED");
}

async function waitForCredit(state: Running): Promise<void> {
  while (state.credit === 0 && !state.cancelled) await new Promise<void>((resolve) => (state.wake = resolve));
  throwIfCancelled(state);
  state.credit -= 1;
}

async function stream(session: Session, query: QueryMessage, state: Running): Promise<void> {
  await session.show(query.tables);
  throwIfCancelled(state);
  const prepared = await admit(session.connection, query.sql, query.params);
  throwIfCancelled(state);
  try {
    await sendRows(await prepared.stream(), query, state);
  } finally {
    // Garbage collection would come late: to it, a statement with all its buffers is a small object.
    prepared.destroySync();
  }
}

async function sendRows(result: DuckDBResult, query: QueryMessage, state: Running): Promise<void> {
  send({ type: "columns", id: query.id, names: result.columnNames() });
  let [rows, bytes] = [0, 0];
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    const columns = readColumns(chunk);
    rows += chunk.rowCount;
    bytes += columnsBytes(columns);
    if (rows > query.maxRows || bytes > query.maxBytes) throw new EngineError("RESULT_TOO_LARGE");
    await waitForCredit(state);
    send({ type: "rows", id: query.id, columns });
  }
}

/** The one that shows most of what the query reads already: making views takes a part of the time of a small query. */
function freeSession(free: Session[], { tables }: QueryMessage): Session | undefined {
  const unlike = free.map((session) => session.unlike(tables));
  return free.splice(unlike.indexOf(Math.min(...unlike)), 1)[0];
}

async function answer(query: QueryMessage): Promise<void> {
  const state: Running = { session: null, cancelled: false, credit: chunkCredit, wake: () => undefined };
  running.set(query.id, state);
  const free = await sessions;
  const session = freeSession(free, query);
  try {
    if (session === undefined) throw new EngineError("ENGINE_BUSY");
    state.session = session;
    throwIfCancelled(state);
    await stream(session, query, state);
    send({ type: "end", id: query.id });
  } catch (error) {
    const { code, detail } = classify(error);
    send({ type: "error", id: query.id, code: state.cancelled ? "ENGINE_CANCELLED" : code, detail });
  } finally {
    running.delete(query.id);
    if (session !== undefined) free.push(session);
  }
}

/** Interrupts until the query has ended: an interrupt that comes just before the engine begins is lost. */
function cancel(id: number): void {
  const state = running.get(id);
  if (state === undefined) return;
  state.cancelled = true;
  state.session?.connection.interrupt();
  state.wake();
  setTimeout(() => cancel(id), interruptAgainMs);
}

process.on("message", (message: ToEngine) => {
  if (message.type === "open") sessions = open(message);
  else if (message.type === "query") void answer(message);
  else if (message.type === "cancel") cancel(message.id);
  else {
    const state = running.get(message.id);
    if (state !== undefined) state.credit += 1;
    state?.wake();
  }
});
// A query holds a thread, which a plain exit would wait for.
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));

/** Where the system sets no limit: the memory of this process, read often enough to end it before the machine suffers. */
function watchMemory(): void {
  setInterval(() => {
    if (process.memoryUsage.rss() > largestRssBytes) process.kill(process.pid, "SIGKILL");
  }, 250).unref();
}

if (process.platform !== "linux") watchMemory();
