import { describe, expect, it } from "vitest";
import { lacking, type HourOfTwo } from "../../server/store/catalog/disagreement.ts";

/** Hours in which the second source repeats what the first one stored, but for what is said of single hours. */
function hours(count: number, repeated: Readonly<Record<number, number>> = {}): HourOfTwo[] {
  return Array.from({ length: count }, (_, hour) => ({ stored: 10, repeated: repeated[hour] ?? 10 }));
}

describe("records that one source lacks", () => {
  it("are none while each that the first one stored comes a second time", () => {
    expect(lacking(hours(72))).toBe(0);
    expect(lacking([])).toBe(0);
  });

  it("are counted to the last one", () => {
    expect(lacking(hours(72, { 30: 9 }))).toBe(1);
    expect(lacking(hours(72, { 30: 9, 40: 6 }))).toBe(5);
    expect(lacking(hours(24, { 12: 0 }))).toBe(10);
  });

  it("are none when they only lie in the next hour's folder, in every hour", () => {
    const late = hours(72).map(({ stored }, hour) => ({ stored, repeated: hour === 0 ? stored - 2 : stored }));
    expect(lacking(late)).toBe(0);
    expect(lacking(hours(72, { 71: 8 }))).toBe(0);
    expect(lacking(hours(23, { 12: 0 }))).toBe(0);
  });

  it("are none when the second one delivers more than once, or delivered first", () => {
    expect(lacking(hours(72, { 30: 14 }))).toBe(0);
    expect(lacking(hours(72).map(() => ({ stored: 0, repeated: 0 })))).toBe(0);
  });
});
