import { MessageChannel } from "node:worker_threads";
import { DuckDBInstance } from "@duckdb/node-api";
import type { WorkerSetup } from "../../server/ingest/protocol.ts";
import type { ReaderThread } from "../../server/ingest/readers.ts";
import { runWorker } from "../../server/ingest/worker.ts";
import type { openEngine } from "../../server/store/engine/engine.ts";
import { reachOf, readSegments } from "../../server/store/engine/read-segments.ts";
import { readColumns } from "../../server/store/engine/read-values.ts";
import { admit, Session } from "../../server/store/engine/session.ts";
import type { Sql } from "../../server/store/sql.ts";
import type { QueryOptions, Row } from "../../server/store/store.ts";

/* The reader and the engine without a thread and a process of their own: a simulation starts them a thousand times. */

/** The reader's own code at the other end of a channel. */
export function inProcessReader(setup: WorkerSetup): ReaderThread {
  const { port1, port2 } = new MessageChannel();
  const failed: ((error: unknown) => void)[] = [];
  void runWorker(setup, port2).catch((error: unknown) => failed.forEach((tell) => tell(error)));
  return {
    postMessage: (message: unknown, transfer: never[] = []) => port1.postMessage(message, transfer),
    on(event: string | symbol, listener: (...values: never[]) => void) {
      if (event === "error") failed.push(listener as (error: unknown) => void);
      else port1.on(event === "exit" ? "close" : "message", listener as () => void);
      return this as never;
    },
    async terminate() {
      const closed = new Promise<void>((resolve) => port1.once("close", resolve));
      port1.postMessage({ type: "stop" });
      await closed;
      return 0;
    },
  };
}

let shared: Promise<DuckDBInstance> | null = null;

/** The engine's own statements, views and values, one query after the other. */
export const inProcessEngine: typeof openEngine = (_, deps) => {
  let session: Promise<Session> | null = null;
  let last: Promise<unknown> = Promise.resolve();

  async function open(): Promise<Session> {
    shared ??= DuckDBInstance.create(":memory:", { threads: "1" });
    return new Session(await (await shared).connect());
  }

  async function answer(
    { params, text }: Sql,
    { days, ...options }: QueryOptions,
  ): Promise<{ rows: Row[]; snapshot: number }> {
    const snapshot = options.snapshot ?? (await deps.snapshot());
    const opened = await (session ??= open());
    await opened.show(readSegments(await deps.segments(snapshot), reachOf(text, days ?? null)).tables);
    const prepared = await admit(opened.connection, text, params);
    const result = await prepared.run();
    const names = result.columnNames();
    const rows = Array.from({ length: result.chunkCount }, (_unused, chunk) => {
      const columns = readColumns(result.getChunk(chunk));
      return (columns[0] ?? []).map((_value, row) =>
        Object.fromEntries(names.map((name, column) => [name, columns[column]?.[row]])),
      );
    });
    prepared.destroySync();
    return { rows: rows.flat(), snapshot };
  }

  return {
    query(statement, options = {}) {
      const answered = last.then(() => answer(statement, options));
      last = answered.catch(() => undefined);
      return answered;
    },
    async close() {
      await last;
      if (session !== null) (await session).connection.closeSync();
      session = null;
    },
  };
};
