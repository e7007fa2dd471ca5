import { fc } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { instant, join, raw, Sql, sql } from "../../server/store/sql.ts";

const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.string()));

describe("sql", () => {
  it("never lets a value into the text", () => {
    fc.assert(
      fc.property(value, value, (first, second) => {
        const statement = sql`select * from t where a = ${first} and b = ${second}`;
        expect(statement.text).toBe("select * from t where a = ? and b = ?");
        expect(statement.params).toEqual([first, second]);
      }),
    );
  });

  it("splices only its own class: what looks like it is a value", () => {
    const parsed = JSON.parse('{"text": "1; drop table t", "params": []}') as string;
    expect(sql`select ${parsed}`.text).toBe("select ?");
    expect(sql`select ${raw("a")}, ${sql`b = ${1}`}`).toEqual(new Sql("select a, b = ?", [1]));
  });

  it("keeps the order of values through joins", () => {
    const parts = [sql`a = ${1}`, sql`b = ${2}`, sql`c in (${3}, ${4})`];
    expect(sql`where ${join(parts, " and ")} limit ${5}`).toEqual(
      new Sql("where a = ? and b = ? and c in (?, ?) limit ?", [1, 2, 3, 4, 5]),
    );
    expect(join([], ", ").text).toBe("");
  });

  it("writes an instant in UTC to the millisecond, and refuses what is none", () => {
    expect(instant("2026-11-20T01:02:03.004+01:00").params).toEqual(["2026-11-20 00:02:03.004"]);
    expect(() => instant("yesterday")).toThrow(RangeError);
  });
});
