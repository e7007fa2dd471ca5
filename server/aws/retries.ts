import { describe, isTransient } from "./classify.ts";

/** A call that took all the time that it may take, over all its attempts. */
export class CallTimeout extends Error {
  override readonly name = "CallTimeout";
  readonly code = "CallTimeout";
}

export interface Patience {
  readonly attempts: number;
  /** The longest pause before the first retry; it doubles from there. */
  readonly pauseMs: number;
  readonly longestPauseMs: number;
  /** For all attempts of a call together, without pauses and without the wait for its turn. */
  readonly callMs: number;
}

/** Full jitter: anything from nothing to a limit that doubles. `chance` in [0, 1). */
export function pauseBefore(retry: number, { longestPauseMs, pauseMs }: Patience, chance: number): number {
  return Math.round(chance * Math.min(longestPauseMs, pauseMs * 2 ** (retry - 1)));
}

interface Token {
  readonly getRetryCount: () => number;
  readonly getRetryDelay: () => number;
}

const token = (count: number, delayMs: number): Token => ({
  getRetryCount: () => count,
  getRetryDelay: () => delayMs,
});

/** How the SDK tries again: only what may go away by itself, and without a quota that one bad region would use up for its neighbours. */
export function retryStrategy(patience: Patience) {
  return {
    mode: "standard",
    acquireInitialRetryToken: async (): Promise<Token> => token(0, 0),
    async refreshRetryTokenForRetry(last: Token, { error }: { readonly error?: unknown }): Promise<Token> {
      const retry = last.getRetryCount() + 1;
      const isWorthIt = error instanceof CallTimeout ? false : isTransient(error) || (retry === 1 && isSkewed(error));
      if (retry >= patience.attempts || !isWorthIt) throw new Error("No more attempts.");
      return token(retry, pauseBefore(retry, patience, Math.random()));
    },
    recordSuccess(): void {},
  };
}

const skewCodes = [
  "AuthFailure",
  "InvalidSignatureException",
  "RequestExpired",
  "RequestInTheFuture",
  "RequestTimeTooSkewed",
  "SignatureDoesNotMatch",
];

/** Our clock was wrong. The SDK has set it by the answer: the next attempt is signed with the right time. */
function isSkewed(error: unknown): boolean {
  const { $metadata } = (typeof error === "object" && error !== null ? error : {}) as {
    $metadata?: { clockSkewCorrected?: unknown };
  };
  return $metadata?.clockSkewCorrected === true && skewCodes.includes(describe(error).code);
}
