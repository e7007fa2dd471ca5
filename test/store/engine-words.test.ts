import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rmSync } from "node:fs";
import { fc } from "@fast-check/vitest";
import {
  bucketStart,
  epochMs,
  hasItem,
  itemCount,
  mapEntry,
  matches,
  partOf,
  percentiles,
  rowsOf,
  sumExact,
} from "../../server/store/engine-words.ts";
import { instant, raw, sql, type Sql } from "../../server/store/sql.ts";
import type { Store } from "../../server/store/store.ts";
import { openTestStore, tempFolder } from "./temp-store.ts";

const dataDir = tempFolder();
let store: Store;
beforeAll(async () => {
  store = await openTestStore(dataDir);
});
afterAll(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

async function value(expression: Sql, from: Sql = sql`(select 1) t`): Promise<unknown> {
  const { rows } = await store.interactive.query(sql`select ${expression} as answer from ${from}`);
  return rows[0]?.["answer"];
}

const map = raw("map {'a': 'x', 'it''s': 'y'}");

describe("a word of the engine", () => {
  it.each([
    ["the value under a key", mapEntry(map, "a"), "x"],
    ["a hostile key", mapEntry(map, "it's"), "y"],
    ["a key that is not there", mapEntry(map, "b"), null],
    ["an item", hasItem(raw("['a', 'b']"), "b"), true],
    ["an item that is not there", hasItem(raw("['a', 'b']"), "c"), false],
    ["the number of items", itemCount(raw("['a', 'b']")), 2],
    ["a pattern anywhere in the text", matches(raw("'global.model'"), "^glob.*el$|x"), true],
    ["a pattern that is not found", matches(raw("'us.model'"), "^global"), false],
    ["milliseconds", epochMs(instant("2026-11-20T01:02:03.004Z")), Date.UTC(2026, 10, 20, 1, 2, 3, 4)],
    ["the start of a 5-minute bucket", bucketStart(instant("2026-11-20T01:07:59.999Z"), 5), "2026-11-20T01:05:00.000Z"],
    ["the start of a 6-hour bucket", bucketStart(instant("2026-11-20T11:59:59.999Z"), 360), "2026-11-20T06:00:00.000Z"],
    ["the start of a day", bucketStart(instant("1999-12-31T23:00:00.000Z"), 1440), "1999-12-31T00:00:00.000Z"],
  ])("%s", async (_, expression, expected) => {
    expect(await value(expression)).toEqual(expected);
  });

  it("percentile is one of the values: the smallest with so many at or below it", async () => {
    const property = fc.asyncProperty(
      fc.array(fc.integer({ min: -1_000, max: 1_000 }), { minLength: 1, maxLength: 30 }),
      fc.constantFrom(0, 0.5, 0.9, 0.95, 0.99, 1),
      async (values, p) => {
        const list = join(values);
        const sorted = [...values].sort((a, b) => a - b);
        const expected = sorted[Math.max(0, Math.ceil(p * values.length) - 1)];
        const found = percentiles(raw("x"), [0.25, p]).get(p) ?? raw("null");
        expect(await value(found, sql`(select unnest([${list}]) as x) t`)).toBe(expected);
      },
    );
    await fc.assert(property, { numRuns: 40 });
    expect(() => percentiles(raw("x"), [0.5, 2])).toThrow(RangeError);
  });

  it("sums are exact beyond what a double holds, and an overflow is an error", async () => {
    expect(await value(sumExact(raw("x")), sql`(select unnest([9007199254740993, 2]) as x) t`)).toBe(9007199254740995n);
    await expect(
      value(sumExact(raw("x")), sql`(select unnest([9223372036854775807, 1]) as x) t`),
    ).rejects.toMatchObject({ code: "ENGINE_FAILED" });
  });

  it("the parts of all texts hold each of them once, and none is empty", async () => {
    const texts = Array.from({ length: 200 }, (_, n) => `call-${n}`);
    const rows = sql`(select ${rowsOf([...texts, ...texts])} as x) t`;
    const inPart = async (part: number) =>
      value(sql`string_agg(x, ',' order by x)`, sql`${rows} where ${partOf(raw("x"), 7)} = ${part}`);
    const parts: string[][] = [];
    for (let part = 0; part < 7; part += 1) parts.push(String(await inPart(part)).split(","));
    expect(parts.flat().toSorted()).toEqual([...texts, ...texts].toSorted());
    // Equal texts fall into one part.
    expect(new Set(parts.flatMap((part) => [...new Set(part)])).size).toBe(200);
    expect(parts.flatMap((part) => [...new Set(part)])).toHaveLength(200);
    expect(parts.filter((part) => part.length < 20)).toEqual([]);
    expect(await value(partOf(raw("'any'"), 1))).toBe(0);
    for (const none of [0, 1.5, -1]) expect(() => partOf(raw("x"), none)).toThrow(RangeError);
  });

  it("buckets are whole parts of a day", () => {
    expect(() => bucketStart(raw("t"), 7)).toThrow(RangeError);
    expect(() => bucketStart(raw("t"), 0)).toThrow(RangeError);
  });
});

function join(values: readonly number[]): Sql {
  return raw(values.map(String).join(", "));
}
