import { setTimeout as realPause } from "node:timers/promises";
import { expect, it } from "vitest";
import { Claims } from "../../server/ingest/claims.ts";
import { Feed } from "../../server/ingest/feed.ts";
import { IdentityTable } from "../../server/ingest/identity.ts";
import { Pages } from "../../server/ingest/pages.ts";
import { takeLease } from "../../server/store/lease.ts";
import { defaultRetention } from "../../server/store/retain.ts";
import { withStore } from "../store/temp-store.ts";
import { oneReader } from "./one-reader.ts";

it("a feed with nothing to read asks the catalog when it is woken, also while it asks, and else twice a minute", () =>
  withStore(async (store) => {
    const claims = new Claims(async () => new IdentityTable());
    const readers = oneReader(claims, store.paths.staging);
    let asked = 0;
    const catalog = new Proxy(store.catalog, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        if (name === "selectFrom") asked += 1;
        return value.bind(target) as unknown;
      },
    });
    const slept: number[] = [];
    const lease = await takeLease(store, "test");
    const feed = new Feed({
      store: { ...store, catalog },
      lease,
      readers,
      claims,
      pages: new Pages(async () => new Uint8Array()),
      stagingDir: store.paths.staging,
      chance: () => 0,
      room: { bytes: 0 },
      // It ends with the signal alone.
      sleep: async (ms, signal) => {
        slept.push(ms);
        await new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true }));
      },
      stoppedMs: 1_000,
      retention: defaultRetention,
      onUnits: () => undefined,
      onStopped: () => undefined,
      onUnexplained: () => undefined,
    });
    const stop = new AbortController();
    const running = feed.run(stop.signal, () => false, false);
    // The first step has begun: what comes now must not wait for the end of the sleep after it.
    feed.wake();
    const sleeps = async (count: number) => {
      for (let tries = 0; tries < 300 && slept.length < count; tries += 1) await realPause(10);
      return asked;
    };
    const woken = await sleeps(1);
    feed.wake();
    const again = await sleeps(2);
    expect(woken).toBe((again - woken) * 2);
    expect(slept).toEqual([30_000, 30_000]);
    stop.abort();
    await running;
    await lease.release();
    await readers.close();
  }));
