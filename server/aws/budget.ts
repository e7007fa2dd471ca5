import type { Clock, Sleep } from "../lib/clock.ts";
import { type RateLimiter, rateLimiter, realSleep } from "../lib/concurrency.ts";
import type { Log } from "../lib/log.ts";
import { describe, isThrottle } from "./classify.ts";

/** Calls per second that AWS allows an account in a region; of S3, what we allow ourselves a bucket. */
const quotas: ReadonlyMap<string, number> = new Map([
  ["FilterLogEvents", 5],
  ["ListObjectsV2", 10],
  ["LookupEvents", 2],
  ["DescribeLogGroups", 10],
  ["ListMetrics", 25],
  ["GetMetricData", 50],
]);
/** Of calls that are not named above: rare ones of the control plane. */
const otherPerSecond = 10;
/** Bounded by what is in flight, not by a rate. */
const unlimited = new Set(["GetObject"]);

export interface Budget {
  /** Runs one attempt of a call when its turn has come, and learns from its answer. */
  spend<T>(
    call: { readonly account: string; readonly region: string; readonly api: string; readonly bucket: string | null },
    attempt: () => Promise<T>,
  ): Promise<T>;
}

/** Limiters by (account, region, API), of S3 by bucket, at a share of each quota: the account's other work has the rest. */
export function openBudget({
  share,
  clock,
  sleep = realSleep,
  log,
}: {
  readonly share: number;
  readonly clock: Clock;
  readonly sleep?: Sleep;
  readonly log: Log;
}): Budget {
  const limiters = new Map<string, RateLimiter>();
  return {
    async spend({ account, region, api, bucket }, attempt) {
      if (unlimited.has(api)) return attempt();
      const key = `${account} ${region} ${api} ${bucket ?? ""}`;
      const limiter = limiters.get(key) ?? rateLimiter((quotas.get(api) ?? otherPerSecond) * share, clock, sleep);
      limiters.set(key, limiter);
      await limiter.take();
      try {
        const answer = await attempt();
        limiter.succeeded();
        return answer;
      } catch (error) {
        if (isThrottle(error)) {
          limiter.throttled();
          log.warn({
            event: "aws-throttled",
            api,
            account,
            region,
            code: describe(error).code,
            perSecond: limiter.perSecond,
          });
        }
        throw error;
      }
    },
  };
}
