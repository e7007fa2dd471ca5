import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { autoBucket, bucketsOf, TooManyBucketsError, type BucketSize } from "../../server/lib/buckets.ts";
import { firstInstant, timeZone, toLocal } from "../../server/lib/time-zone.ts";
import { isoTime, previousSpan, resolveRange, resolveTime, weekdaySpan } from "../../server/lib/time.ts";

const hour = 3_600_000;
const day = 24 * hour;
const at = (iso: string) => Date.parse(iso);
const zones = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "Asia/Kathmandu", // +05:45
  "Australia/Lord_Howe", // half an hour of summer time
  "Pacific/Apia", // left out 30 December 2011
  "America/Havana", // midnight comes twice
  "Asia/Beirut", // midnight is left out
];
const anyZone = fc.constantFrom(...zones);
const anyInstant = fc.integer({ min: at("2011-01-01T00:00:00Z") / 60_000, max: at("2027-01-01T00:00:00Z") / 60_000 });

describe("points in time", () => {
  const now = at("2026-11-24T09:05:42.500Z");

  it.each([
    ["now", "UTC", "2026-11-24T09:05:00.000Z"],
    ["now-90m", "UTC", "2026-11-24T07:35:00.000Z"],
    ["now/d", "Europe/Berlin", "2026-11-23T23:00:00.000Z"],
    ["now/w", "Europe/Berlin", "2026-11-22T23:00:00.000Z"],
    ["now-1M/M", "Europe/Berlin", "2026-09-30T22:00:00.000Z"],
    ["now-30d", "Europe/Berlin", "2026-10-25T09:05:00.000Z"],
    ["now-31d", "Europe/Berlin", "2026-10-24T08:05:00.000Z"], // the same wall clock, in summer time
    ["2026-11-01T00:00:00Z", "Europe/Berlin", "2026-11-01T00:00:00.000Z"],
  ])("%s in %s is %s", (text, zone, expected) => {
    expect(isoTime(resolveTime(text, now, zone))).toBe(expected);
  });

  it.each([
    ["now", "now"],
    ["now", "now-1h"],
    ["now-99999d", "now"],
    ["2026-13-01T00:00:00Z", "now"],
  ])("refuses %s to %s with words", (from, to) => {
    expect(() => resolveRange({ from, to }, now, "UTC")).toThrow(/range/);
  });

  it("names no zone that it was given in its message", () => {
    expect(() => timeZone("Mars/<script>")).toThrow("The time zone is not known.");
  });

  test.prop([anyZone, anyInstant])(
    "the first instant of a wall-clock time is never after the instant itself",
    (name, minutes) => {
      const zone = timeZone(name);
      const instant = minutes * 60_000;
      const first = firstInstant(zone, toLocal(zone, instant));
      expect(first).toBeLessThanOrEqual(instant);
      expect(toLocal(zone, first)).toBe(toLocal(zone, instant));
    },
  );
});

describe("buckets", () => {
  const sizes: readonly (readonly [BucketSize, number])[] = [
    ["1m", hour],
    ["5m", day],
    ["15m", 3 * day],
    ["1h", 9 * day],
    ["1d", 90 * day],
    ["1w", 300 * day],
    ["1M", 900 * day],
  ];

  test.prop([anyZone, anyInstant, fc.constantFrom(...sizes), fc.double({ min: 0.001, max: 1, noNaN: true })])(
    "ascend, touch, and cover the range exactly, in any zone",
    (zone, minutes, [size, longest], share) => {
      const span = { start: minutes * 60_000, end: minutes * 60_000 + Math.max(60_000, Math.floor(longest * share)) };
      const buckets = bucketsOf(span, size, zone);
      expect(buckets[0]?.start).toBe(span.start);
      expect(buckets.at(-1)?.end).toBe(span.end);
      buckets.forEach((bucket, index) => {
        expect(bucket.end).toBeGreaterThan(bucket.start);
        if (index > 0) expect(bucket.start).toBe(buckets[index - 1]?.end);
      });
      expect(new Set(buckets.map(({ label }) => label)).size).toBe(buckets.length);
    },
  );

  it("makes two of an hour that the clock shows twice, and one day of 25 hours", () => {
    const span = { start: at("2026-10-24T22:00:00Z"), end: at("2026-10-25T23:00:00Z") };
    const hours = bucketsOf(span, "1h", "Europe/Berlin");
    expect(hours).toHaveLength(25);
    expect(hours.slice(2, 4).map(({ label }) => label)).toEqual(["2026-10-25 02:00 +02:00", "2026-10-25 02:00 +01:00"]);
    expect(bucketsOf(span, "1d", "Europe/Berlin")).toEqual([{ ...span, label: "2026-10-25" }]);
  });

  it("leaves out an hour that the clock leaves out", () => {
    const span = { start: at("2026-03-28T23:00:00Z"), end: at("2026-03-29T22:00:00Z") };
    const labels = bucketsOf(span, "1h", "Europe/Berlin").map(({ label }) => label);
    expect(labels).toHaveLength(23);
    expect(labels).not.toContain("2026-03-29 02:00");
  });

  it("starts a day at its first instant, also where midnight is left out, comes twice, or the day is missing", () => {
    const starts = (span: [string, string], zone: string) =>
      bucketsOf({ start: at(span[0]), end: at(span[1]) }, "1d", zone).map(({ start, label }) => [
        label,
        isoTime(start),
      ]);
    expect(starts(["2024-03-30T12:00:00Z", "2024-04-01T00:00:00Z"], "Asia/Beirut").slice(1)).toEqual([
      ["2024-03-31", "2024-03-30T22:00:00.000Z"],
      ["2024-04-01", "2024-03-31T21:00:00.000Z"],
    ]);
    expect(starts(["2026-10-31T12:00:00Z", "2026-11-02T12:00:00Z"], "America/Havana").slice(1)).toEqual([
      ["2026-11-01", "2026-11-01T04:00:00.000Z"],
      ["2026-11-02", "2026-11-02T05:00:00.000Z"],
    ]);
    expect(starts(["2011-12-29T12:00:00Z", "2011-12-31T12:00:00Z"], "Pacific/Apia").map(([label]) => label)).toEqual([
      "2011-12-29",
      "2011-12-31",
      "2012-01-01",
    ]);
  });

  it("follows quarter-hour zones exactly", () => {
    const [first, second] = bucketsOf(
      { start: at("2026-11-20T00:00:00Z"), end: at("2026-11-20T02:00:00Z") },
      "1h",
      "Asia/Kathmandu",
    );
    expect([first?.label, isoTime(second?.start ?? 0)]).toEqual(["2026-11-20 05:00", "2026-11-20T00:15:00.000Z"]);
  });

  it("names the finest size that fits when there are too many", () => {
    const span = { start: at("2026-01-01T00:00:00Z"), end: at("2026-03-01T00:00:00Z") };
    const error = (() => {
      try {
        return bucketsOf(span, "1m", "UTC");
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(TooManyBucketsError);
    expect(error).toMatchObject({ finest: "1d" });
  });

  test.prop([anyInstant, fc.integer({ min: 1, max: 5000 })])("an automatic size always fits", (start, hours) => {
    const span = { start: start * 60_000, end: start * 60_000 + hours * hour };
    expect(bucketsOf(span, autoBucket(span), "Europe/Berlin").length).toBeLessThanOrEqual(400);
  });
});

describe("the period to compare with", () => {
  it.each([
    [
      "this month",
      "2026-10-31T23:00:00Z",
      "2026-11-24T09:00:00Z",
      "2026-09-30T22:00:00.000Z",
      "2026-10-24T08:00:00.000Z",
    ],
    [
      "a whole month",
      "2026-09-30T22:00:00Z",
      "2026-10-31T23:00:00Z",
      "2026-08-31T22:00:00.000Z",
      "2026-09-30T22:00:00.000Z",
    ],
    [
      "seven days over the change of clocks",
      "2026-10-20T07:00:00Z",
      "2026-10-27T08:00:00Z",
      "2026-10-13T07:00:00.000Z",
      "2026-10-20T07:00:00.000Z",
    ],
    ["an hour", "2026-11-24T08:00:00Z", "2026-11-24T09:00:00Z", "2026-11-24T07:00:00.000Z", "2026-11-24T08:00:00.000Z"],
  ])("before %s", (_, start, end, earlier, until) => {
    const span = previousSpan({ start: at(start), end: at(end) }, "Europe/Berlin");
    expect([isoTime(span.start), isoTime(span.end)]).toEqual([earlier, until]);
  });

  it("goes back by whole weeks until it clears the range", () => {
    const span = { start: at("2026-11-01T00:00:00Z"), end: at("2026-11-09T00:00:00Z") };
    expect(weekdaySpan(span, "UTC")).toEqual({ start: span.start - 14 * day, end: span.end - 14 * day });
  });

  test.prop([anyZone, anyInstant, fc.integer({ min: 1, max: 200 })])(
    "never overlaps the range",
    (zone, start, hours) => {
      const span = { start: start * 60_000, end: start * 60_000 + hours * hour };
      for (const compared of [previousSpan(span, zone), weekdaySpan(span, zone)]) {
        expect(compared.end).toBeLessThanOrEqual(span.start);
        expect(compared.start).toBeLessThan(compared.end);
      }
    },
  );
});
