import { expect, it } from "vitest";
import { missedLimits } from "./check-limits.ts";

const atMost = {
  secondsWithoutHistory: 4,
  secondsWithHistory: 8,
  peakRssMegabytes: 400,
  fullestBudgetPercent: 100,
};

it("misses a limit by being over it, or by not being measured", () => {
  expect(missedLimits({ ...atMost, requests: 9_999 })).toEqual([]);
  expect(missedLimits({ ...atMost, secondsWithHistory: 8.01, fullestBudgetPercent: 101 })).toEqual([
    "secondsWithHistory",
    "fullestBudgetPercent",
  ]);
  const unmeasured = { secondsWithHistory: "no control reads history", fullestBudgetPercent: Number.NaN };
  expect(missedLimits({ ...atMost, ...unmeasured })).toEqual(Object.keys(unmeasured));
  expect(missedLimits({})).toEqual(Object.keys(atMost));
});
