import { describe, expect, it } from "vitest";
import { MetricQuery, type MetricQueryInput, type MetricRow } from "../../server/domain/metric.ts";
import { recordsHref } from "../../server/domain/records-href.ts";

const range = { from: "2026-11-20T00:00:00.000Z", to: "2026-11-22T00:00:00.000Z" };

function resultOf(query: Partial<MetricQueryInput>, rows: readonly MetricRow[] = []) {
  return {
    query: MetricQuery.parse({ measures: ["invocations"], range, ...query }),
    buckets: [
      { start: range.from, end: "2026-11-21T00:00:00.000Z", label: "2026-11-20", state: "complete" as const },
      { start: "2026-11-21T00:00:00.000Z", end: range.to, label: "2026-11-21", state: "complete" as const },
    ],
    rows: [...rows],
    asOf: "2026-11-22T09:02:00.000Z",
  };
}

function rowOf(key: MetricRow["key"], values: MetricRow["values"], bucket: number | null = null): MetricRow {
  return { key, bucket, values, compare: null };
}

function paramsOf(href: string | null): readonly string[] {
  expect(href).toMatch(/^\/invocations\?/);
  return [...new URL(href ?? "", "http://localhost").searchParams].map(([name, value]) => `${name}=${value}`);
}

describe("from a number to its records", () => {
  it("carries range, zone, filters, key, measure, number and snapshot", () => {
    const result = resultOf({
      dimensions: ["model"],
      timeZone: "Europe/Berlin",
      filters: [{ field: "principal", op: "notGlob", values: ["*/role/ci-*"] }],
    });
    expect(paramsOf(recordsHref(result, rowOf(["!a*b"], { throttled: 12 }), "throttled"))).toEqual([
      "v=1",
      `from=${range.from}`,
      `to=${range.to}`,
      "tz=Europe/Berlin",
      "principal=!*/role/ci-*",
      "model=\\!a\\*b",
      "status=throttled",
      "measure=throttled",
      "n=12",
      "asOf=2026-11-22T09:02:00.000Z",
    ]);
  });

  it("narrows to the bucket", () => {
    const params = paramsOf(recordsHref(resultOf({ bucket: "1d" }), rowOf([], { invocations: 3 }, 1), "invocations"));
    expect(params).toContain("from=2026-11-21T00:00:00.000Z");
    expect(params).toContain(`to=${range.to}`);
  });

  it("asks for nobody's model where the group has none", () => {
    expect(
      paramsOf(recordsHref(resultOf({ dimensions: ["model"] }), rowOf([null], { invocations: 1 }), "invocations")),
    ).toContain("model=~none");
  });

  it("leads from Other to all that is not shown", () => {
    const rows = [rowOf(["a"], { invocations: 2 }), rowOf([null], { invocations: 1 }), rowOf(null, { invocations: 9 })];
    const params = paramsOf(
      recordsHref(resultOf({ dimensions: ["model"] }, rows), rowOf(null, { invocations: 9 }), "invocations"),
    );
    expect(params.filter((param) => param.startsWith("model="))).toEqual(["model=!a", "model=~any"]);
  });

  it("meets a filter of the query on the measure's own field", () => {
    const filters = [{ field: "status" as const, op: "in" as const, values: ["throttled", "success"] }];
    const params = paramsOf(recordsHref(resultOf({ filters }), rowOf([], { errors: 4 }), "errors"));
    expect(params.filter((param) => param.startsWith("status="))).toEqual(["status=throttled"]);
  });

  it("sorts what is behind a sum and asks a percentile for the slower ones", () => {
    expect(paramsOf(recordsHref(resultOf({}), rowOf([], { costUsd: 1.5 }), "costUsd"))).toContain("sort=-cost");
    expect(paramsOf(recordsHref(resultOf({}), rowOf([], { latencyP95Ms: 900 }), "latencyP95Ms"))).toContain(
      "latency=>=900",
    );
  });

  it.each<[string, ReturnType<typeof resultOf>, MetricRow, "invocations" | "longContext"]>([
    ["the number is not known", resultOf({}), rowOf([], { invocations: null }), "invocations"],
    [
      "a mail address would stand in it",
      resultOf({ dimensions: ["session"] }),
      rowOf(["a@b.example"], { invocations: 1 }),
      "invocations",
    ],
    ["no filter says the measure", resultOf({}), rowOf([], { longContext: 2 }), "longContext"],
    [
      "the records of Other overlap the shown groups",
      resultOf({ dimensions: ["guardrailId"] }),
      rowOf(null, { invocations: 1 }),
      "invocations",
    ],
    [
      "two filters on one list mean two values",
      resultOf({ dimensions: ["signal"], filters: [{ field: "signal", op: "in", values: ["a", "b"] }] }),
      rowOf(["a"], { invocations: 1 }),
      "invocations",
    ],
    [
      "it would be too long",
      resultOf({ dimensions: ["model"] }),
      rowOf(["x".repeat(2000)], { invocations: 1 }),
      "invocations",
    ],
  ])("is plain text when %s", (_, result, row, measure) => {
    expect(recordsHref(result, row, measure)).toBeNull();
  });
});
