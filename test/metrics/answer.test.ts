import { fc, test } from "@fast-check/vitest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  dimensions,
  measures,
  MetricQuery,
  type Dimension,
  type Filter,
  type Measure,
  type MetricQueryInput,
  type MetricResult,
} from "../../server/domain/metric.ts";
import { answerMetric, type MetricDeps } from "../../server/metrics/answer.ts";
import { manyCalls } from "./calls.ts";
import { openTestLake, type TestLake, type TestRecord } from "./lake.ts";
import { book, measureOf, passes, valuesOf } from "./oracle.ts";

const records = manyCalls(400);
const covered = (readThrough: string | null, accountId = "111122223333", region = "us-east-1") => ({
  accountId,
  region,
  readThrough,
  logging: null,
  loggingError: null,
  settledThrough: null,
  asOf: null,
  hole: null,
  exceptions: 0,
});
const everywhere = ["111122223333", "444455556666"].flatMap((account) =>
  ["us-east-1", "eu-west-1", "ap-south-1"].map((region) => covered("2026-11-24T00:00:00.000Z", account, region)),
);
let lake: TestLake;
let deps: MetricDeps;

beforeAll(async () => {
  lake = await openTestLake([records.slice(0, 150), records.slice(150, 300), records.slice(300)]);
  deps = {
    engine: lake.store.interactive,
    snapshot: () => lake.store.snapshot(),
    prices: book,
    coverage: everywhere,
    since: null,
    clock: () => Date.parse("2026-11-24T09:00:00Z"),
  };
});
afterAll(() => lake.close());

const wholeRange = { from: "2026-11-17T00:00:00Z", to: "2026-11-21T00:00:00Z" };

function ask(query: Partial<MetricQueryInput>, with_: Partial<MetricDeps> = {}): Promise<MetricResult> {
  const parsed = MetricQuery.parse({ measures: ["invocations"], range: wholeRange, ...query });
  return answerMetric({ ...deps, ...with_ }, parsed, new AbortController().signal);
}

function within(from: string, to: string, some: readonly TestRecord[] = records): readonly TestRecord[] {
  return some.filter(
    ({ invocation: { time } }) => Date.parse(time) >= Date.parse(from) && Date.parse(time) < Date.parse(to),
  );
}

const known = measures.filter(
  (measure) => !["newPrincipals", "newModels", "signals", "signalInvocations"].includes(measure),
);

function expectValue(actual: number | null | undefined, expected: number | null, what: string): void {
  if (expected === null || actual === null || actual === undefined) expect(actual, what).toBe(expected);
  else expect(Math.abs(actual - expected), `${what}: ${actual} is not ${expected}`).toBeLessThan(2e-6);
}

/** Every row and total of an answer, held against the records themselves. */
function expectRight(result: MetricResult): void {
  const { query, buckets, rows, totals, other } = result;
  const inRange = within(query.range.from, query.range.to).filter((record) =>
    query.filters.every((filter) => passes(filter, record)),
  );
  // Where the filters leave no target, nothing is known: not even that there was nothing.
  if (inRange.length === 0) return expect(totals.values.invocations ?? 0).toBe(0);
  for (const measure of query.measures)
    expectValue(totals.values[measure], measureOf(measure, inRange), `total ${measure}`);
  const keysOf = (record: TestRecord) =>
    query.dimensions
      .map((field) => valuesOf(field, record))
      .reduce<(string | null)[][]>(
        (keys, values) => keys.flatMap((key) => values.map((value) => [...key, value])),
        [[]],
      );
  const name = (key: readonly (string | null)[]) => JSON.stringify(key);
  const shown = new Set(rows.flatMap(({ key }) => (key === null ? [] : [name(key)])));
  const groups = new Set(inRange.flatMap((record) => keysOf(record).map(name)));
  if (query.dimensions.length > 0) {
    expect(shown.size).toBe(Math.min(query.top, groups.size));
    expect(other).toEqual(groups.size > query.top ? { groups: groups.size - query.top } : null);
  }
  for (const row of rows) {
    const bucket = row.bucket === null ? undefined : buckets[row.bucket];
    const cell = within(bucket?.start ?? query.range.from, bucket?.end ?? query.range.to, inRange).filter((record) =>
      keysOf(record).some((key) => (row.key === null ? !shown.has(name(key)) : name(key) === name(row.key))),
    );
    for (const measure of query.measures)
      expectValue(
        row.values[measure],
        measureOf(measure, cell),
        `${measure} of ${JSON.stringify(row.key)} in ${row.bucket}`,
      );
  }
}

describe("every measure by every dimension", () => {
  const chunks = Array.from({ length: Math.ceil(known.length / 8) }, (_, index) =>
    known.slice(index * 8, index * 8 + 8),
  );

  it.each(dimensions.map((dimension) => [dimension]))("is right by %s", async (dimension) => {
    for (const some of chunks) expectRight(await ask({ measures: some, dimensions: [dimension], top: 3 }));
  });

  it.each(known.map((measure) => [measure]))("%s is right alone, from sums and from rows", async (measure) => {
    expectRight(await ask({ measures: [measure] }));
    // A field that no rollup has forces the rows.
    expectRight(await ask({ measures: [measure], filters: [{ field: "source", op: "in", values: ["test"] }] }));
  });
});

const anyField = fc.constantFrom(...dimensions);
const anyText = fc.constantFrom(
  "role/app",
  "111122223333/user/a*b",
  "us-east-1",
  "success",
  "g1",
  "delimiter-token",
  "high",
  "anthropic",
  "geo",
  "no such value",
);
const anyGlob = fc.constantFrom("*", "a*", "*1", "*role/100%_sure", "*_sure", "us-*", "user/a\\*b", "*!x");
const anyFilter: fc.Arbitrary<Filter> = fc.oneof(
  fc.record({
    field: anyField,
    op: fc.constantFrom("in" as const, "notIn" as const),
    values: fc.array(anyText as fc.Arbitrary<string>, { maxLength: 3 }),
  }),
  fc.record({
    field: anyField,
    op: fc.constantFrom("glob" as const, "notGlob" as const),
    values: fc.array(anyGlob as fc.Arbitrary<string>, { maxLength: 2 }),
  }),
  fc.record({
    field: anyField,
    op: fc.constantFrom("null" as const, "notNull" as const),
    values: fc.constant<string[]>([]),
  }),
  fc.record({
    field: fc.constantFrom("tokens" as const, "latency" as const),
    op: fc.constantFrom("gte" as const, "lt" as const),
    values: fc.constantFrom("500", "100000").map((value) => [value]),
  }),
  fc.record({
    field: fc.constant("cost" as const),
    op: fc.constantFrom("gte" as const, "lt" as const),
    values: fc.constantFrom("0.01", "0.2345").map((value) => [value]),
  }),
  fc.record({
    field: fc.constant("priced" as const),
    op: fc.constantFrom("in" as const, "notIn" as const),
    values: fc.constantFrom("yes", "no").map((value) => [value]),
  }),
);
const anyRange = fc.constantFrom(
  wholeRange,
  { from: "2026-11-17T03:00:00Z", to: "2026-11-19T22:00:00Z" },
  { from: "2026-11-17T03:17:31.500Z", to: "2026-11-19T22:59:59.999Z" },
  { from: "2026-11-18T10:10:00Z", to: "2026-11-18T10:50:00Z" },
);
const anyQuery: fc.Arbitrary<Partial<MetricQueryInput>> = fc.record({
  measures: fc.uniqueArray(fc.constantFrom(...known), { minLength: 1, maxLength: 4 }) as fc.Arbitrary<Measure[]>,
  dimensions: fc.uniqueArray(anyField, { maxLength: 2 }) as fc.Arbitrary<Dimension[]>,
  filters: fc.array(anyFilter, { maxLength: 2 }),
  range: anyRange,
  timeZone: fc.constantFrom("UTC", "Europe/Berlin", "Asia/Kathmandu"),
  bucket: fc.constantFrom("none" as const, "1h" as const, "1d" as const, "auto" as const),
  top: fc.integer({ min: 1, max: 5 }),
});

describe("any query", () => {
  test.prop([anyQuery], { numRuns: 120 })(
    "is right in every row, bucket, Other and total",
    async (query) => {
      const buckets =
        query.bucket === "auto"
          ? { bucket: "15m" as const, range: { from: "2026-11-18T10:10:00Z", to: "2026-11-18T20:50:00Z" } }
          : {};
      expectRight(await ask({ ...query, ...buckets }));
    },
    120_000,
  );

  test.prop([anyField, fc.array(anyText as fc.Arbitrary<string>, { maxLength: 3 })], { numRuns: 40 })(
    "in and not in are all",
    async (field, values) => {
      const [some, rest, all] = await Promise.all([
        ask({ filters: [{ field, op: "in", values }] }),
        ask({ filters: [{ field, op: "notIn", values }] }),
        ask({}),
      ]);
      expect((some.totals.values.invocations ?? 0) + (rest.totals.values.invocations ?? 0)).toBe(
        all.totals.values.invocations,
      );
    },
  );
});

describe("comparison", () => {
  it("holds groups of the range against themselves, not against the ranks of the period before", async () => {
    const range = { from: "2026-11-19T00:00:00Z", to: "2026-11-21T00:00:00Z" };
    const result = await ask({
      measures: ["invocations", "costUsd", "principals"],
      dimensions: ["model"],
      range,
      compare: "previous",
      top: 2,
    });
    expect(result.compareRange).toEqual({ from: "2026-11-17T00:00:00.000Z", to: "2026-11-19T00:00:00.000Z" });
    const before = within("2026-11-17T00:00:00Z", "2026-11-19T00:00:00Z");
    const shown = result.rows.flatMap(({ key }) => (key === null ? [] : [key[0] ?? null]));
    for (const row of result.rows) {
      const cell = before.filter(({ invocation: { model } }) =>
        row.key === null ? !shown.includes(model) : model === row.key[0],
      );
      for (const measure of result.query.measures)
        expectValue(row.compare?.[measure], measureOf(measure, cell), measure);
    }
    for (const measure of result.query.measures)
      expectValue(result.totals.compare?.[measure], measureOf(measure, before), measure);
  });

  it("holds a range that cuts hours against the one just before it, or a week before", async () => {
    const range = { from: "2026-11-19T09:05:30Z", to: "2026-11-19T20:25:30Z" };
    const asked: Partial<MetricQueryInput> = { measures: ["invocations", "costUsd"], range };
    const previous = await ask({ ...asked, compare: "previous" });
    expectRight(previous);
    expect(previous.totals.compare?.invocations).toBe(within("2026-11-18T21:45:30Z", "2026-11-19T09:05:30Z").length);
    const earlier = { from: "2026-11-26T09:05:30Z", to: "2026-11-26T20:25:30Z" };
    const weekday = await ask({ ...asked, range: earlier, compare: "weekday" });
    expect(weekday.totals.compare?.invocations).toBe(within(range.from, range.to).length);
    expect(within(range.from, range.to).length).toBeGreaterThan(0);
  });

  it("says nothing of a period of which over a twentieth was read by nobody, or lies before the first call", async () => {
    const range = { from: "2026-11-19T00:00:00Z", to: "2026-11-21T00:00:00Z" };
    const asked: Partial<MetricQueryInput> = {
      range,
      compare: "previous",
      bucket: "1d",
      dimensions: ["model"],
      top: 1,
    };
    const unread = await ask(asked, { since: "2026-11-17T03:00:00Z" });
    expect(unread.totals.compare).toEqual({ invocations: null });
    expect(unread.rows.map(({ compare }) => compare?.invocations)).toEqual(unread.rows.map(() => null));
    expect(unread.totals.values).toEqual((await ask(asked)).totals.values);
    const read = await ask(asked, { since: "2026-11-17T02:00:00Z" });
    expect(read.totals.compare?.invocations).toBe(within("2026-11-17T00:00:00Z", "2026-11-19T00:00:00Z").length);
    const earlier = { ...asked, range: { from: "2026-11-17T00:00:00Z", to: "2026-11-19T00:00:00Z" } };
    expect((await ask(earlier)).totals.compare).toEqual({ invocations: null });
  });

  it("aligns buckets by their number", async () => {
    const range = { from: "2026-11-19T00:00:00Z", to: "2026-11-21T00:00:00Z" };
    const { rows } = await ask({ range, compare: "previous", bucket: "1d" });
    expect(rows.map(({ compare }) => compare?.invocations)).toEqual([
      within("2026-11-17T00:00:00Z", "2026-11-18T00:00:00Z").length,
      within("2026-11-18T00:00:00Z", "2026-11-19T00:00:00Z").length,
    ]);
  });
});

describe("what is new", () => {
  it("counts a principal in the bucket in which it was first seen", async () => {
    const first = new Map<string, string>();
    for (const {
      invocation: { principalKey, time },
    } of records) {
      if (time < (first.get(principalKey) ?? "9")) first.set(principalKey, time);
    }
    const { rows, totals } = await ask({ measures: ["newPrincipals", "newModels"], bucket: "1d" });
    const days = ["2026-11-17", "2026-11-18", "2026-11-19", "2026-11-20"];
    expect(rows.map(({ values }) => values.newPrincipals)).toEqual(
      days.map((day) => [...first.values()].filter((time) => time.startsWith(day)).length),
    );
    expect(totals.values).toEqual({ newPrincipals: first.size, newModels: 5 });
    const later = await ask({
      measures: ["newModels"],
      range: { from: "2026-11-19T00:00:00Z", to: "2026-11-21T00:00:00Z" },
    });
    expect(later.totals.values.newModels).toBe(0);
  });
});

describe("signals", () => {
  const seen = records.flatMap((record) => (record.signals ?? []).map((signal) => ({ ...signal, record })));

  it("are counted by rule, and their records once", async () => {
    const { rows, totals } = await ask({ measures: ["signals", "signalInvocations"], dimensions: ["signal"] });
    const of = (rule: string) => seen.filter(({ ruleId }) => ruleId === rule);
    expect(totals.values).toEqual({
      signals: seen.length,
      signalInvocations: new Set(seen.map(({ record }) => record)).size,
    });
    expect(rows.map(({ key, values }) => [key?.[0], values.signals, values.signalInvocations])).toEqual(
      ["delimiter-token", "secret"].map((rule) => [
        rule,
        of(rule).length,
        new Set(of(rule).map(({ record }) => record)).size,
      ]),
    );
  });

  it("do not mix with other measures, nor with fields that they lack", async () => {
    await expect(ask({ measures: ["signals", "invocations"] })).rejects.toThrow("do not go with others");
    await expect(
      ask({ measures: ["signals"], filters: [{ field: "status", op: "in", values: ["success"] }] }),
    ).rejects.toThrow("status");
    await expect(ask({ measures: ["signals"], dimensions: ["model"] })).rejects.toThrow("model");
  });
});

describe("evidence", () => {
  const range = { from: "2026-11-10T00:00:00Z", to: "2026-11-12T00:00:00Z" };

  it("shows 0 where all was read and null where nothing was", async () => {
    const measuresAsked: Measure[] = ["invocations", "errorRate", "costUsd"];
    const read = await ask({ range, bucket: "1d", measures: measuresAsked });
    expect(read.rows.map(({ values }) => values)).toEqual(
      Array(2).fill({ invocations: 0, errorRate: null, costUsd: 0 }),
    );
    expect(read.buckets.map(({ state }) => state)).toEqual(["complete", "complete"]);
    const unread = await ask({ range, bucket: "1d", measures: measuresAsked }, { coverage: [covered(null)] });
    expect(unread.rows.map(({ values }) => values)).toEqual(
      Array(2).fill({ invocations: null, errorRate: null, costUsd: null }),
    );
    expect(unread.totals.values.invocations).toBeNull();
  });

  it("marks what was before the first day read, what is still in progress, and what has holes", async () => {
    const hole = { from: "2026-11-11T12:00:00.000Z", reason: "denied" };
    const { buckets, partial } = await ask(
      { range, bucket: "1d" },
      { since: "2026-11-11T00:00:00.000Z", coverage: [{ ...covered(hole.from), hole }] },
    );
    expect(buckets.map(({ state }) => state)).toEqual(["uncovered", "in-progress"]);
    expect(partial).toEqual([{ target: "111122223333/us-east-1", reason: "denied" }]);
  });

  it("speaks only of the targets that the filters leave", async () => {
    const elsewhere = { ...covered(null), region: "eu-west-1" };
    const filters: Filter[] = [{ field: "region", op: "in", values: ["us-east-1"] }];
    const { buckets } = await ask(
      { range, bucket: "1d", filters },
      { coverage: [covered("2026-11-24T00:00:00.000Z"), elsewhere] },
    );
    expect(buckets.map(({ state }) => state)).toEqual(["complete", "complete"]);
  });
});

describe("what cannot be asked", () => {
  it.each<[string, Partial<MetricQueryInput>, RegExp]>([
    ["an order by a measure that is not there", { order: { by: "costUsd", dir: "desc" } }, /order/],
    ["one dimension twice", { dimensions: ["model", "model"] }, /twice/],
    ["too many cells", { dimensions: ["model"], top: 1000, bucket: "1h" }, /10,000/],
    ["too many buckets", { bucket: "1m" }, /400/],
    ["a number that is none", { filters: [{ field: "tokens", op: "gte", values: ["many"] }] }, /none/],
    ["a pattern on a number", { filters: [{ field: "latency", op: "glob", values: ["1*"] }] }, /latency/],
    ["an unknown zone", { timeZone: "Mars/Base" }, /zone/],
  ])("%s is refused in words", async (_, query, message) => {
    await expect(ask(query)).rejects.toThrow(message);
  });
});

describe("order", () => {
  it("ranks by the first measure, ties by key; or by the key, or upwards", async () => {
    const keys = async (query: Partial<MetricQueryInput>) =>
      (await ask({ dimensions: ["account"], ...query })).rows.map(({ key }) => key?.[0]);
    const down = await keys({});
    expect(await keys({ order: { by: "invocations", dir: "asc" } })).toEqual([...down].reverse());
    expect(await keys({ order: { by: "key", dir: "desc" } })).toEqual(["444455556666", "111122223333"]);
    expect(await keys({ measures: ["regions"] })).toEqual(["111122223333", "444455556666"]);
  });
});
