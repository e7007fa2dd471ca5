import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import type { MetricBucket, MetricResult, MetricRow } from "../../server/domain/metric.ts";
import { MetricQuery } from "../../server/domain/metric.ts";
import type { Look } from "../../web/charts/fills.ts";
import { assignColours, inksOf, otherInk } from "../../web/charts/palette.ts";
import { comparedSum, gapsOf, seriesOf } from "../../web/charts/series.ts";
import { stackedBars } from "../../web/charts/stacked-bars.ts";
import { tickLabels } from "../../web/charts/ticks.ts";

const hourMs = 3_600_000;
const start = Date.parse("2026-11-23T22:00:00Z");

function buckets(count: number, sizeMs: number, states: readonly MetricBucket["state"][] = []): MetricBucket[] {
  return Array.from({ length: count }, (_, index) => ({
    start: new Date(start + index * sizeMs).toISOString(),
    end: new Date(start + (index + 1) * sizeMs).toISOString(),
    label: `bucket ${index}`,
    state: states[index] ?? "complete",
  }));
}

function row(key: MetricRow["key"], bucket: number, invocations: number, before: number | null = null): MetricRow {
  return { key, bucket, values: { invocations }, compare: before === null ? null : { invocations: before } };
}

function result(rows: readonly MetricRow[], about: MetricBucket[], other: MetricResult["other"] = null): MetricResult {
  const query = MetricQuery.parse({
    measures: ["invocations"],
    dimensions: ["status"],
    range: { from: "2026-11-23T22:00:00Z", to: "2026-11-24T02:00:00Z" },
    bucket: "1h",
  });
  const totals = { values: { invocations: 0 }, compare: null };
  return {
    query,
    compareRange: null,
    snapshot: 1,
    asOf: null,
    buckets: about,
    rows: [...rows],
    totals,
    other,
    partial: [],
  };
}

/** Says how it was asked instead of painting. */
const look: Look = {
  token: (name) => name,
  fill: (colour, pattern) => `${pattern} ${colour}`,
  open: (colour) => `open ${colour}`,
  blank: () => "blank",
};

const four = buckets(4, hourMs, ["complete", "uncovered", "uncovered", "in-progress"]);
const mixed = result(
  [
    row(null, 0, 7),
    row(["throttled"], 0, 2),
    row(["success"], 0, 40, 30),
    row(["success"], 3, 9, 20),
    row([null], 0, 1),
  ],
  four,
  { groups: 3 },
);

describe("series of a result", () => {
  const series = seriesOf(mixed, "invocations", (key) => key ?? "(none)");

  it("stand with statuses in their own order and Other last", () => {
    expect(series.map(({ label }) => label)).toEqual(["(none)", "success", "throttled", "Other (3)"]);
  });

  it("are 0 where a covered bucket has no row, and unknown where nothing is covered", () => {
    expect(series.find(({ key }) => key === "success")?.values).toEqual([40, null, null, 9]);
    expect(series.find(({ key }) => key === "throttled")?.values).toEqual([2, null, null, 0]);
  });

  it("keep the span without evidence apart from zeros", () => {
    expect(gapsOf(mixed)).toEqual([[1, 2]]);
  });

  it("have no sum where no bucket has a value: unknown is not 0", () => {
    const unknown = [row(["success"], 0, 1), row(["throttled"], 0, 1)].map((one) => ({
      ...one,
      values: { invocations: null },
    }));
    const [first] = seriesOf(result(unknown, four.slice(0, 1)), "invocations", String);
    expect(first?.sum).toBeNull();
    expect(series.find(({ key }) => key === "success")?.sum).toBe(49);
  });

  it("add the period before over the groups, and say nothing where nothing is known", () => {
    expect(comparedSum(mixed, "invocations")).toEqual([30, null, null, 20]);
    expect(comparedSum(mixed, "invocations", [{ key: "success", other: false }])).toEqual([null, null, null, null]);
    expect(comparedSum(mixed, "invocations", [{ key: null, other: true }])).toEqual([30, null, null, 20]);
  });

  it("call two groups with one short name by their whole one", () => {
    const twins = result([row(["1/role/app"], 0, 1), row(["2/role/app"], 0, 1)], four);
    const labels = seriesOf(twins, "invocations", () => "app").map(({ label }) => label);
    expect(labels).toEqual(["1/role/app", "2/role/app"]);
  });
});

describe("stacked bars", () => {
  const [ink] = inksOf("status", ["blocked"], new Map());
  const values = [1, null, null, 4];
  const series = [{ key: "blocked", other: false, label: "Blocked", values, sum: 5, ink: ink ?? otherInk }];
  const input = {
    buckets: four,
    series,
    before: [1, 2, null, 3],
    gaps: [],
    ticks: ["a", "", "", "d"],
    formatValue: String,
    formatTick: String,
  };
  const config = stackedBars(input, look);

  it("plot exactly the values, with a gap where there is no evidence", () => {
    expect(config.data.datasets[0]?.data).toEqual([
      { x: 0, y: 1 },
      { x: 1, y: null },
      { x: 2, y: null },
      { x: 3, y: 4 },
    ]);
  });

  it("draw a bucket in progress with thin lines", () => {
    expect(config.data.datasets[0]?.backgroundColor).toEqual([
      "hatch --status-blocked",
      "hatch --status-blocked",
      "hatch --status-blocked",
      "open --status-blocked",
    ]);
  });

  it("draw the period before as a dashed line that breaks", () => {
    expect(config.data.datasets[1]).toMatchObject({ type: "line", borderDash: [3, 3], spanGaps: false });
  });

  it("are no wall where there is one bucket alone", () => {
    expect(config.data.datasets[0]).toMatchObject({ maxBarThickness: 64 });
  });

  it("have no tick between two counts, and such between two costs", () => {
    const ticksOf = (of: readonly number[]) =>
      stackedBars({ ...input, series: series.map((one) => ({ ...one, values: of })) }, look).options?.scales?.["y"]
        ?.ticks;
    expect(ticksOf([1, 2])).toMatchObject({ precision: 0 });
    expect(ticksOf([0.5, 2])).not.toHaveProperty("precision");
  });

  it("neither animate nor parse, and leave legend and tooltip to the page", () => {
    expect(config.options).toMatchObject({
      animation: false,
      parsing: false,
      normalized: true,
      maintainAspectRatio: false,
      plugins: { legend: { display: false }, tooltip: { enabled: false } },
    });
  });
});

describe("colours", () => {
  test.prop([fc.uniqueArray(fc.string(), { maxLength: 12 }), fc.uniqueArray(fc.string(), { maxLength: 12 })])(
    "belong to the entity: who comes later changes none",
    (first, later) => {
      const before = assignColours(new Map(), first);
      const after = assignColours(before, later);
      for (const [key, colour] of before) expect(after.get(key)).toBe(colour);
      for (const key of later) expect(after.get(key)).toBeLessThan(6);
    },
  );

  test.prop([fc.uniqueArray(fc.string(), { maxLength: 7 })])("never look alike in one chart of seven", (keys) => {
    const inks = inksOf("model", keys, assignColours(new Map(), keys)).map(
      ({ colour, pattern }) => `${colour} ${pattern}`,
    );
    expect(new Set(inks).size).toBe(keys.length);
  });

  it("of the first six are six", () => {
    const keys = ["a", "b", "c", "d", "e", "f"];
    expect([...assignColours(new Map(), keys).values()]).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

describe("ticks", () => {
  it("stand at local midnights over days", () => {
    const labels = tickLabels(buckets(72, hourMs), "Europe/Berlin", 9);
    expect(labels.flatMap((label, index) => (label === "" ? [] : [[index, label]]))).toEqual([
      [1, "Tue 24"],
      [25, "Wed 25"],
      [49, "Thu 26"],
    ]);
  });

  it("keep off the end of a narrow axis, where a label would be cut", () => {
    const narrow = tickLabels(buckets(52, hourMs), "Europe/Berlin", 4);
    const wide = tickLabels(buckets(52, hourMs), "Europe/Berlin", 9);
    expect([narrow, wide].map((labels) => labels.filter(Boolean))).toEqual([
      ["Tue 24", "Wed 25"],
      ["Tue 24", "Wed 25", "Thu 26"],
    ]);
  });

  it("stand at round hours within a day", () => {
    const labels = tickLabels(buckets(24, hourMs), "UTC", 9).filter(Boolean);
    expect(labels).toEqual(["00:00", "03:00", "06:00", "09:00", "12:00", "15:00", "18:00", "21:00"]);
  });

  test.prop([
    fc.integer({ min: 1, max: 400 }),
    fc.constantFrom(60_000, hourMs, 24 * hourMs),
    fc.integer({ min: 2, max: 12 }),
  ])("are at most as many as there is room for", (count, size, most) => {
    const labels = tickLabels(buckets(count, size), "Europe/Berlin", most);
    expect(labels).toHaveLength(count);
    expect(labels.filter(Boolean).length).toBeLessThanOrEqual(most);
  });
});
