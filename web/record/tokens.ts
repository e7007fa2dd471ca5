import type { Invocation } from "../../server/domain/invocation.ts";

type Tokens = Pick<Invocation, "inputTokens" | "outputTokens" | "cacheReadTokens" | "cacheWriteTokens">;

/** The four kinds together; null when none of them is recorded. */
export function allTokens({ inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens }: Tokens): number | null {
  const known = [inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens].filter((count) => count !== null);
  return known.length === 0 ? null : known.reduce((sum, count) => sum + count, 0);
}
