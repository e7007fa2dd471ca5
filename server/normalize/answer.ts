import type { Invocation } from "../domain/invocation.ts";
import type { BodyPart } from "./families/family-reader.ts";
import { asAmount, asArray, asCount, asText, fieldsOf, type JsonObject } from "./json-values.ts";

/** InvokeModel tells no latency; streams and Converse do. */
export function readLatency(
  operation: string | null,
  output: readonly BodyPart[],
): Pick<Invocation, "latencyMs" | "firstByteMs"> {
  const metrics = output.findLast(({ value }) => value["amazon-bedrock-invocationMetrics"] !== undefined);
  const { invocationLatency, firstByteLatency } = fieldsOf(metrics?.value["amazon-bedrock-invocationMetrics"]);
  const converse = operation?.startsWith("Converse") === true ? converseLatency(output) : null;
  return { latencyMs: converse ?? asAmount(invocationLatency), firstByteMs: asAmount(firstByteLatency) };
}

function converseLatency(output: readonly BodyPart[]): number | null {
  for (const { value } of output) {
    const { latencyMs } = fieldsOf(value["metrics"] ?? fieldsOf(value["metadata"])["metrics"]);
    if (latencyMs !== undefined) return asAmount(latencyMs);
  }
  return null;
}

/**
 * Tokens written into the cache for an hour: the only count that is taken from a body, as the record does not split them.
 * Of a streamed answer the last usage counts.
 */
export function readCacheWrite1h(output: readonly BodyPart[]): number | null {
  let written: number | null = null;
  for (const { value } of output) {
    for (const usage of [fieldsOf(value["message"])["usage"], fieldsOf(value["metadata"])["usage"], value["usage"]]) {
      written = hourOf(fieldsOf(usage)) ?? written;
    }
  }
  return written;
}

function hourOf({ cacheDetails, cache_creation }: JsonObject): number | null {
  if (!Array.isArray(cacheDetails)) return asCount(fieldsOf(cache_creation)["ephemeral_1h_input_tokens"]);
  const hours = asArray(cacheDetails)
    .map(fieldsOf)
    .filter(({ ttl }) => ttl === "1h");
  const counts = hours.map(({ inputTokens }) => asCount(inputTokens));
  return counts.reduce<number | null>((sum, count) => (sum === null || count === null ? null : sum + count), 0);
}

/** The model that an Anthropic answer names. */
export function readAnsweredModel(output: readonly BodyPart[]): string | null {
  for (const { value } of output) {
    const model = asText(value["model"]) ?? asText(fieldsOf(value["message"])["model"]);
    if (model !== null) return model;
  }
  return null;
}
