import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import type { FromWorker } from "../../server/ingest/protocol.ts";
import type { ReaderThread } from "../../server/ingest/readers.ts";
import { ingest } from "../../server/ingest.ts";
import { counts } from "../../server/store/catalog/ledger-report.ts";
import type { Store } from "../../server/store/store.ts";
import { takeLease } from "../../server/store/lease.ts";
import { verify } from "../../server/store/verify.ts";
import { inProcessReader } from "../faults/in-process.ts";
import { hourPath, inWorkspace, lines, record } from "./kit.ts";

type Catalog = Store["catalog"];

const firstGroup = 2;
/** Two files of this size are no longer read as one group. */
const megabytes = 3 * 2 ** 20;

async function commits(catalog: Catalog): Promise<number> {
  return (await catalog.selectFrom("commits").select("snapshot").execute()).length;
}

function ioError(): Error {
  return Object.assign(new Error("disk I/O error"), { code: "SQLITE_IOERR" });
}

/** A catalog that writes its first commit and gives no answer to it, nor to the question whether it was written; `onLoss` comes between. */
function losingAnAnswer(catalog: Catalog, onLoss = async (): Promise<void> => undefined): Catalog {
  let lost: "nothing yet" | "the commit's" | "both" = "nothing yet";
  const transaction = () => ({
    async execute(work: Parameters<ReturnType<Catalog["transaction"]>["execute"]>[0]): Promise<unknown> {
      const before = await commits(catalog);
      const result = await catalog.transaction().execute(work);
      if (lost !== "nothing yet" || (await commits(catalog)) === before) return result;
      lost = "the commit's";
      await onLoss();
      throw ioError();
    },
  });
  const selectFrom = (table: Parameters<Catalog["selectFrom"]>[0]): unknown => {
    if (lost !== "the commit's" || table !== "commits") return catalog.selectFrom(table);
    lost = "both";
    throw ioError();
  };
  return new Proxy(catalog, {
    get(target, name) {
      if (name === "transaction") return transaction;
      if (name === "selectFrom") return selectFrom;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

/** Readers of which all groups but the first ask for their records' verdicts when they may. */
function readersThatAsk(when: Promise<void>): typeof inProcessReader {
  return (setup) => {
    const thread = inProcessReader(setup);
    const on = thread.on.bind(thread) as (event: string, listener: (message: FromWorker) => void) => unknown;
    const later = (event: string, listener: (message: FromWorker) => void) =>
      on(event, (message) => {
        const waits = event === "message" && message.type === "claim" && message.claim.group > firstGroup;
        if (waits) void when.then(() => listener(message));
        else listener(message);
      });
    return { ...thread, on: later as ReaderThread["on"] };
  };
}

it("C5: a call whose commit was written without an answer is stored once, though it comes again", () =>
  inWorkspace(async (workspace) => {
    workspace.write(`${hourPath}/one.json.gz`, lines(record("a-1")));
    await workspace.withStore(async (store) => {
      const stop = new AbortController();
      const running = workspace.ingest(
        { ...store, catalog: losingAnAnswer(store.catalog) },
        { once: false, pollMs: 100, signal: stop.signal },
      );
      const until = async (read: number) => {
        for (let tries = 0; tries < 300 && (await counts(store.catalog)).read < read; tries += 1) await sleep(100);
      };
      await until(1);
      workspace.write(`${hourPath}/two.json.gz`, lines(record("a-1"), record("a-2")));
      await until(3);
      stop.abort();
      await running;
      expect(await counts(store.catalog)).toMatchObject({ read: 3, stored: 2, duplicates: 1 });
      expect((await verify(store, { hashes: false })).faults).toEqual([]);
    });
  }));

it("C5: a call that another group reads while its commit gets no answer is stored once", () =>
  inWorkspace(async (workspace) => {
    const call = JSON.stringify(record("a-1"));
    for (const name of ["one", "two"]) workspace.write(`${hourPath}/${name}.json`, call.padEnd(megabytes, " "));
    await workspace.withStore(async (store) => {
      const stop = new AbortController();
      const lease = await takeLease(store, "test");
      let ask = (): void => undefined;
      const startThread = readersThatAsk(new Promise((resolve) => (ask = resolve)));
      // The other group asks while the first one's commit is written, and waits for its end.
      const catalog = losingAnAnswer(store.catalog, async () => {
        ask();
        await sleep(0);
      });
      const sources = await workspace.sources();
      const running = ingest(
        { store: { ...store, catalog }, lease, sources, startThread },
        { once: false, since: "30d", pollMs: 100, signal: stop.signal, workers: 2 },
      );
      for (let tries = 0; tries < 300 && (await counts(store.catalog)).read < 2; tries += 1) await sleep(100);
      stop.abort();
      const run = await running;
      await lease.release();
      // What had no answer counts for this run, too.
      expect(run.counts).toMatchObject({ read: 2, stored: 1, duplicates: 1 });
      expect(await counts(store.catalog)).toMatchObject({ read: 2, stored: 1, duplicates: 1 });
      expect((await verify(store, { hashes: false })).faults).toEqual([]);
    });
  }));
