import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { growing, hotRange, nextPassAt, tailRange } from "../../server/ingest/schedule.ts";
import { sourceCoverage, type SourceEvidence } from "../../server/store/catalog/coverage.ts";
import { passedOver, type WindowBefore } from "../../server/store/catalog/windows.ts";
import { isPlausible } from "../../server/store/plausible-clock.ts";

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
const noon = Date.parse("2026-11-20T12:00:00Z");

const before: WindowBefore = {
  end: noon,
  state: "open",
  digest: null,
  digestAt: null,
  ranMs: null,
  waiting: false,
  lost: false,
  freshAt: null,
};

describe("a window", () => {
  it("is open until it has ended, provisional after a pass, settled by an equal pass 12 hours later", () => {
    expect(passedOver(before, { at: noon - 1, digest: "a" })).toMatchObject({ state: "open", digestAt: null });
    const first = passedOver(before, { at: noon + minute, digest: "a" });
    expect(first).toEqual({ state: "provisional", digestAt: noon + minute, late: false });
    const seen = { ...before, state: first.state, digest: "a", digestAt: first.digestAt };
    expect(passedOver(seen, { at: noon + 12 * hour, digest: "a" }).state).toBe("provisional");
    expect(passedOver(seen, { at: noon + 12 * hour + minute, digest: "a" }).state).toBe("settled");
    expect(passedOver({ ...seen, waiting: true }, { at: noon + day, digest: "a" }).state).toBe("provisional");
  });

  it("is provisional again when something new comes, which is late long after its end", () => {
    const settled = { ...before, state: "settled", digest: "a", digestAt: noon + minute };
    const at = noon + 7 * day;
    expect(passedOver({ ...settled, freshAt: at }, { at, digest: "b" })).toEqual({
      state: "provisional",
      digestAt: at,
      late: true,
    });
    const soon = { ...settled, state: "provisional", freshAt: noon + 10 * minute };
    expect(passedOver(soon, { at: noon + 15 * minute, digest: "b" }).late).toBe(false);
  });

  it("stays settled when the source has only dropped something since", () => {
    const settled = { ...before, state: "settled", digest: "a", digestAt: noon + minute };
    expect(passedOver(settled, { at: noon + 14 * day, digest: "" })).toMatchObject({ state: "settled", late: false });
  });

  it("settles by a clock that nobody can set, too, where no one else tells the time, and then stays so", () => {
    const seen = { ...before, state: "provisional", digest: "a", digestAt: noon + minute };
    const jumped = { at: noon + 2 * day, digest: "a" };
    expect(passedOver({ ...seen, ranMs: hour }, jumped).state).toBe("provisional");
    expect(passedOver({ ...seen, ranMs: 12 * hour }, jumped).state).toBe("settled");
    // After a start anew the machine has run for less.
    expect(passedOver({ ...seen, state: "settled", ranMs: 0 }, jumped).state).toBe("settled");
  });

  it("of flat files is never late", () => {
    const flat = { ...before, end: 0, state: "provisional", digest: "a", digestAt: noon, freshAt: noon + day };
    expect(passedOver(flat, { at: noon + day, digest: "b" }).late).toBe(false);
  });

  const someWindow = fc.record({
    end: fc.integer({ min: noon - day, max: noon + day }),
    state: fc.constantFrom("open", "provisional", "settled"),
    digest: fc.constantFrom(null, "a", "b"),
    digestAt: fc.option(fc.integer({ min: noon - day, max: noon })),
    ranMs: fc.option(fc.integer({ min: 0, max: day })),
    waiting: fc.boolean(),
    lost: fc.boolean(),
    freshAt: fc.option(fc.integer({ min: noon - day, max: noon })),
  });

  test.prop([someWindow, fc.constantFrom("a", "b")])(
    "never settles before two equal passes 12 hours apart",
    (window, digest) => {
      const { state } = passedOver(window, { at: noon, digest });
      const ran = window.ranMs === null || window.ranMs >= 12 * hour;
      const proven = window.digest === digest && window.digestAt !== null && noon - window.digestAt >= 12 * hour && ran;
      if (state === "settled" && window.state !== "settled") expect(proven && !window.waiting).toBe(true);
      if (window.end > noon) expect(state).toBe("open");
    },
  );
});

describe("schedules", () => {
  it("pass over an hour of a log group six times", () => {
    const passes = [noon + 30_000];
    for (let next: number | null = passes[0] ?? 0; next !== null;) {
      next = nextPassAt("cloudwatch", noon, next);
      if (next !== null) passes.push(next);
    }
    const after = passes.slice(1).map((at) => at - noon);
    expect(after).toEqual([minute, 15 * minute, 3 * hour, day, 7 * day, 14 * day + 2 * hour]);
  });

  it("list an hour of a bucket hourly, daily, then weekly, and a folder always", () => {
    const again = (age: number) => (nextPassAt("s3", noon, noon + age) ?? 0) - noon - age;
    expect([hour, 3 * day, 60 * day].map(again)).toEqual([hour, day, 7 * day]);
    expect(nextPassAt("folder", noon, noon + day)).toBeNull();
    expect(hotRange("s3", noon)).toEqual({ from: noon - 2 * hour, to: noon + hour });
  });

  it("read what is new from a quarter of an hour before the last end, and never back over an ended hour", () => {
    const now = noon + 30 * minute;
    expect(tailRange(now - minute, now)).toEqual([now - 16 * minute, now]);
    expect(tailRange(noon - 25 * hour, now)).toEqual([noon - 15 * minute, now]);
    expect(tailRange(null, now)).toEqual([noon - 15 * minute, now]);
    expect(tailRange(now + day, now)).toEqual([noon - 15 * minute, now]);
  });

  it("call a backlog too much that has grown for an hour and never shrunk", () => {
    const steps = (unread: readonly number[]) =>
      unread.map((value, n) => ({ at: noon + n * 20 * minute, unread: value }));
    expect(growing(steps([1, 2, 3, 4]))).toBe(true);
    expect(growing(steps([1, 2, 3]))).toBe(false);
    expect(growing(steps([9, 1, 2, 3, 4]))).toBe(true);
    expect(growing(steps([4, 3, 2, 3]))).toBe(false);
    expect(growing(steps([0, 0, 0, 0]))).toBe(false);
    expect(growing([])).toBe(false);
  });
});

describe("a clock that nobody confirms", () => {
  it("is right from an hour before the last commit to a year after it, and never before this program", () => {
    expect(isPlausible(noon, null)).toBe(true);
    expect(isPlausible(0, null)).toBe(false);
    expect([noon - hour, noon + 366 * day].map((now) => isPlausible(now, noon))).toEqual([true, true]);
    expect([noon - hour - 1, noon + 366 * day + 1].map((now) => isPlausible(now, noon))).toEqual([false, false]);
  });
});

describe("complete through T, whatever the ledger says", () => {
  const time = fc.integer({ min: noon - 5 * day, max: noon });
  const maybe = fc.option(time);
  const evidence: fc.Arbitrary<SourceEvidence> = fc.record({
    kind: fc.constantFrom("s3" as const, "cloudwatch" as const, "folder" as const),
    accountId: fc.constant("111122223333"),
    region: fc.constant("us-east-1"),
    isRetired: fc.boolean(),
    reason: fc.constantFrom(null, "listing failed: X"),
    lastOkAt: maybe,
    oldest: fc.constant(noon - 6 * day),
    newestEnd: fc.constant(noon + hour),
    unlisted: maybe,
    unlistedError: fc.constantFrom(null, "X"),
    lostRows: maybe,
    waiting: fc.option(fc.record({ from: time, state: fc.constantFrom("listed", "denied") })),
    unsettled: maybe,
    lost: fc.constant([]),
  });
  const at = (value: number | null) => value ?? -Infinity;

  test.prop([evidence, time])("a hole more never moves it later", (base, from) => {
    const { readThrough, settledThrough } = sourceCoverage(base);
    const unlisted = Math.min(base.unlisted ?? from, from);
    const waiting = { from: Math.min(base.waiting?.from ?? from, from), state: "listed" };
    for (const worse of [
      { ...base, unlisted },
      { ...base, waiting },
      { ...base, lostRows: Math.min(base.lostRows ?? from, from) },
      { ...base, lastOkAt: null },
    ]) {
      expect(at(sourceCoverage(worse).readThrough)).toBeLessThanOrEqual(at(readThrough));
      expect(at(sourceCoverage(worse).settledThrough)).toBeLessThanOrEqual(at(settledThrough));
    }
  });

  test.prop([evidence])(
    "nothing is settled that is not read, read that was not looked at, or read past a hole",
    (base) => {
      const { hole, readThrough, settledThrough } = sourceCoverage(base);
      expect(at(settledThrough)).toBeLessThanOrEqual(at(readThrough));
      if (readThrough === null) return;
      expect(base.lastOkAt).not.toBeNull();
      expect(readThrough).toBeLessThanOrEqual(hole?.from ?? Infinity);
      if (base.kind !== "folder") expect(readThrough).toBeLessThan(base.lastOkAt ?? 0);
    },
  );
});
