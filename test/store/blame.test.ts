import { describe, expect, it } from "vitest";
import { noteUnits, takeUnits } from "../../server/store/catalog/ledger.ts";
import { saveSource } from "../../server/store/catalog/sources.ts";
import { blameUnits, recoverUnits } from "../../server/store/catalog/suspects.ts";
import { openWindows } from "../../server/store/catalog/windows.ts";
import type { Store } from "../../server/store/store.ts";
import { testNow, withStore } from "./temp-store.ts";

const hourMs = 3_600_000;
const sourceId = "dir:test";

async function list({ catalog }: Store, ...keys: readonly string[]): Promise<void> {
  const target = { accountId: null, region: null };
  await saveSource(
    catalog,
    { id: sourceId, kind: "folder", name: "logs", place: "logs", origin: "configured", ...target },
    0,
  );
  await openWindows(catalog, sourceId, [{ start: 0, end: 0 }]);
  const file = { kind: "file", version: "1", size: 10, lastModified: null, window: 0, ignored: null } as const;
  await noteUnits(
    catalog,
    sourceId,
    keys.map((key) => ({ ...file, key })),
    testNow,
  );
}

const take = async ({ catalog }: Store, alone = true) => {
  const units = await takeUnits(catalog, { sourceIds: [sourceId], now: testNow, maxBytes: 1_000, alone });
  return units.map(({ key }) => key);
};

async function states({ catalog }: Store): Promise<Record<string, string>> {
  const units = await catalog.selectFrom("units").select(["key", "state"]).execute();
  return Object.fromEntries(units.map(({ key, state }) => [key, state]));
}

describe("what was being read when the process died", () => {
  it("is read last, alone in the process, and given up after two deaths of its own", async () => {
    await withStore(async (store) => {
      await list(store, "a", "b");
      expect(await take(store)).toEqual(["a", "b"]);
      expect(await blameUnits(store.catalog)).toBe(2);
      await list(store, "c");
      // While others are read, no suspect is.
      expect(await take(store)).toEqual(["c"]);
      expect(await take(store, false)).toEqual([]);
      await store.catalog.updateTable("units").set({ state: "done" }).where("key", "=", "c").execute();
      for (const _ of [1, 2, 3]) {
        // In smaller groups each time.
        await take(store);
        await blameUnits(store.catalog);
      }
      expect(await take(store)).toEqual(["a"]);
      await blameUnits(store.catalog);
      expect(await states(store)).toMatchObject({ a: "listed", b: "listed" });
      // It has died over `a` once more than over `b`: that one is tried first, and is well.
      expect(await take(store)).toEqual(["b"]);
      await store.catalog.updateTable("units").set({ state: "done" }).where("key", "=", "b").execute();
      expect(await take(store)).toEqual(["a"]);
      await blameUnits(store.catalog);
      expect(await states(store)).toEqual({ a: "crashed", b: "done", c: "done" });
    });
  });

  it.each([
    ["five deaths within an hour", 5, hourMs / 5, "listed"],
    ["four over more than an hour", 4, hourMs, "listed"],
    ["five over an hour", 5, hourMs / 4, "crashed"],
  ])("and nobody saw it die: after %s alone it is %s", async (_, deaths, everyMs, state) => {
    await withStore(async (store) => {
      await list(store, "a");
      for (let death = 0; death < deaths; death += 1) {
        expect(await take(store)).toEqual(["a"]);
        await recoverUnits(store.catalog, testNow + death * everyMs);
      }
      expect(await states(store)).toEqual({ a: state });
    });
  });

  it("is laid to none of several by a death that nobody saw", async () => {
    await withStore(async (store) => {
      await list(store, "a", "b");
      for (let death = 0; death < 8; death += 1) {
        await store.catalog.updateTable("units").set({ state: "fetching" }).execute();
        await recoverUnits(store.catalog, testNow + death * hourMs);
      }
      expect(await states(store)).toEqual({ a: "listed", b: "listed" });
    });
  });
});
