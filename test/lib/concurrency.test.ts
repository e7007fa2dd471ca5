import { describe, expect, it } from "vitest";
import { inFlightLimiter, rateLimiter, unlessAborted } from "../../server/lib/concurrency.ts";

describe("a rate", () => {
  it("halves at each throttle, down to a tenth a second", () => {
    const limiter = rateLimiter(4, () => 0);
    limiter.throttled();
    expect(limiter.limit).toBe(2);
    for (let n = 0; n < 20; n += 1) limiter.throttled();
    expect(limiter.limit).toBe(0.1);
  });

  it("comes back by a tenth for each clean minute, and no higher than it was", () => {
    let time = 0;
    const limiter = rateLimiter(4, () => time);
    limiter.throttled();
    time = 59_999;
    limiter.succeeded();
    expect(limiter.limit).toBe(2);
    time = 60_000;
    limiter.succeeded();
    limiter.succeeded();
    expect(limiter.limit).toBeCloseTo(2.2);
    for (let minute = 2; minute < 20; minute += 1) {
      time = minute * 60_000;
      limiter.succeeded();
    }
    expect(limiter.limit).toBe(4);
  });
});

describe("a number of calls under way", () => {
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  /** Takes turns for so many, and says which of them have had theirs. */
  function begin(limiter: ReturnType<typeof inFlightLimiter>, calls: number): readonly number[] {
    const begun: number[] = [];
    for (let n = 0; n < calls; n += 1) void limiter.take().then(() => begun.push(n));
    return begun;
  }

  it("is never more than the limit; who waits goes in order when one ends", async () => {
    const limiter = inFlightLimiter(3, () => 0);
    const begun = begin(limiter, 6);
    await turn();
    expect(begun).toEqual([0, 1, 2]);
    limiter.ended();
    await turn();
    expect(begun).toEqual([0, 1, 2, 3]);
  });

  it("halves at each throttle, down to one, and takes on none before enough have ended", async () => {
    let time = 0;
    const limiter = inFlightLimiter(4, () => time);
    const begun = begin(limiter, 9);
    limiter.throttled();
    for (let n = 0; n < 2; n += 1) limiter.ended();
    await turn();
    expect([limiter.limit, begun]).toEqual([2, [0, 1, 2, 3]]);
    limiter.ended();
    await turn();
    expect(begun).toEqual([0, 1, 2, 3, 4]);
    for (let n = 0; n < 9; n += 1) limiter.throttled();
    expect(limiter.limit).toBe(1);
    for (let minute = 1; minute < 40; minute += 1) {
      time = minute * 60_000;
      limiter.succeeded();
    }
    expect(limiter.limit).toBe(4);
  });

  it("is one at least", async () => {
    const begun = begin(
      inFlightLimiter(0.16, () => 0),
      2,
    );
    await turn();
    expect(begun).toEqual([0]);
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
