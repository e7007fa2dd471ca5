import { expect, it } from "vitest";
import { toldClock, withPlausibleClock } from "../../server/job-clock.ts";
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
    const job = { name: "detect", everyMs: 1, work: async () => void (ran += 1) };
    const guarded = withPlausibleClock({ ...store, log }, () => told, job);
    const run = async () => {
      await guarded.work(signal);
      return ran;
    };
    expect(await run()).toBe(1);
    clock.now = Date.parse("1970-01-02T00:00:00Z");
    expect([await run(), await run()]).toEqual([1, 1]);
    expect(logged).toEqual([{ event: "clock-not-plausible", job: "detect" }]);
    expect((await ingestStatus(store)).store).toBe("read-only");
    told = testNow;
    expect([await run(), toldClock(store, () => told)()]).toEqual([2, testNow]);
    clock.now = testNow;
    expect([(await ingestStatus(store)).store, toldClock(store, () => null)()]).toEqual(["ok", testNow]);
  }));
