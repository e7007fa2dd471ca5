import { describe, expect, it } from "vitest";
import { clip } from "../../server/reports/clip.ts";
import { changeOf, count, share, shown, text, time, usd } from "../../server/reports/words.ts";

describe("a number as a reader sees it", () => {
  it.each([
    [count(1284000), "1,284,000"],
    [count(0), "0"],
    [count(null), "n/a"],
    [usd(0), "$0.00"],
    [usd(1234.567), "$1,234.57"],
    [usd(0.5), "$0.5000"],
    [usd(0.00004), "< $0.0001"],
    [usd(0.0001), "$0.0001"],
    [usd(-0.00004), "> -$0.0001"],
    [usd(null), "n/a"],
    [share(0), "0.0 %"],
    [share(0.12345), "12.3 %"],
    [share(0.9994), "99.9 %"],
    [share(0.9998), "99.98 %"],
    [share(0.999999), "99.99 %"],
    [share(1), "100.0 %"],
    [time("2026-11-20T09:00:00.000Z"), "2026-11-20T09:00:00.000Z"],
    [text("a\u202Eb\n"), "a[U+202E]b[U+000A]"],
  ])("%j is %s", (value, words) => expect(shown(value)).toBe(words));
});

describe("a change as a reader sees it", () => {
  it.each([
    [642, 600, "+7 %"],
    [1, 2, "-50 %"],
    [1200, 1, "+119,900 %"],
    [100001, 100000, "+< 0.1 %"],
    [99999, 100000, "-< 0.1 %"],
    [5, 0, "new"],
    [0, 5, "-100 %"],
    [0, 0, "no change"],
    [null, 5, "n/a"],
    [5, null, "n/a"],
  ])("from %s, before %s: %s", (now, before, words) => expect(shown(changeOf(now, before, true))).toBe(words));

  it("is none between periods that cannot be compared", () => {
    expect(shown(changeOf(5, 1, false))).toBe("not comparable");
  });
});

describe("a long text", () => {
  it("is cut between characters", () => {
    expect(clip("a".repeat(160))).toHaveLength(160);
    expect(clip("a".repeat(161))).toBe(`${"a".repeat(159)}…`);
    expect(clip("🦉".repeat(160))).toBe("🦉".repeat(160));
    expect(clip("🦉".repeat(161))).toBe(`${"🦉".repeat(159)}…`);
  });
});
