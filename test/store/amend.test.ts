import { describe, expect, it } from "vitest";
import { amendDay, type Amendment } from "../../server/store/amend.ts";
import { takeLease } from "../../server/store/lease.ts";
import { sql } from "../../server/store/sql.ts";
import { commitRows, invocation, stage, testNow, withStore } from "./temp-store.ts";

const day = "2026-11-20";
const nothing = { rescanned: [], contents: [], copies: [], apply: async () => undefined };

describe("an amendment", () => {
  it("to another hour widens the span that the day's sums are known by", () =>
    withStore(async (store) => {
      const lease = await takeLease(store, "test");
      const [before, later] = [Date.UTC(2026, 10, 20, 9), Date.UTC(2026, 10, 20, 11)];
      const sums = { account_id: "111122223333", region: "us-east-1" };
      await commitRows(store, lease, "one", "invocations", day, [invocation("r", before)]);
      await commitRows(store, lease, "two", "rollups", day, [{ ...sums, hour: before, invocations: 2 }]);
      const staged = [
        await stage(store, "three", "invocations", day, [invocation("r", later)]),
        await stage(store, "three", "rollups", day, [
          { ...sums, hour: before, invocations: -1 },
          { ...sums, hour: later, invocations: 1 },
        ]),
      ];
      await amendDay(store, lease, { dt: day, staged, calls: ["111122223333/us-east-1/r"], ...nothing });
      const live = store.catalog
        .selectFrom("segments")
        .select(["rows", "min_ts", "max_ts"])
        .where("tbl", "=", "rollups");
      expect(await live.where("replaced_snapshot", "is", null).execute()).toEqual([
        { rows: 2, min_ts: before, max_ts: later },
      ]);
    }));

  it("adds nothing to sums that are gone, and takes nothing from them", () =>
    withStore(async (store) => {
      const lease = await takeLease(store, "test");
      await commitRows(store, lease, "one", "invocations", day, [invocation("r", testNow, { model: null })]);
      const sums = { hour: testNow, account_id: "111122223333", region: "us-east-1" };
      const amendment: Amendment = {
        dt: day,
        staged: [
          await stage(store, "two", "invocations", day, [invocation("r", testNow, { model: "nova" })]),
          await stage(store, "two", "rollups", day, [
            { ...sums, model: null, invocations: -1 },
            { ...sums, model: "nova", invocations: 1 },
          ]),
        ],
        calls: ["111122223333/us-east-1/r"],
        ...nothing,
      };
      await amendDay(store, lease, amendment);
      const { rows } = await store.interactive.query(sql`select model from invocations where dt = ${day}`);
      expect(rows).toEqual([{ model: "nova" }]);
      const live = store.catalog.selectFrom("segments").select(["tbl", "dt"]).where("replaced_snapshot", "is", null);
      expect(await live.execute()).toEqual([{ tbl: "invocations", dt: day }]);
    }));
});
