import type { Call } from "./exchange.ts";

/** Sums over what the records say: what a reader of all of them must come to. */
export interface Totals {
  readonly records: number;
  readonly failed: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
}

export const noTotals: Totals = {
  records: 0,
  failed: 0,
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
};

export function addCall(totals: Totals, call: Call): Totals {
  return {
    records: totals.records + 1,
    failed: totals.failed + (call.errorCode === null ? 0 : 1),
    inputTokens: totals.inputTokens + call.usage.input,
    outputTokens: totals.outputTokens + call.usage.output,
    cacheReadTokens: totals.cacheReadTokens + call.usage.cacheRead,
    cacheWriteTokens: totals.cacheWriteTokens + call.usage.cacheWrite,
  };
}
