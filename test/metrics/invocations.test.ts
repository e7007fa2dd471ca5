import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InvocationQuery, type InvocationPage } from "../../server/domain/invocation-answers.ts";
import type { Filter, Measure } from "../../server/domain/metric.ts";
import { recordsHref } from "../../server/domain/records-href.ts";
import { filtersFromUrl } from "../../server/domain/url-values.ts";
import { dimensions, measures, MetricQuery, type FilterField } from "../../server/domain/metric.ts";
import { answerMetric } from "../../server/metrics/answer.ts";
import { findContent, findInvocation } from "../../server/metrics/invocation.ts";
import { queryInvocations, type InvocationDeps } from "../../server/metrics/invocations.ts";
import { call, manyCalls } from "./calls.ts";
import { openTestLake, type TestLake, type TestRecord } from "./lake.ts";
import { book, measureOf, passes, picoOf } from "./oracle.ts";

const hostile = call({
  requestId: "odd/'; drop table--",
  time: "2026-11-20T10:00:00.123Z",
  requestMetadata: { __proto__x: "1", "a\u0000b": "<script>" },
  guardrailIds: ["g1"],
  guardrailOrigins: [],
  guardrailHits: [{ guardrailId: "g1", stage: "output", policy: "topic", label: "\u202eevil", action: "NONE" }],
  extra: '{"note":"\\ud800"}',
  anomalies: ["unknown-field:/x", "limit"],
  betaFlags: [],
  videoSeconds: 4.5,
  latencyMs: 12.25,
  cacheWriteTokens: 30,
  cacheWrite1hTokens: 10,
});
/** Around the counts up to which costs are computed as plain integers, and far beyond. */
const large: readonly TestRecord[] = [99_999_999, 100_000_000, 2 ** 45].map((inputTokens) => ({
  invocation: call({ requestId: `large-${inputTokens}`, time: "2026-11-19T10:00:00.000Z", inputTokens }),
}));
const early = [...manyCalls(230, 11), ...large];
const late: readonly TestRecord[] = manyCalls(40, 13).map(({ invocation, signals = [] }, index) => ({
  invocation: {
    ...invocation,
    id: `${invocation.accountId}/${invocation.region}/late-${index}`,
    requestId: `late-${index}`,
  },
  signals,
}));
const records: readonly TestRecord[] = [...early, { invocation: hostile }, ...late];
const range = { from: "2026-11-17T00:00:00Z", to: "2026-11-21T00:00:00Z" };
const newestEarly = "2026-11-21T00:00:00.000Z";
const { signal } = new AbortController();
let lake: TestLake;
let deps: InvocationDeps;

beforeAll(async () => {
  lake = await openTestLake([[...early, { invocation: hostile }], late], [newestEarly, "2026-11-22T00:00:00.000Z"]);
  deps = {
    engine: lake.store.interactive,
    snapshot: () => lake.store.snapshot(),
    prices: book,
    clock: () => Date.parse("2026-11-24T09:00:00Z"),
  };
});
afterAll(() => lake.close());

function ask(query: Partial<InvocationQuery> = {}, of = deps): Promise<InvocationPage> {
  return queryInvocations(of, InvocationQuery.parse({ range, ...query }), signal);
}

async function allPages(query: Partial<InvocationQuery>, of = deps): Promise<InvocationPage["items"]> {
  const items: InvocationPage["items"] = [];
  for (let page = await ask(query, of); ; page = await ask({ ...query, cursor: page.next }, of)) {
    items.push(...page.items);
    if (page.next === null) return items;
  }
}

const ids = (items: readonly { readonly id: string }[]) => items.map(({ id }) => id).sort();

describe("a list of invocations", () => {
  it.each([
    ["time", "desc"],
    ["time", "asc"],
    ["tokens", "desc"],
    ["cost", "desc"],
    ["cost", "asc"],
    ["latency", "desc"],
    ["latency", "asc"],
  ] as const)("by %s %s shows each once, in order, page by page", async (by, dir) => {
    const items = await allPages({ sort: { by, dir }, limit: 17 });
    expect(ids(items)).toEqual(ids(records.map(({ invocation }) => invocation)));
    const value = (item: (typeof items)[number]) => {
      const { costUsd, ...invocation } = item;
      if (by === "time") return Date.parse(item.time);
      if (by === "latency") return item.latencyMs ?? -1;
      if (by === "tokens") return measureOf("totalTokens", [{ invocation }]) ?? 0;
      return costUsd === null ? -1 : Number(picoOf(invocation));
    };
    const values = items.map(value);
    expect(values).toEqual([...values].sort((a, b) => (dir === "desc" ? b - a : a - b)));
  });

  it.each(["desc", "asc"] as const)(
    "by time %s is the same where a store is so large that times are looked up first",
    async (dir) => {
      const snapshot = async () => ({ ...(await lake.store.snapshot()), rows: { invocations: 10_000_000 } });
      for (const filters of [[], [{ field: "model", op: "in", values: ["none"] }]] satisfies Filter[][]) {
        const query = { sort: { by: "time", dir }, limit: 17, filters } as const;
        const items = await allPages(query, { ...deps, snapshot });
        expect(items).toEqual(await allPages(query));
        expect(items).toHaveLength(filters.length === 0 ? records.length : 0);
      }
    },
  );

  it("gives back exactly what was written, with its cost", async () => {
    const byId = new Map(records.map(({ invocation }) => [invocation.id, invocation]));
    for (const { costUsd, ...invocation } of await allPages({ limit: 200 })) {
      expect(invocation).toEqual(byId.get(invocation.id));
      const pico = picoOf(invocation);
      if (pico === null) expect(costUsd).toBeNull();
      else expect(costUsd).toBeCloseTo(Number(pico) / 1e12, 5);
    }
  });

  it("counts and sums the whole filter, not the page", async () => {
    const filters: Filter[] = [{ field: "account", op: "in", values: ["111122223333"] }];
    const inFilter = records.filter((record) => passes(filters[0] as Filter, record));
    const { total, sums, items } = await ask({ filters, limit: 5 });
    expect(items).toHaveLength(5);
    expect(total).toEqual({ value: inFilter.length, exact: true });
    expect(sums.totalTokens).toBe(measureOf("totalTokens", inFilter));
    expect(sums.costUsd).toBeCloseTo(measureOf("costUsd", inFilter) ?? -1, 5);
    expect(sums.unpriced).toBe(measureOf("unpricedInvocations", inFilter));
  });

  it("is empty with sums of nothing", async () => {
    const page = await ask({ filters: [{ field: "model", op: "in", values: ["none"] }] });
    expect(page).toMatchObject({
      items: [],
      next: null,
      total: { value: 0, exact: true },
      sums: { totalTokens: 0, costUsd: 0, unpriced: 0 },
    });
  });

  it("leaves out what came later than asked, in rows and sums", async () => {
    const page = await ask({ asOf: newestEarly, limit: 200 });
    expect(page.total.value).toBe(early.length + 1);
    const items = await allPages({ asOf: newestEarly, limit: 100 });
    expect(items.some(({ requestId }) => requestId?.startsWith("late-"))).toBe(false);
  });

  it.each([
    ["another filter", { filters: [{ field: "model", op: "null", values: [] }] }],
    ["another sort", { sort: { by: "cost", dir: "desc" } }],
    ["another range", { range: { ...range, from: "2026-11-18T00:00:00Z" } }],
  ] as const)("refuses a cursor that belongs to %s", async (_, change) => {
    const { next } = await ask({ limit: 5 });
    await expect(ask({ limit: 5, cursor: next, ...(change as unknown as Partial<InvocationQuery>) })).rejects.toThrow(
      "another list",
    );
  });

  it.each(["", "x", Buffer.from("{}").toString("base64url"), Buffer.from("null").toString("base64url")])(
    "refuses %j as a cursor",
    async (cursor) => {
      await expect(ask({ cursor })).rejects.toThrow("another list");
    },
  );

  it("stays in its window while the clock goes on", async () => {
    const moving = { range: { from: "now-7d", to: "now" }, limit: 50 };
    const { next, range: shown } = await ask(moving);
    deps = { ...deps, clock: () => Date.parse("2026-11-24T10:00:00Z") };
    expect((await ask({ ...moving, cursor: next })).range).toEqual(shown);
  });
});

describe("one invocation", () => {
  const recordDeps = () => ({ ...deps, catalog: lake.store.catalog });

  it.each([["2026-11-20T10:00:00.123Z"], [undefined]])("is found with the time %s, as it was written", async (time) => {
    const found = await findInvocation(recordDeps(), hostile.id, time, signal);
    expect(found?.invocation).toEqual(hostile);
    expect(found?.price).toMatchObject({ layer: "aws-snapshot", date: "2025-09-29", flags: [] });
    expect(found?.provenance).toMatchObject({ sourceId: "test", line: early.length + 1, ingestedAt: newestEarly });
  });

  it("brings its signals", async () => {
    const record = early.find(({ signals = [] }) => signals.length > 1);
    const found = await findInvocation(recordDeps(), record?.invocation.id ?? "", record?.invocation.time, signal);
    expect(found?.signals).toHaveLength(record?.signals?.length ?? -1);
    for (const seen of record?.signals ?? []) expect(found?.signals).toContainEqual(seen);
  });

  it.each(["", "x", "a/b", "111122223333/us-east-1/nothing", "%/%/%"])("%j is not found", async (id) => {
    expect(await findInvocation(recordDeps(), id, undefined, signal)).toBeNull();
  });

  it("has no content where none was kept", async () => {
    expect(await findContent(deps, hostile.id, hostile.time, signal)).toEqual([]);
  });
});

describe("from a number to its records", () => {
  /** What the page of records asks for when it is opened at an address. */
  function queryAt(href: string): Partial<InvocationQuery> {
    const { searchParams } = new URL(href, "http://localhost");
    const known: readonly string[] = [...dimensions, "tokens", "cost", "latency", "priced"];
    const fields = [...new Set(searchParams.keys())].filter((key) => known.includes(key)) as FilterField[];
    const filters = fields.flatMap((field) => filtersFromUrl(field, searchParams.getAll(field)) ?? []);
    return { range: { from: searchParams.get("from") ?? "", to: searchParams.get("to") ?? "" }, filters, limit: 1 };
  }

  const counts = measures.filter(
    (measure) => !["newPrincipals", "newModels", "signals"].includes(measure) && !measure.startsWith("signal"),
  );
  const cells = dimensions.map(
    (dimension, index) =>
      [dimension, ["invocations", ...counts.slice(1 + (index % 12), 6 + (index % 12))] as Measure[]] as const,
  );

  it.each(cells)("every count by %s finds as many records again", async (dimension, some) => {
    const query = MetricQuery.parse({ measures: some, dimensions: [dimension], range, bucket: "1d", top: 2 });
    const result = await answerMetric({ ...deps, coverage: [], since: null }, query, signal);
    const totals = { key: [], bucket: null, values: result.totals.values };
    const links = [totals, ...result.rows].flatMap((row) =>
      some.flatMap((measure) => {
        const href = recordsHref(result, row, measure) ?? "";
        const n = new URL(href, "http://localhost").searchParams.get("n");
        return n === null || /group=|sort=/.test(href) ? [] : [[href, Number(n)] as const];
      }),
    );
    expect(links.length).toBeGreaterThan(0);
    const step = Math.ceil(links.length / 8);
    for (const [href, n] of links.filter((_, index) => index % step === 0)) {
      expect((await ask(queryAt(href))).total.value, href).toBe(n);
    }
  });
});
