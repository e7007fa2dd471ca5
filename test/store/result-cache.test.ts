import { describe, expect, it } from "vitest";
import { ResultCache } from "../../server/store/engine/result-cache.ts";

const rows = [{ n: 1 }];

describe("results of queries that are kept", () => {
  it("weigh no more than they may together, however few their values are", () => {
    const cache = new ResultCache(10_000);
    for (let number = 0; number < 10; number += 1) cache.set(`q${number}`, 1, rows, 2_000);
    const kept = Array.from({ length: 10 }, (_, number) => cache.get(`q${number}`) !== undefined);
    expect(kept).toEqual([...Array<boolean>(6).fill(false), ...Array<boolean>(4).fill(true)]);
  });

  it("stay while they are asked for", () => {
    const cache = new ResultCache(10_000);
    for (let number = 0; number < 10; number += 1) {
      cache.set(`q${number}`, 1, rows, 2_000);
      expect(cache.get("q0")).toBe(rows);
    }
  });

  it("are not one large one in place of all others", () => {
    const cache = new ResultCache(10_000);
    cache.set("small", 1, rows, 100);
    cache.set("large", 1, rows, 3_000);
    expect([cache.get("small"), cache.get("large")]).toEqual([rows, undefined]);
  });

  it("are those of the newest snapshot alone", () => {
    const cache = new ResultCache(10_000);
    cache.set("1 q", 1, rows, 100);
    cache.set("2 q", 2, rows, 100);
    // One that was begun before and ends now.
    cache.set("1 p", 1, rows, 100);
    expect(["1 q", "2 q", "1 p"].map((key) => cache.get(key))).toEqual([undefined, rows, undefined]);
  });
});
