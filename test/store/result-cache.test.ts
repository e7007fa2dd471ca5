import { describe, expect, it } from "vitest";
import { ResultCache } from "../../server/store/engine/result-cache.ts";

const rows = [{ n: 1 }];
const anywhere = { reach: { tables: [], days: null }, segments: "" };

describe("results of queries that are kept", () => {
  it("weigh no more than they may together, however few their values are", () => {
    const cache = new ResultCache(10_000);
    for (let number = 0; number < 10; number += 1) cache.set(`q${number}`, anywhere, rows, 2_000);
    const kept = Array.from({ length: 10 }, (_, number) => cache.get(`q${number}`) !== undefined);
    expect(kept).toEqual([...Array<boolean>(6).fill(false), ...Array<boolean>(4).fill(true)]);
  });

  it("stay while they are asked for", () => {
    const cache = new ResultCache(10_000);
    for (let number = 0; number < 10; number += 1) {
      cache.set(`q${number}`, anywhere, rows, 2_000);
      expect(cache.get("q0")).toBe(rows);
    }
  });

  it("are not one large one in place of all others", () => {
    const cache = new ResultCache(10_000);
    cache.set("small", anywhere, rows, 100);
    cache.set("large", anywhere, rows, 3_000);
    expect([cache.get("small"), cache.get("large")]).toEqual([rows, undefined]);
  });

  it("are given up when they would be read from other segments now", () => {
    const cache = new ResultCache(10_000);
    const of = (segments: string, toDay: string) => ({
      reach: { tables: ["rollups" as const], days: { fromDay: "2026-11-01", toDay } },
      segments,
    });
    cache.set("past", of("a", "2026-11-19"), rows, 2_000);
    cache.set("today", of("b", "2026-11-20"), rows, 2_000);
    cache.keepOnly(({ days }) => (days?.toDay === "2026-11-19" ? "a" : "c"));
    expect([cache.get("past"), cache.get("today")]).toEqual([rows, undefined]);
    // What they weighed is free again.
    cache.set("today", of("c", "2026-11-20"), rows, 2_000);
    for (const name of ["d", "e"]) cache.set(name, of("c", "2026-11-20"), rows, 2_000);
    expect(["past", "today", "d", "e"].map((key) => cache.get(key))).toEqual([rows, rows, rows, rows]);
  });
});
