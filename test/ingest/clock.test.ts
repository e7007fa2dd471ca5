import { expect, it } from "vitest";
import { toldClock, type ToldJob, withPlausibleClock } from "../../server/job-clock.ts";
import type { LogFields } from "../../server/lib/log.ts";
import { ingestStatus } from "../../server/store/catalog/coverage.ts";
import { takeLease } from "../../server/store/lease.ts";
import { commitRows, invocation, testNow, withStore } from "../store/temp-store.ts";

const { signal } = new AbortController();

it("a job waits while the clock cannot be right and nobody tells another time, and says so once", () =>
  withStore(async (store, clock) => {
    const lease = await takeLease(store, "test");
    await commitRows(store, lease, "batch", "invocations", "2026-11-20", [invocation("a", testNow)]);
    const logged: LogFields[] = [];
    const log = { ...store.log, warn: (fields: LogFields) => logged.push(fields) };
    let [ran, told] = [0, null as number | null];
    const job: ToldJob = { name: "detect", everyMs: 1, work: async () => (ran += 1) > 0 };
    const guarded = withPlausibleClock({ ...store, log }, () => told, job);
    const run = async () => {
      await guarded.work(signal);
      return ran;
    };
    expect(await run()).toBe(1);
    clock.now = Date.parse("1970-01-02T00:00:00Z");
    expect([await run(), await run()]).toEqual([1, 1]);
    expect(logged).toEqual([{ event: "clock-not-plausible", job: "detect" }]);
    const refused = await ingestStatus(store);
    expect(refused.store).toBe("read-only");
    expect(refused.findings.map(({ key }) => key)).toEqual([
      "Calls could not be judged since 1970-01-02T00:00:00.000Z: clock not plausible: 1970-01-02T00:00:00.000Z. " +
        "Findings do not cover what was read since. Set the clock of this machine.",
    ]);
    told = testNow;
    expect([await run(), toldClock(store, () => told)()]).toEqual([2, testNow]);
    expect((await ingestStatus(store)).findings).toEqual([]);
    clock.now = testNow;
    expect([(await ingestStatus(store)).store, toldClock(store, () => null)()]).toEqual(["ok", testNow]);
  }));

it("a job that fails is told until it has done its work again, not until it has none", () =>
  withStore(async (store) => {
    let outcome: boolean | Error = Object.assign(new Error("of a record"), { code: "ENGINE_TIMEOUT" });
    const work = async () => {
      if (outcome instanceof Error) throw outcome;
      return outcome;
    };
    const job = withPlausibleClock(store, () => null, { name: "check", everyMs: 1, work });
    const told = async () => (await ingestStatus(store)).findings.map(({ kind }) => kind);
    await expect(job.work(signal)).rejects.toThrow("of a record");
    expect(await told()).toEqual(["upkeep-failed"]);
    outcome = false;
    await job.work(signal);
    expect(await told()).toEqual(["upkeep-failed"]);
    outcome = true;
    await job.work(signal);
    expect(await told()).toEqual([]);
  }));
