import { describe, expect, it } from "vitest";
import { takeLease } from "../../server/store/lease.ts";
import { carrySums } from "../../server/store/rebuild.ts";
import { commitRows, withStore } from "./temp-store.ts";

describe("a rebuilt store", () => {
  it("knows that sums which it takes over were written by an older program", () =>
    withStore((from) =>
      withStore(async (into) => {
        const [day, hour] = ["2024-05-01", Date.UTC(2024, 4, 1, 9)];
        const lease = await takeLease(from, "test");
        const sums = { hour, account_id: "111122223333", region: "us-east-1", invocations: 3 };
        await commitRows(from, lease, "one", "rollups", day, [sums]);
        await from.catalog.updateTable("segments").set({ schema_version: 0 }).execute();
        expect(await carrySums(from, into, await takeLease(into, "test"))).toBe(1);
        const carried = into.catalog.selectFrom("segments").select(["tbl", "dt", "rows", "schema_version"]);
        expect(await carried.execute()).toEqual([{ tbl: "rollups", dt: day, rows: 1, schema_version: 0 }]);
      }),
    ));
});
