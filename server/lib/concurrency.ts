import { setTimeout } from "node:timers/promises";
import type { Clock, Sleep } from "./clock.ts";

const minuteMs = 60_000;
const floorPerSecond = 0.1;

/** Lets calls pass under a limit that gives way when the other side says "too fast". */
export interface Limiter {
  /** Waits for its turn; first come, first served. */
  take(): Promise<void>;
  /** A call that had its turn has ended, well or not. */
  ended(): void;
  /** Halves the limit. */
  throttled(): void;
  /** A minute without a throttle adds a tenth, up to the first limit. */
  succeeded(): void;
  readonly limit: number;
  readonly unit: "perSecond" | "inFlight";
}

/** By the machine's own timers. */
export const realSleep: Sleep = (ms, signal) =>
  setTimeout(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);

/** A limit that gives way and comes back, no lower than `floor`. */
function yielding(most: number, floor: number, clock: Clock) {
  let limit = most;
  let cleanSince = clock();
  return {
    get limit() {
      return limit;
    },
    throttled() {
      limit = Math.max(floor, limit / 2);
      cleanSince = clock();
    },
    succeeded() {
      if (limit === most || clock() - cleanSince < minuteMs) return;
      limit = Math.min(most, limit * 1.1);
      cleanSince = clock();
    },
  };
}

export function rateLimiter(perSecond: number, clock: Clock, sleep = realSleep): Limiter {
  const rate = yielding(perSecond, floorPerSecond, clock);
  let freeAt = 0;
  return {
    unit: "perSecond",
    get limit() {
      return rate.limit;
    },
    async take() {
      const now = clock();
      // A second's worth may go at once after a pause.
      const turn = Math.max(freeAt, now - 1000);
      freeAt = turn + 1000 / rate.limit;
      if (turn > now) await sleep(turn - now);
    },
    ended() {},
    throttled: () => rate.throttled(),
    succeeded: () => rate.succeeded(),
  };
}

/** Lets so many calls be under way at a time, one at least. */
export function inFlightLimiter(most: number, clock: Clock): Limiter {
  const room = yielding(Math.max(1, most), 1, clock);
  const waiting: (() => void)[] = [];
  let underWay = 0;

  function serve(): void {
    while (waiting.length > 0 && underWay < Math.floor(room.limit)) {
      underWay += 1;
      waiting.shift()?.();
    }
  }

  return {
    unit: "inFlight",
    get limit() {
      return room.limit;
    },
    take: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        serve();
      }),
    ended() {
      underWay -= 1;
      serve();
    },
    throttled: () => room.throttled(),
    succeeded: () => room.succeeded(),
  };
}

/**
 * A bucket of tokens: `burst` calls at once, then `perSecond`. A throttle halves the rate, each second afterwards gives one a second back;
 * calls that wait already go at the new rate.
 */
export function tokenBucket(
  { burst, perSecond }: { readonly perSecond: number; readonly burst: number },
  clock: Clock,
  sleep = realSleep,
): Limiter {
  const waiting: (() => void)[] = [];
  let rate = perSecond;
  let tokens = burst;
  let filledAt = clock();
  let isArmed = false;

  function fill(): void {
    const now = clock();
    const seconds = Math.max(0, now - filledAt) / 1_000;
    filledAt = now;
    tokens = Math.min(burst, tokens + seconds * rate);
    rate = Math.min(perSecond, rate + seconds);
  }

  function serve(): void {
    fill();
    while (waiting.length > 0 && tokens >= 1) {
      tokens -= 1;
      waiting.shift()?.();
    }
    if (waiting.length === 0 || isArmed) return;
    isArmed = true;
    void sleep(Math.ceil(((1 - tokens) / rate) * 1_000)).then(() => {
      isArmed = false;
      serve();
    });
  }

  return {
    unit: "perSecond",
    get limit() {
      fill();
      return rate;
    },
    ended() {},
    take: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        serve();
      }),
    throttled() {
      fill();
      rate = Math.max(floorPerSecond, rate / 2);
    },
    succeeded() {},
  };
}

/** The promise, or the reason of an abort that comes first: for work that cannot be interrupted itself. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  // Whoever loses the race must not end as an unhandled rejection.
  work.catch(() => {});
  signal.throwIfAborted();
  const waiting = waitersOf(signal);
  const { promise: aborted, reject } = withReject();
  waiting.add(reject);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    waiting.delete(reject);
  }
}

const waiters = new WeakMap<AbortSignal, Set<(reason: unknown) => void>>();

/** One listener for all who wait on a signal: a signal looks through its listeners whenever one comes or goes. */
function waitersOf(signal: AbortSignal): Set<(reason: unknown) => void> {
  const known = waiters.get(signal);
  if (known !== undefined) return known;
  const waiting = new Set<(reason: unknown) => void>();
  waiters.set(signal, waiting);
  signal.addEventListener("abort", () => waiting.forEach((reject) => reject(signal.reason)), { once: true });
  return waiting;
}

function withReject(): { promise: Promise<never>; reject: (reason: unknown) => void } {
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<never>((_, fail) => {
    reject = fail;
  });
  return { promise, reject };
}
