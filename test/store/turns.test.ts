import { expect, it } from "vitest";
import { type ListedUnit, noteUnits, takeUnits } from "../../server/store/catalog/ledger.ts";
import { inWorkspace } from "../ingest/kit.ts";

const [hour, mib] = [3_600_000, 2 ** 20];
const [newest, older] = [100 * hour, 99 * hour];

function unit(key: string, window: number, size = 1_000): ListedUnit {
  return { kind: "object", key, version: "1", size, lastModified: null, window, ignored: null };
}

const many = (name: string, count: number, window: number, size?: number) =>
  Array.from({ length: count }, (_, n) => unit(`${name}-${String(n).padStart(5, "0")}`, window, size));

it("sources take turns in an hour that holds more than a group, and the newest hour goes first", () =>
  inWorkspace((workspace) =>
    workspace.withStore(async ({ catalog }) => {
      await noteUnits(catalog, "s3:large", [...many("large", 3_000, newest), ...many("old", 10, older)], 1);
      await noteUnits(catalog, "s3:small", [...many("small", 3, newest), ...many("other", 2, older)], 1);
      const take = async (maxBytes = 64 * mib) =>
        takeUnits(catalog, { sourceIds: ["s3:large", "s3:small"], now: 2, maxBytes, alone: true });
      const first = await take();
      expect(first.map(({ key }) => key).slice(0, 7)).toEqual([
        "large-00000",
        "small-00000",
        "large-00001",
        "small-00001",
        "large-00002",
        "small-00002",
        "large-00003",
      ]);
      expect(first).toHaveLength(1_024);
      const taken = [first, await take(), await take(), await take()].flat().map(({ key }) => key);
      expect(new Set(taken).size).toBe(3_015);
      // Each hour before the one that is older.
      expect(taken.slice(0, 3_003).every((key) => /^(large|small)-/.test(key))).toBe(true);
      expect(await take()).toEqual([]);
    }),
  ));

it("a source of large objects leaves room for the others in each group", () =>
  inWorkspace((workspace) =>
    workspace.withStore(async ({ catalog }) => {
      await noteUnits(catalog, "s3:large", many("large", 50, newest, mib), 1);
      await noteUnits(catalog, "s3:small", many("small", 50, newest), 1);
      const group = await takeUnits(catalog, {
        sourceIds: ["s3:large", "s3:small"],
        now: 2,
        maxBytes: 4 * mib,
        alone: true,
      });
      expect(group.map(({ key }) => key.slice(0, 5)).filter((name) => name === "small").length).toBe(3);
    }),
  ));
