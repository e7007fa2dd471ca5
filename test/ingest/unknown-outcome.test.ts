import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { counts } from "../../server/store/catalog/ledger-report.ts";
import type { Store } from "../../server/store/store.ts";
import { verify } from "../../server/store/verify.ts";
import { hourPath, inWorkspace, lines, record } from "./kit.ts";

type Catalog = Store["catalog"];

async function commits(catalog: Catalog): Promise<number> {
  return (await catalog.selectFrom("commits").select("snapshot").execute()).length;
}

function ioError(): Error {
  return Object.assign(new Error("disk I/O error"), { code: "SQLITE_IOERR" });
}

/** A catalog that writes its first commit and gives no answer to it, nor to the question whether it was written. */
function losingAnAnswer(catalog: Catalog): Catalog {
  let lost: "nothing yet" | "the commit's" | "both" = "nothing yet";
  const transaction = () => ({
    async execute(work: Parameters<ReturnType<Catalog["transaction"]>["execute"]>[0]): Promise<unknown> {
      const before = await commits(catalog);
      const result = await catalog.transaction().execute(work);
      if (lost !== "nothing yet" || (await commits(catalog)) === before) return result;
      lost = "the commit's";
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
