import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { Checked } from "../../server/check.ts";
import { saveCheck } from "../../server/controls/check-runs.ts";
import { api } from "../../server/domain/api.ts";
import { Problem } from "../../server/domain/endpoint.ts";
import type { Status } from "../../server/domain/status.ts";
import type { HourCoverage } from "../../server/domain/hour-coverage.ts";
import type { Store } from "../../server/store/store.ts";
import { account, hourMs, now } from "../aws/small-world.ts";
import { calls, here, looked, type Options, type Setup, worldOf } from "../controls/kit.ts";
import { lines, record } from "../ingest/kit.ts";
import { type TestServer, withServer } from "./server.ts";

/** Log files of the hours before now: hour → records. */
function filesOf(counts: Readonly<Record<number, number>>, region = here): Record<string, string> {
  return Object.fromEntries(
    Object.entries(counts).map(([ago, count]) => {
      const time = new Date(now - Number(ago) * hourMs).toISOString();
      const folder = `AWSLogs/${account}/BedrockModelInvocationLogs/${region}/${time.slice(0, 13).replaceAll(/[-T]/g, "/")}`;
      const fields = { timestamp: time, region };
      const records = Array.from({ length: count }, (_, index) => record(`${region}-${ago}-${index}`, fields));
      return [`${folder}/log.json`, lines(...records)];
    }),
  );
}

async function keep(store: Store, { report, snapshot }: Checked, id: string, time = now): Promise<void> {
  const run = { ...report.run, id, clock: new Date(time).toISOString() };
  await saveCheck(store.catalog, { ...report, run }, { snapshot: { ...snapshot, run } });
}

const seen = (setup: Setup, options: Options = {}) => looked(worldOf(setup), options);
const busy: Setup = { region: { metrics: [calls(10, 24 * 40)] } };

async function coverage({ ask }: TestServer, query = ""): Promise<HourCoverage> {
  const { status, text } = await ask(`${api.complianceCoverage.path}?${query}`);
  expect([status, status === 200 ? "" : text]).toEqual([200, ""]);
  return api.complianceCoverage.output.parse(JSON.parse(text));
}

const states = (answer: HourCoverage) => answer.targets.map(({ hours }) => hours.map(({ state }) => state));

describe("coverage by target and hour", () => {
  const files = filesOf({ 6: 10, 5: 10, 4: 9, 3: 12, 1: 10 });
  const lastSix = `from=${new Date(now - 6 * hourMs).toISOString()}&to=${new Date(now).toISOString()}`;

  it("holds what is stored against what the newest check counted", () =>
    withServer(
      async (server) => {
        await keep(server.store, await seen(busy), "a");
        const answer = await coverage(server, lastSix);
        expect(answer.targets).toHaveLength(1);
        expect(answer.targets[0]).toMatchObject({ account, region: here, callsUnread: null });
        expect(answer.targets[0]?.hours.map(({ expected, stored }) => [expected, stored])).toEqual([
          [10, null],
          [10, 10],
          [10, 9],
          [10, 12],
          [10, 0],
          [null, 10],
        ]);
        expect(states(answer)).toEqual([["unknown", "covered", "short", "covered", "hole", "unknown"]]);
        expect(answer.sums).toMatchObject({ share: 29 / 40, expected: 40, stored: 29, unknownShare: 1 / 3 });
        expect([answer.total, answer.next]).toEqual([1, null]);
        const whole = await coverage(server);
        expect(whole.to).toBe(new Date(now - hourMs).toISOString());
        expect(whole.targets[0]?.hours).toHaveLength(168);
      },
      { files, now },
    ));

  it("knows nothing of calls that no check counted: what is stored is not covered by that", () =>
    withServer(
      async (server) => {
        const before = await coverage(server, lastSix);
        expect(before.targets[0]).toMatchObject({ checkedAt: null, callsUnread: "no check has looked" });
        expect(new Set(states(before).flat())).toEqual(new Set(["unknown"]));
        expect(before.sums).toMatchObject({ share: null, unknownShare: 1 });
        const denied = { region: { ...busy.region, denies: ["cloudwatch:GetMetricData"] } };
        await keep(server.store, await seen(denied), "a");
        const after = await coverage(server, lastSix);
        expect(after.targets[0]?.callsUnread).toBe("AccessDeniedException (permission)");
        expect(new Set(states(after).flat())).toEqual(new Set(["unknown"]));
      },
      { files, now },
    ));

  it("goes by the policy of the run, and past runs that did not count calls or were cut short", () =>
    withServer(
      async (server) => {
        await keep(server.store, await seen(busy, { settings: { completenessTolerance: 0.1 } }), "a");
        await keep(server.store, await seen(busy, { controls: ["required-modalities-logged"] }), "b", now + 1);
        const cut = await seen({ region: { metrics: [calls(99, 24 * 40)] } });
        const report = { ...cut.report, run: { ...cut.report.run, complete: false } };
        await keep(server.store, { ...cut, report }, "c", now + 2);
        const answer = await coverage(server, lastSix);
        expect(answer.targets[0]?.checkedAt).toBe(new Date(now).toISOString());
        expect(states(answer)[0]?.slice(1, 3)).toEqual(["covered", "covered"]);
      },
      { files, now },
    ));

  it("is told in pages, by account and region, of what is checked and of what is read", () =>
    withServer(
      async (server) => {
        await keep(server.store, await seen(busy), "a");
        const first = await coverage(server, `${lastSix}&limit=1`);
        expect(first.targets.map(({ region }) => region)).toEqual(["eu-west-1"]);
        expect([first.total, first.next]).toEqual([2, `${account}/eu-west-1`]);
        const second = await coverage(server, `${lastSix}&limit=1&after=${encodeURIComponent(first.next ?? "")}`);
        expect(second.targets.map(({ region }) => region)).toEqual([here]);
        expect(second.next).toBeNull();
        expect((await coverage(server, `${lastSix}&region=eu-west-1`)).total).toBe(1);
        expect((await coverage(server, `${lastSix}&region=mars-1,eu-west-1,${here}`)).total).toBe(2);
        expect((await coverage(server, `${lastSix}&account=999999999999`)).targets).toEqual([]);
      },
      { files: { ...files, ...filesOf({ 3: 1 }, "eu-west-1") }, now },
    ));

  it("refuses a range that holds no whole hour or is too long, and what is no time", () =>
    withServer(
      async ({ ask }) => {
        for (const query of [
          "from=2026-09-15T10:10:00Z&to=2026-09-15T11:50:00Z",
          "from=2026-08-01T00:00:00Z&to=2026-09-15T00:00:00Z",
          "from=now-7d",
          "limit=51",
          "account=x&account=y",
          "since=2026-09-15T10:10:00Z",
        ]) {
          const { status, text } = await ask(`${api.complianceCoverage.path}?${query}`);
          const problem = Problem.parse(JSON.parse(text));
          expect([query, status, problem.status]).toEqual([query, 400, 400]);
          expect(problem.detail).not.toContain("..");
        }
      },
      { files, now },
    ));

  it("stands in the status in three numbers, once they are known", () =>
    withServer(
      async ({ ask, store }) => {
        const known = async (done: (coverage: Status["coverage"]) => boolean): Promise<Status["coverage"]> => {
          for (;;) {
            const { coverage: told } = api.status.output.parse(JSON.parse((await ask(api.status.path)).text));
            if (done(told)) return told;
            await sleep(20);
          }
        };
        await keep(store, await seen(busy), "a");
        // Of the 168 hours those before the first file, and its own, are unknown.
        expect(await known((told) => told !== null)).toEqual({ share: 29 / 40, unknownShare: 164 / 168, gaps: 2 });
      },
      { files, now },
    ));
});
