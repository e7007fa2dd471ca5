import { describe, expect, it } from "vitest";
import { rateLimiter, unlessAborted } from "../../server/lib/concurrency.ts";

describe("a rate", () => {
  it("halves at each throttle, down to a tenth a second", () => {
    const limiter = rateLimiter(4, () => 0);
    limiter.throttled();
    expect(limiter.perSecond).toBe(2);
    for (let n = 0; n < 20; n += 1) limiter.throttled();
    expect(limiter.perSecond).toBe(0.1);
  });

  it("comes back by a tenth for each clean minute, and no higher than it was", () => {
    let time = 0;
    const limiter = rateLimiter(4, () => time);
    limiter.throttled();
    time = 59_999;
    limiter.succeeded();
    expect(limiter.perSecond).toBe(2);
    time = 60_000;
    limiter.succeeded();
    limiter.succeeded();
    expect(limiter.perSecond).toBeCloseTo(2.2);
    for (let minute = 2; minute < 20; minute += 1) {
      time = minute * 60_000;
      limiter.succeeded();
    }
    expect(limiter.perSecond).toBe(4);
  });
});

describe("work that may be aborted", () => {
  const never = new Promise<never>(() => {});

  it("gives its result, or its own error", async () => {
    const { signal } = new AbortController();
    expect(await unlessAborted(Promise.resolve(1), signal)).toBe(1);
    await expect(unlessAborted(Promise.reject(new Error("own")), signal)).rejects.toThrow("own");
  });

  it("ends with the reason of the abort, early or late", async () => {
    await expect(unlessAborted(never, AbortSignal.abort(new Error("before")))).rejects.toThrow("before");
    const controller = new AbortController();
    const waiting = unlessAborted(never, controller.signal);
    controller.abort(new Error("later"));
    await expect(waiting).rejects.toThrow("later");
  });
});
