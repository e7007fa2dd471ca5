import { expect, it } from "vitest";
import { simulatedCredentials } from "../../scripts/demo/aws/keys.ts";
import { startSimulatedAws } from "../../scripts/demo/aws/simulated-aws.ts";
import { loadConfig } from "../../server/config.ts";
import type { LogFields } from "../../server/lib/log.ts";
import { bytesOf, packedCount } from "../../server/store/catalog/event-hashes.ts";
import { blameUnits } from "../../server/store/catalog/suspects.ts";
import { counts } from "../../server/store/catalog/ledger-report.ts";
import { type IngestEnd, superviseIngest } from "../../server/supervise-ingest.ts";
import { account } from "../aws/small-world.ts";
import { hourPath, inWorkspace, lines, record, type Workspace } from "../ingest/kit.ts";
import { homeRegion, Stage } from "./stage.ts";
import { second } from "./virtual-time.ts";

const deadly = new URL("./deadly-ingest", import.meta.url);

/** One run over the workspace's folder, or over what AWS has, in a process of its own. */
async function supervised(
  workspace: Workspace,
  { endpoint, module }: { readonly endpoint?: string; readonly module?: URL } = {},
): Promise<{ readonly end: IngestEnd; readonly logged: readonly LogFields[] }> {
  const logged: LogFields[] = [];
  const log = {
    info() {},
    warn: (fields: LogFields) => logged.push(fields),
    error: (fields: LogFields) => logged.push(fields),
  };
  const given = loadConfig({ data: `${workspace.root}/data`, endpoint }, {}, null);
  const config = {
    ...given,
    aws: { ...given.aws, region: homeRegion, regions: [homeRegion] },
    ingest: { ...given.ingest, since: "1d" },
  };
  const order = {
    command: "test",
    config,
    folders: endpoint === undefined ? [workspace.logs] : [],
    discover: endpoint !== undefined,
    source: null,
    once: true,
    credentials: simulatedCredentials(account),
  };
  const end = await superviseIngest(order, {
    log,
    signal: new AbortController().signal,
    onProgress() {},
    onProblem() {},
    sleep: async () => undefined,
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

it("C8: so is a page of events that kills its reader, whatever page shows them later", { timeout: 300_000 }, () =>
  inWorkspace(async (workspace) => {
    const stage = new Stage({ [homeRegion]: "cloudwatch" }, Date.now);
    const from = Date.now() - 300 * second;
    const ids = [...Array.from({ length: 15 }, (_, n) => `call-${n}`), "deadly", "last-1", "last-2"];
    stage.log(ids.map((requestId, n) => stage.call(from + n * second, { requestId })));
    const aws = await startSimulatedAws(stage.world, {
      clock: Date.now,
      faults: { seed: 1, faults: [] },
      pageSize: { events: 5 },
    });
    try {
      const { logged } = await supervised(workspace, { endpoint: aws.url, module: deadly });
      const deaths = logged.filter(({ event }) => event === "ingest-process-died");
      expect(deaths.map(({ signal }) => signal)).toEqual(deaths.map(() => "SIGSEGV"));
      expect(deaths.slice(-2).map(({ units }) => units)).toEqual([1, 1]);

      await workspace.withStore(async ({ catalog }) => {
        const given = await catalog
          .selectFrom("units")
          .select(["state", "events"])
          .where("state", "!=", "done")
          .execute();
        expect(given.map(({ state }) => state)).toEqual(["crashed"]);
        const lost = packedCount(bytesOf(given[0]?.events));
        expect(lost).toBeGreaterThan(0);
        const { read, stored } = await counts(catalog);
        expect([read, stored]).toEqual([ids.length - lost, ids.length - lost]);
      });

      // Another page shows its events: they are not read again.
      stage.log([stage.call(from + 14 * second + 1, { requestId: "between" })]);
      expect((await supervised(workspace, { endpoint: aws.url, module: deadly })).logged).toEqual([]);
      await workspace.withStore(async ({ catalog }) => {
        const units = await catalog.selectFrom("units").select("state").where("state", "!=", "done").execute();
        expect(units).toEqual([{ state: "crashed" }]);
        expect(await counts(catalog)).toMatchObject({ duplicates: 0 });
      });
    } finally {
      await aws.close();
    }
  }),
);
