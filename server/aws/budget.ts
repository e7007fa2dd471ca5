import type { Clock, Sleep } from "../lib/clock.ts";
import { inFlightLimiter, type Limiter, rateLimiter, realSleep, tokenBucket } from "../lib/concurrency.ts";
import type { Log } from "../lib/log.ts";
import { describe, isThrottle } from "./classify.ts";

export interface BudgetCall {
  readonly account: string;
  readonly region: string;
  /** As the client is named: `s3`, `cloudtrail`. */
  readonly service: string;
  readonly api: string;
  readonly bucket: string | null;
}

export interface Budget {
  /** Runs one attempt of a call when its turn has come, and learns from its answer. */
  spend<T>(call: BudgetCall, attempt: () => Promise<T>): Promise<T>;
}

/** Which calls share a limit, and which limit it is. */
interface Limits {
  readonly keyOf: (call: BudgetCall) => string;
  readonly open: (call: BudgetCall, how: Pace) => Limiter;
}

interface Pace {
  readonly share: number;
  readonly clock: Clock;
  readonly sleep: Sleep;
}

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
/** Calls that may be under way at a time, in place of a rate: until their answer begins. */
const inFlight: ReadonlyMap<string, number> = new Map([["GetObject", 16]]);

/** Steady reading for days on end: by API, of S3 by bucket. */
const reading: Limits = {
  keyOf: ({ account, api, bucket, region }) => `${account} ${region} ${api} ${bucket ?? ""}`,
  open({ api }, { clock, share, sleep }) {
    const atOnce = inFlight.get(api);
    if (atOnce !== undefined) return inFlightLimiter(atOnce * share, clock);
    return rateLimiter((quotas.get(api) ?? otherPerSecond) * share, clock, sleep);
  },
};

/** Calls per second of a service in one account and region, and how many may go at once. */
const paces: ReadonlyMap<string, { readonly perSecond: number; readonly burst: number }> = new Map([
  ["s3", { perSecond: 50, burst: 50 }],
  ["cloudtrail", { perSecond: 2, burst: 2 }],
]);
export const usualPace = { perSecond: 10, burst: 20 };

export function paceOf(service: string): { readonly perSecond: number; readonly burst: number } {
  return paces.get(service) ?? usualPace;
}

/** Calls that left apart may arrive together, for we and the way are busy: of the calls that may go at once, those of so long stay behind. */
const bunchedSeconds = 0.4;

/** A check is short and wide: by service. */
const checking: Limits = {
  keyOf: ({ account, region, service }) => `${account} ${region} ${service}`,
  open({ service }, { clock, share, sleep }) {
    const { burst, perSecond } = paceOf(service);
    const atOnce = Math.max(1, (burst - perSecond * bunchedSeconds) * share);
    return tokenBucket({ burst: atOnce, perSecond: perSecond * share }, clock, sleep);
  },
};

/** How AWS is asked: `reading` logs goes on for days, `checking` settings is done in seconds. */
export type Purpose = "reading" | "checking";

const limits: Readonly<Record<Purpose, Limits>> = { reading, checking };

/** Limiters at a share of each limit: the account's other work has the rest. */
export function openBudget({
  clock,
  sleep = realSleep,
  log,
  purpose,
  share,
}: {
  readonly purpose: Purpose;
  readonly share: number;
  readonly clock: Clock;
  readonly sleep?: Sleep;
  readonly log: Log;
}): Budget {
  const { keyOf, open } = limits[purpose];
  const limiters = new Map<string, Limiter>();
  return {
    async spend(call, attempt) {
      const key = keyOf(call);
      const limiter = limiters.get(key) ?? open(call, { share, clock, sleep });
      limiters.set(key, limiter);
      await limiter.take();
      try {
        const answer = await attempt();
        limiter.succeeded();
        return answer;
      } catch (error) {
        if (isThrottle(error)) {
          const { account, api, region } = call;
          limiter.throttled();
          const now = { [limiter.unit]: limiter.limit };
          log.warn({ event: "aws-throttled", api, account, region, code: describe(error).code, ...now });
        }
        throw error;
      } finally {
        limiter.ended();
      }
    },
  };
}
