import { describe, expect, it } from "vitest";
import { lagOf } from "../../server/domain/coverage.ts";
import { paceAfter, secondsLeft, type Pace } from "../../server/domain/pace.ts";

const seen = (steps: readonly (readonly [at: number, units: number, done: number])[]) => {
  let pace: Pace | null = null;
  let left: number | null = null;
  for (const [at, units, unitsDone] of steps) {
    pace = paceAfter(pace, at, { units, unitsDone });
    left = secondsLeft(pace, at, { units, unitsDone });
  }
  return left;
};

describe("seconds left", () => {
  it("are those of the pace since the work began", () => {
    expect(
      seen([
        [0, 100, 0],
        [10_000, 100, 20],
      ]),
    ).toBe(40);
    expect(
      seen([
        [0, 100, 50],
        [10_000, 100, 60],
      ]),
    ).toBe(40);
    expect(
      seen([
        [0, 100, 0],
        [10_000, 100, 20],
        [20_000, 200, 40],
      ]),
    ).toBe(80);
  });

  it("are not known before anything is done, and none when nothing is left", () => {
    expect(seen([[0, 100, 0]])).toBeNull();
    expect(
      seen([
        [0, 100, 0],
        [10_000, 100, 0],
      ]),
    ).toBeNull();
    expect(
      seen([
        [0, 100, 0],
        [10_000, 100, 100],
      ]),
    ).toBeNull();
  });

  it("are not told of so little that it may be the first group of a commit", () => {
    expect(
      seen([
        [0, 1_000, 0],
        [10_000, 1_000, 49],
      ]),
    ).toBeNull();
    expect(
      seen([
        [0, 1_000, 0],
        [10_000, 1_000, 50],
      ]),
    ).toBe(190);
  });

  it("do not count a pause: the next work has a pace of its own", () => {
    expect(
      seen([
        [0, 100, 0],
        [10_000, 100, 100],
        [3_600_000, 200, 100],
        [3_610_000, 200, 110],
      ]),
    ).toBe(90);
  });
});

describe("the lag", () => {
  const through = (minutesAgo: number | null) => ({
    readThrough: minutesAgo === null ? null : new Date(3_600_000 - minutesAgo * 60_000).toISOString(),
  });

  it("is that of the target furthest behind; what is not read at all is counted apart", () => {
    expect(lagOf([through(3), through(12), through(null)], 3_600_000)).toEqual({ behindMs: 720_000, unread: 1 });
    expect(lagOf([through(null)], 3_600_000)).toEqual({ behindMs: null, unread: 1 });
    expect(lagOf([], 3_600_000)).toEqual({ behindMs: null, unread: 0 });
  });
});
