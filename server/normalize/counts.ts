import type { Invocation } from "../domain/invocation.ts";
import { readCacheWrite1h } from "./answer.ts";
import { asCount, fieldsOf, type JsonObject } from "./json-values.ts";
import type { Bodies } from "./read-content.ts";

export type Counts = Pick<
  Invocation,
  "inputTokens" | "outputTokens" | "cacheReadTokens" | "cacheWriteTokens" | "cacheWrite1hTokens" | "contextTokens"
>;

/** From the record's own counts only; those inside a body count nothing. */
export function readCounts(record: JsonObject, { output }: Bodies): Counts {
  const { inputTokenCount, cacheReadInputTokenCount, cacheWriteInputTokenCount } = fieldsOf(record["input"]);
  const inputTokens = asCount(inputTokenCount);
  const cacheReadTokens = asCount(cacheReadInputTokenCount);
  const cacheWriteTokens = asCount(cacheWriteInputTokenCount);
  const cacheWrite1h = readCacheWrite1h(output.parts);
  return {
    inputTokens,
    outputTokens: asCount(fieldsOf(record["output"])["outputTokenCount"]),
    cacheReadTokens,
    cacheWriteTokens,
    // A part cannot be more than the whole, whatever a body says.
    cacheWrite1hTokens: cacheWrite1h !== null && cacheWrite1h <= (cacheWriteTokens ?? -1) ? cacheWrite1h : null,
    contextTokens: inputTokens === null ? null : inputTokens + (cacheReadTokens ?? 0) + (cacheWriteTokens ?? 0),
  };
}

/** A body that claims more than the record counts. */
export function oddCounts({ output }: Bodies, { cacheWrite1hTokens }: Counts): readonly string[] {
  const claimed = readCacheWrite1h(output.parts) ?? 0;
  return claimed > 0 && cacheWrite1hTokens === null ? ["bad-field:/output/outputBodyJson/usage"] : [];
}
