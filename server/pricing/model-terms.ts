/** A model whose tokens cost more once the whole context exceeds a threshold. `to` is null while that holds. */
export interface LongContextTerm {
  readonly threshold: number;
  /** UTC days: from the first, up to but not including the second. */
  readonly from: string;
  readonly to: string | null;
}

export const longContextTerms: ReadonlyMap<string, LongContextTerm> = new Map([
  ["anthropic.claude-sonnet-4-20250514-v1:0", { threshold: 200_000, from: "2025-08-12", to: null }],
  ["anthropic.claude-sonnet-4-5-20250929-v1:0", { threshold: 200_000, from: "2025-09-29", to: null }],
]);
