import { expect, it } from "vitest";
import { targetCoverage } from "../../server/store/catalog/coverage.ts";
import { openSqlite } from "../../server/store/catalog/dialect.ts";
import { saveTargets } from "../../server/store/catalog/targets.ts";
import { openMoments } from "../../server/store/moments.ts";
import { takeLease } from "../../server/store/lease.ts";
import { commitRows, invocation, testNow, withStore } from "./temp-store.ts";

const target = { accountId: "111122223333", region: "us-east-1", logging: "on", error: null } as const;
const other = { ...target, region: "eu-central-1" } as const;
const third = { ...target, region: "us-west-2" } as const;

it("coverage is reckoned once while nobody writes, and anew when this process or another has written", () =>
  withStore(async (store) => {
    const { catalog, paths } = store;
    const moment = openMoments(store);
    const empty = await moment();
    expect(empty).toMatchObject({ coverage: [], snapshot: { snapshot: 0 }, since: null });
    expect(await moment()).toBe(empty);
    await saveTargets(catalog, [target], testNow);
    const one = await moment();
    expect(one.coverage).toEqual(await targetCoverage(catalog, testNow));
    expect(one.coverage).toHaveLength(1);
    expect(await moment()).toBe(one);
    const beside = openSqlite(paths.catalog);
    beside.exec("update targets set region = 'eu-central-1'");
    beside.close();
    expect((await moment()).coverage).toMatchObject([{ region: "eu-central-1" }]);
  }));

it("coverage is reckoned anew as time goes by", () =>
  withStore(async (store, clock) => {
    await saveTargets(store.catalog, [target], testNow);
    const moment = openMoments(store);
    const before = await moment();
    clock.now += 60_000;
    const later = await moment();
    expect(later).not.toBe(before);
    expect(later).toEqual(before);
  }));

it("while much is read, what is shown is renewed from time to time only, and its coverage with it; afterwards at once", () =>
  withStore(async (store, clock) => {
    let holdMs = 5_000;
    const moment = openMoments(store, () => holdMs);
    const lease = await takeLease(store, "test");
    const write = async (targets: Parameters<typeof saveTargets>[1]) => {
      await saveTargets(store.catalog, targets, testNow);
      const batch = `batch-${targets.length}`;
      await commitRows(store, lease, batch, "invocations", "2026-11-20", [invocation(batch, testNow)]);
    };
    expect(await moment()).toMatchObject({ coverage: [], snapshot: { snapshot: 0 } });
    await write([target]);
    // Where there was nothing, what comes first is shown at once.
    const first = await moment();
    expect(first).toMatchObject({ coverage: [{ region: "us-east-1" }], snapshot: { snapshot: 1 } });
    await write([target, other]);
    clock.now += 4_999;
    expect(await moment()).toBe(first);
    clock.now += 1;
    const second = await moment();
    expect(second).toMatchObject({ coverage: [{}, {}], snapshot: { snapshot: 2 } });
    await write([target, other, third]);
    expect(await moment()).toBe(second);
    holdMs = 0;
    expect(await moment()).toMatchObject({ coverage: [{}, {}, {}], snapshot: { snapshot: 3 } });
    await lease.release();
  }));

it("a commit that comes while coverage is reckoned is in the numbers before anything calls it complete", () =>
  withStore(async (store) => {
    const lease = await takeLease(store, "test");
    const moment = openMoments({
      ...store,
      async snapshot() {
        await saveTargets(store.catalog, [target], testNow);
        await commitRows(store, lease, "batch", "invocations", "2026-11-20", [invocation("one", testNow)]);
        return store.snapshot();
      },
    });
    expect(await moment()).toMatchObject({ coverage: [], snapshot: { snapshot: 1 } });
    await lease.release();
  }));
