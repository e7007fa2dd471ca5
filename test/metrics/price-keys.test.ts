import { afterAll, beforeAll, expect, it } from "vitest";
import { priceKeysOf } from "../../server/metrics/price-keys.ts";
import type { Sql } from "../../server/store/sql.ts";
import type { Engine } from "../../server/store/store.ts";
import { priceKey } from "../../server/pricing/price-key.ts";
import { call } from "./calls.ts";
import { openTestLake, type TestLake, type TestRecord } from "./lake.ts";

const aCall = (requestId: string, time: string, region: string): TestRecord => ({
  invocation: call({ requestId, time, region, inputTokens: 10, outputTokens: 5 }),
});
const first = aCall("first", "2026-11-18T10:00:00.000Z", "us-east-1");
const second = aCall("second", "2026-11-19T10:00:00.000Z", "eu-west-1");
const later = aCall("later", "2026-11-19T11:00:00.000Z", "ap-south-1");
const keyOf = ({ invocation }: TestRecord) => priceKey(invocation).key;

let lake: TestLake;
let engine: Engine;
const asked: Sql[] = [];

beforeAll(async () => {
  lake = await openTestLake([[first, second]]);
  const { interactive } = lake.store;
  engine = {
    query(statement, options) {
      asked.push(statement);
      return interactive.query(statement, options);
    },
    close: () => interactive.close(),
  };
});
afterAll(() => lake.close());

const { signal } = new AbortController();
const keys = async (from: string, to: string) =>
  [...(await priceKeysOf({ engine, snapshot: () => lake.store.snapshot() }, from, to, signal))].sort();
const sorted = (...records: readonly TestRecord[]) => records.map((record) => keyOf(record) ?? "").sort();

it("asks for a day once, and again when a commit has touched it", async () => {
  expect(new Set([first, second, later].map(keyOf)).size).toBe(3);
  expect(await keys("2026-11-17", "2026-11-20")).toEqual(sorted(first, second));
  expect(await keys("2026-11-18", "2026-11-18")).toEqual(sorted(first));
  expect(asked).toHaveLength(1);
  await lake.add([later]);
  expect(await keys("2026-11-17", "2026-11-20")).toEqual(sorted(first, second, later));
  expect(await keys("2026-11-19", "2026-11-20")).toEqual(sorted(second, later));
  expect(asked.map(({ params }) => params.filter((value) => typeof value === "string"))).toEqual([
    ["2026-11-18", "2026-11-19"],
    ["2026-11-19"],
  ]);
});
