import { describe, expect, it } from "vitest";
import { numberFormats } from "../../web/format.ts";
import { formatDuration, formatNear, formatRange, formatTime } from "../../web/format-time.ts";

const english = numberFormats("en");
const german = numberFormats("de");

describe("numbers", () => {
  it.each([
    [null, "n/a"],
    [undefined, "n/a"],
    [0, "$0"],
    [0.00004, "< $0.0001"],
    [-0.00004, "> −$0.0001"],
    [0.0001, "$0.0001"],
    [0.12345, "$0.1235"],
    [1, "$1.00"],
    [1234.5, "$1,234.50"],
  ])("money %s reads %s", (value, text) => {
    expect(english.usd(value)).toBe(text);
  });

  it.each([
    [0, "$0"],
    [200, "$200"],
    [0.5, "$0.5000"],
    [2.5, "$2.50"],
    [1_500, "$1.5K"],
  ])("the tick %s of an axis of money reads %s", (value, text) => {
    expect(english.usdTick(value)).toBe(text);
  });

  it.each([
    [null, "n/a"],
    [0, "0.0\u00a0%"],
    [0.0001, "< 0.1\u00a0%"],
    [0.125, "12.5\u00a0%"],
    [0.9994, "99.9\u00a0%"],
    [0.9996, "99.96\u00a0%"],
    [0.99999, "99.99\u00a0%"],
    [1, "100.0\u00a0%"],
  ])("the share %s reads %s: nearly all is not all", (value, text) => {
    expect(english.percent(value)).toBe(text);
  });

  it("is short on tiles and exact in tables", () => {
    expect(english.compact(2886)).toBe("2,886");
    expect(english.compact(291_174)).toBe("291.2K");
    expect(english.compact(1_920_000_000)).toBe("1.92bn");
    expect(english.count(1_920_000_000)).toBe("1,920,000,000");
    expect(english.usdCompact(7364.18)).toBe("$7.36K");
    expect(english.usdCompact(0.00001)).toBe("< $0.0001");
  });

  it("follows the reader's locale", () => {
    expect(german.count(1234.5)).toBe("1.234,5");
    expect(german.percent(0.125)).toBe("12,5\u00a0%");
  });

  it.each([
    [110, 100, "+10.0\u00a0%"],
    [94, 100, "−6.0\u00a0%"],
    [0, 0, "no change"],
    [5, 0, "new"],
    [null, 5, null],
    [5, null, null],
  ])("from %s before to %s now", (now, before, words) => {
    expect(english.change(now, before)).toBe(words);
  });

  it("says small counts as a difference", () => {
    expect(english.difference(44, 40)).toBe("+4");
    expect(english.difference(40, 44)).toBe("−4");
    expect(english.difference(40, 40)).toBe("no change");
  });
});

describe("times", () => {
  it("stand in the zone of the page, whole days without hours", () => {
    expect(formatTime("2026-11-24T08:52:00Z", "Europe/Berlin", "minute")).toBe("09:52");
    expect(formatRange("2026-11-17T08:00:00Z", "2026-11-24T08:00:00Z", "UTC")).toBe("17 Nov 08:00 – 24 Nov 08:00");
    expect(formatRange("2026-10-31T23:00:00Z", "2026-11-30T23:00:00Z", "Europe/Berlin")).toBe(
      "1 Nov 2026 – 30 Nov 2026",
    );
  });

  it("name the day only when it is another one", () => {
    expect(formatNear("2026-11-24T08:52:00Z", "2026-11-24T09:00:00Z", "UTC")).toBe("08:52");
    expect(formatNear("2026-11-23T08:52:00Z", "2026-11-24T09:00:00Z", "UTC")).toBe("23 Nov 08:52");
  });

  it.each([
    [59 * 60_000, "59 min"],
    [3 * 3_600_000, "3 h"],
    [3.5 * 3_600_000, "3 h 30 min"],
    [72 * 3_600_000, "3 days"],
  ])("%s ms is %s", (ms, words) => {
    expect(formatDuration(ms)).toBe(words);
  });
});
