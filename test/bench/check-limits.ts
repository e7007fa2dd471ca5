/** The most that each may be, on four cores. */
const limits = {
  secondsWithoutHistory: 4,
  secondsWithHistory: 8,
  peakRssMegabytes: 400,
  fullestBudgetPercent: 100,
} as const;

/** Names of what is over its limit; what was not measured is, too. */
export function missedLimits(measured: Readonly<Record<string, string | number>>): readonly string[] {
  return Object.entries(limits).flatMap(([name, most]) => (Number(measured[name]) <= most ? [] : [name]));
}
