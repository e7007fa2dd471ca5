import { expect, it } from "vitest";
import { loadConfig } from "../../server/config.ts";
import type { LogFields } from "../../server/lib/log.ts";
import { blameUnits } from "../../server/store/catalog/suspects.ts";
import { counts } from "../../server/store/catalog/ledger-report.ts";
import { type IngestEnd, superviseIngest } from "../../server/supervise-ingest.ts";
import { hourPath, inWorkspace, lines, record, type Workspace } from "../ingest/kit.ts";

const deadly = new URL("./deadly-ingest", import.meta.url);

/** One run over the workspace's folder, in a process of its own. */
async function supervised(
  workspace: Workspace,
  { module, signal = new AbortController().signal }: { readonly module?: URL; readonly signal?: AbortSignal } = {},
): Promise<{ readonly end: IngestEnd; readonly logged: readonly LogFields[] }> {
  const logged: LogFields[] = [];
  const log = {
    info() {},
    warn: (fields: LogFields) => logged.push(fields),
    error: (fields: LogFields) => logged.push(fields),
  };
  const config = loadConfig({ data: `${workspace.root}/data` }, {}, null);
  const order = {
    command: "test",
    config,
    folders: [workspace.logs],
    discover: false,
    source: null,
    once: true,
    credentials: null,
  };
  const end = await superviseIngest(order, {
    log,
    signal,
    onProgress() {},
    onProblem() {},
    blame: () => workspace.withStore(({ catalog }) => blameUnits(catalog)),
    ...(module === undefined ? {} : { module }),
  });
  return { end, logged };
}

it(
  "C8: a file that kills its reader is given up after two deaths alone, and all others are read",
  { timeout: 300_000 },
  () =>
    inWorkspace(async (workspace) => {
      for (let file = 0; file < 12; file += 1)
        workspace.write(`${hourPath}/${file}.json.gz`, lines(record(`f${file}-1`), record(`f${file}-2`)));
      workspace.write(`${hourPath}/deadly.json.gz`, lines(record("never")));

      const { end, logged } = await supervised(workspace, { module: deadly });
      expect(end.run?.failure).toBeNull();
      const deaths = logged.filter(({ event }) => event === "ingest-process-died");
      expect(deaths.map(({ signal }) => signal)).toEqual(deaths.map(() => "SIGSEGV"));
      expect(deaths.slice(-2).map(({ units }) => units)).toEqual([1, 1]);

      await workspace.withStore(async ({ catalog }) => {
        expect(await counts(catalog)).toEqual({ read: 24, stored: 24, duplicates: 0, quarantined: 0, ignored: 0 });
        const units = await catalog.selectFrom("units").select(["key", "state"]).where("state", "!=", "done").execute();
        expect(units.map(({ key, state }) => [key.split("/").at(-1), state])).toEqual([["deadly.json.gz", "crashed"]]);
      });

      // It is final: the next run reads nothing and dies of nothing.
      expect((await supervised(workspace, { module: deadly })).logged).toEqual([]);
    }),
);
