import { describe, expect, it } from "vitest";
import { type CoveredHour, type HourState, sumHours } from "../../server/domain/hour-coverage.ts";
import { hourStates, spansOf, stripWords, troubledSpans, worstHours } from "../../web/compliance/hours.ts";

const hours = (...states: HourState[]) => states.map((state) => ({ state }));
const sums = (counts: Partial<Record<HourState, number>>) => ({
  hours: { covered: 0, short: 0, hole: 0, "no-traffic": 0, off: 0, unknown: 0, ...counts },
});

describe("hours in a row", () => {
  it("become spans that hold each hour once, in order", () => {
    const spans = spansOf(hours("covered", "covered", "hole", "covered", "unknown", "unknown"));
    expect(spans).toEqual([
      { state: "covered", from: 0, hours: 2 },
      { state: "hole", from: 2, hours: 1 },
      { state: "covered", from: 3, hours: 1 },
      { state: "unknown", from: 4, hours: 2 },
    ]);
    expect(spansOf([])).toEqual([]);
  });

  it("are told in words: span by span, or in sums where that would be too long", () => {
    const short = spansOf(hours("covered", "hole", "covered"));
    expect(stripWords(short, sums({ covered: 2, hole: 1 }))).toBe("1 h covered, 1 h hole, 1 h covered");
    const long = spansOf(Array.from({ length: 40 }, (_, index) => ({ state: index % 2 === 0 ? "covered" : "short" })));
    expect(stripWords(long, sums({ covered: 20, short: 20 }))).toBe("40 spans: 20 h short, 20 h covered");
  });

  it("have the worst of what is not covered beside them", () => {
    expect(worstHours(sums({ covered: 100, unknown: 7, hole: 2 }))).toBe("2 h hole");
    expect(worstHours(sums({ covered: 100, off: 1, hole: 2 }))).toBe("1 h logging off");
    expect(worstHours(sums({ covered: 168 }))).toBe("");
    expect(hourStates.toSorted()).toEqual(Object.keys(sums({}).hours).toSorted());
  });

  it("that are not covered are told with their time and counts, the worst first; what is not known of one hour is not of the span", () => {
    const at = (hour: number) => new Date(hour * 3_600_000).toISOString();
    const target = (region: string, own: readonly Omit<CoveredHour, "at">[]) => {
      const hours = own.map((hour, index) => ({ at: at(index), ...hour }));
      const about = { checkedAt: null, callsUnread: null, readFrom: null, readThrough: null };
      return { account: "111122223333", region, ...about, sums: sumHours(hours), hours };
    };
    const covered = { state: "covered", expected: 10, stored: 10 } as const;
    const spans = troubledSpans([
      target("a", [
        covered,
        { state: "unknown", expected: 5, stored: null },
        { state: "unknown", expected: null, stored: 2 },
      ]),
      target("b", [{ state: "hole", expected: 5, stored: 0 }, { state: "hole", expected: 6, stored: 0 }, covered]),
    ]);
    expect(spans.map(({ target: { region }, ...span }) => ({ region, ...span }))).toEqual([
      { region: "b", state: "hole", from: at(0), to: at(2), hours: 2, expected: 11, stored: 0 },
      { region: "a", state: "unknown", from: at(1), to: at(3), hours: 2, expected: null, stored: null },
    ]);
  });
});
