import type { Invocation } from "../domain/invocation.ts";
import { sha256Hex } from "../lib/hash.ts";
import { memo } from "../lib/memo.ts";
import type { BodyPart } from "./families/family-reader.ts";
import { asArray, asCount, asText, fieldsOf, textSet, type JsonObject } from "./json-values.ts";
import type { Segments } from "./segments.ts";

export type RequestColumns = Pick<Invocation, "maxTokens" | "betaFlags" | "toolNames" | "mediaCount" | "requestShape">;

/** The request is not at hand. */
export const requestUnread: RequestColumns = {
  maxTokens: null,
  betaFlags: null,
  toolNames: null,
  mediaCount: null,
  requestShape: null,
};

const limits = [
  "max_tokens",
  "maxTokens",
  "max_gen_len",
  "maxTokenCount",
  "max_tokens_to_sample",
  "max_completion_tokens",
  "max_new_tokens",
  "max_output_tokens",
];
const settings = ["inferenceConfig", "textGenerationConfig", "additionalModelRequestFields"] as const;

/** What was asked for, apart from the words. */
export function readRequest(parts: readonly BodyPart[], segments: Segments): RequestColumns {
  const request = parts[0]?.value ?? {};
  const betaFlags = textSet([
    ...asArray(request["anthropic_beta"]),
    ...asArray(fieldsOf(request["additionalModelRequestFields"])["anthropic_beta"]),
  ]);
  const tools = segments.list.filter(({ kind }) => kind === "toolDefinition");
  return {
    maxTokens: readMaxTokens(request),
    betaFlags,
    toolNames: textSet(tools.map(({ name }) => name)),
    mediaCount: segments.media,
    requestShape: shapeOf(request, betaFlags, tools.length > 0),
  };
}

function readMaxTokens(request: JsonObject): number | null {
  for (const group of [request, ...settings.map((key) => fieldsOf(request[key]))]) {
    for (const key of limits) {
      const limit = asCount(group[key]);
      if (limit !== null) return limit;
    }
  }
  return null;
}

/** The same for requests that one client program writes: which fields it sets, not to what. */
function shapeOf(request: JsonObject, betaFlags: readonly string[], hasTools: boolean): string {
  const inner = settings.map((key) => Object.keys(fieldsOf(request[key])));
  return shapeHash(JSON.stringify([Object.keys(request), inner, betaFlags, hasTools]));
}

/** Few programs write most requests, and each sets its fields in one order: they are sorted when they first come. */
const shapeHash = memo((written) => {
  const [fields, inner, ...rest] = JSON.parse(written) as [string[], string[][], ...unknown[]];
  const shape = [fields.toSorted(), inner.map((keys) => keys.toSorted()), ...rest];
  return sha256Hex(JSON.stringify(shape)).slice(0, 32);
});

export function readServiceTier(input: readonly BodyPart[], output: readonly BodyPart[]): string | null {
  for (const { value } of [...output, ...input]) {
    const tier = asText(fieldsOf(value["serviceTier"])["type"]);
    if (tier !== null) return tier;
  }
  return null;
}
