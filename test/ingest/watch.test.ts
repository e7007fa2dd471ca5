import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { counts } from "../../server/store/catalog/ledger-report.ts";
import { hourPath, inWorkspace, lines, record } from "./kit.ts";

it("a run that goes on finds new files, in new hours too, and ends with its signal", () =>
  inWorkspace(async (workspace) => {
    workspace.write(`${hourPath}/one.json.gz`, lines(record("a-1")));
    await workspace.withStore(async (store) => {
      const stop = new AbortController();
      const running = workspace.ingest(store, { once: false, pollMs: 100, signal: stop.signal });
      const until = async (stored: number) => {
        for (let tries = 0; tries < 200 && (await counts(store.catalog)).stored < stored; tries += 1) await sleep(100);
        expect((await counts(store.catalog)).stored).toBe(stored);
      };
      await until(1);
      workspace.write(`${hourPath}/two.json.gz`, lines(record("a-2")));
      workspace.write(`${hourPath.replace("/09", "/10")}/three.json.gz`, lines(record("a-3")));
      await until(3);
      stop.abort();
      expect((await running).interrupted).toBe(true);
    });
  }));

it("a run that goes on makes one segment of a past day as soon as nothing more waits", () =>
  inWorkspace(async (workspace) => {
    workspace.write(`${hourPath}/one.json.gz`, lines(record("a-1")));
    await workspace.withStore(async (store) => {
      await workspace.ingest(store);
      workspace.write(`${hourPath}/two.json.gz`, lines(record("a-2")));
      const segments = async () => {
        const live = store.catalog.selectFrom("segments").select("rows").where("tbl", "=", "invocations");
        return (await live.where("replaced_snapshot", "is", null).execute()).map(({ rows }) => rows);
      };
      const stop = new AbortController();
      const running = workspace.ingest(store, { once: false, pollMs: 100, signal: stop.signal });
      for (let tries = 0; tries < 200 && !(await segments()).includes(2); tries += 1) await sleep(100);
      expect(await segments()).toEqual([2]);
      stop.abort();
      await running;
    });
  }));
