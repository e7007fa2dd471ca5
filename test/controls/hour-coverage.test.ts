import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { coveredHours, type KnownCalls, knownCalls, type StoredRecords } from "../../server/controls/hour-coverage.ts";
import { usageOf } from "../../server/controls/usage-sums.ts";
import { addSums, gapsIn, type HourState, sumHours } from "../../server/domain/hour-coverage.ts";
import { hourMs, now } from "../aws/small-world.ts";
import { calls, change, here, looked, type Options, type Setup, toS3, worldOf } from "./kit.ts";

const start = now - 10 * hourMs;
const at = (hour: number): number => start + hour * hourMs;
const span = (from: number, to: number) => ({ from: at(from), to: at(to) });
const tolerance = 0.05;

type Counts = Readonly<Record<number, number>>;

/** Calls that were counted in the ten hours, and by how many clients failed. */
function called(counts: Counts, over: Partial<KnownCalls> = {}, errors: Counts = {}): KnownCalls {
  const hours = Object.entries(counts).map(([hour, invocations]) => ({
    time: at(Number(hour)),
    invocations,
    clientErrors: errors[Number(hour)] ?? 0,
  }));
  return { usage: usageOf(hours, span(0, 10)), unread: null, off: [], ...over };
}

function stored(counts: Counts, read: StoredRecords["read"] = span(0, 10)): StoredRecords {
  return { read, byHour: new Map(Object.entries(counts).map(([hour, count]) => [at(Number(hour)), count])) };
}

const hoursOf = (known: KnownCalls, records: StoredRecords, range = span(0, 1)) =>
  coveredHours(range, known, records, tolerance);
const stateOf = (known: KnownCalls, records: StoredRecords) => hoursOf(known, records)[0]?.state;

describe("an hour", () => {
  it("is covered where as many records are stored as calls must have left, or as few less as the policy tolerates", () => {
    expect(stateOf(called({ 0: 20 }), stored({ 0: 20 }))).toBe("covered");
    expect(stateOf(called({ 0: 20 }), stored({ 0: 25 }))).toBe("covered");
    expect(stateOf(called({ 0: 20 }), stored({ 0: 19 }))).toBe("covered");
    expect(stateOf(called({ 0: 20 }), stored({ 0: 18 }))).toBe("short");
    expect(stateOf(called({ 0: 20 }), stored({}))).toBe("hole");
  });

  it("expects no record of a call that failed", () => {
    expect(hoursOf(called({ 0: 20 }, {}, { 0: 5 }), stored({ 0: 15 }))).toEqual([
      { at: new Date(at(0)).toISOString(), state: "covered", expected: 15, stored: 15 },
    ]);
    expect(stateOf(called({ 0: 5 }, {}, { 0: 7 }), stored({}))).toBe("no-traffic");
  });

  it("without a call has no traffic, also where logging was off", () => {
    expect(stateOf(called({ 1: 20 }), stored({}))).toBe("no-traffic");
    expect(stateOf(called({ 1: 20 }, { off: [span(0, 10)] }), stored({}))).toBe("no-traffic");
  });

  it("is unknown where calls or records were not read, or not to its end", () => {
    const unread: KnownCalls = { usage: null, unread: "AccessDenied (permission)", off: [] };
    expect(stateOf(unread, stored({ 0: 20 }))).toBe("unknown");
    expect(stateOf(called({ 0: 20 }), stored({ 0: 20 }, null))).toBe("unknown");
    const half = { from: at(0), to: at(0) + hourMs / 2 };
    expect(stateOf(called({ 0: 20 }), stored({ 0: 20 }, half))).toBe("unknown");
    expect(stateOf(called({}), stored({}, span(1, 10)))).toBe("unknown");
    expect(hoursOf(called({}), stored({}, span(0, 20)), span(10, 11))[0]).toMatchObject({
      state: "unknown",
      stored: 0,
    });
  });

  it("is off where nothing was logged in all of it, whoever was not read", () => {
    const off = [span(0, 0.5), span(0.5, 3)];
    expect(stateOf(called({ 0: 20 }, { off }), stored({}))).toBe("off");
    expect(stateOf({ usage: null, unread: "no", off }, stored({}, null))).toBe("off");
    const counted = { usage: usageOf([], span(0, 0.5)), unread: null, off };
    expect(stateOf(counted, stored({}, null))).toBe("unknown");
    expect(stateOf(called({ 0: 20 }, { off: [span(0, 0.5)] }), stored({ 0: 9 }))).toBe("short");
    expect(stateOf(called({ 0: 20 }, { off }), stored({ 0: 20 }))).toBe("covered");
  });
});

describe("sums over hours", () => {
  it("count what was called while logging was off, and leave out what is unknown", () => {
    const known = called({ 0: 10, 1: 10, 2: 10, 9: 10 }, { off: [span(2, 3)] });
    const hours = hoursOf(known, stored({ 0: 30, 1: 5, 9: 10 }, span(0, 9)), span(0, 10));
    expect(hours.map(({ state }) => state).slice(0, 3)).toEqual(["covered", "short", "off"]);
    expect(sumHours(hours)).toEqual({
      share: 0.5,
      expected: 30,
      stored: 15,
      hours: { covered: 1, short: 1, hole: 0, "no-traffic": 6, off: 1, unknown: 1 },
      unknownShare: 0.1,
    });
    expect(sumHours([])).toMatchObject({ share: null, unknownShare: null });
  });

  it("tell in how many spans records are missing", () => {
    const gaps = (...states: readonly HourState[]) => gapsIn(states.map((state) => ({ state })));
    expect(gaps("covered", "hole", "hole", "covered", "hole")).toBe(2);
    expect(gaps("off", "no-traffic", "no-traffic", "off", "short")).toBe(2);
    expect(gaps("unknown", "no-traffic", "covered")).toBe(0);
  });

  const count = fc.nat({ max: 40 });
  const counts = fc.dictionary(fc.constantFrom(...Array.from("0123456789")), count);
  const part = fc.tuple(fc.nat({ max: 10 }), fc.nat({ max: 10 })).map(([a, b]) => span(Math.min(a, b), Math.max(a, b)));
  const sides = fc.record({
    calls: counts,
    errors: counts,
    records: counts,
    isCounted: fc.boolean(),
    read: fc.option(part),
    off: part,
    tolerance: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  type Sides = typeof sides extends fc.Arbitrary<infer S> ? S : never;
  const hoursFrom = ({ calls, errors, isCounted, off, read, records, tolerance }: Sides) => {
    const known = called(calls, { off: [off] }, errors);
    return coveredHours(span(0, 10), isCounted ? known : { ...known, usage: null }, stored(records, read), tolerance);
  };

  it("are never over 1, and never count what was not read as covered", () => {
    fc.assert(
      fc.property(sides, (given) => {
        const hours = hoursFrom(given);
        const { share, stored: sum, expected } = sumHours(hours);
        expect(hours).toHaveLength(10);
        if (share !== null) expect(share).toBeLessThanOrEqual(1);
        expect(sum).toBeLessThanOrEqual(expected);
        for (const hour of hours)
          if (hour.expected === null || hour.stored === null)
            expect(["unknown", "off", "no-traffic"]).toContain(hour.state);
        for (const { expected: must, state } of hours)
          if (state === "covered" || state === "short" || state === "hole") expect(must).toBeGreaterThan(0);
      }),
    );
  });

  it("of the parts are that of the whole, and one more record never covers less", () => {
    fc.assert(
      fc.property(sides, fc.nat({ max: 10 }), fc.nat({ max: 9 }), (given, cut, more) => {
        const hours = hoursFrom(given);
        expect(addSums([sumHours(hours.slice(0, cut)), sumHours(hours.slice(cut))])).toEqual(sumHours(hours));
        const records = { ...given.records, [more]: (given.records[more] ?? 0) + 1 };
        const fuller = sumHours(hoursFrom({ ...given, records }));
        const before = sumHours(hours);
        if (fuller.expected === before.expected) expect(fuller.stored).toBeGreaterThanOrEqual(before.stored);
      }),
    );
  });
});

describe("the calls that a check saw", () => {
  const seen = async (setup: Setup, options: Options = {}) => {
    const { snapshot } = await looked(worldOf(setup), options);
    return knownCalls(snapshot.targets.find(({ kind }) => kind === "read") ?? null);
  };

  it("are those of its window; logging was off between a Delete and the next Put", async () => {
    const trailEvents = [
      change("PutModelInvocationLoggingConfiguration", 80, { loggingConfig: toS3 }),
      change("DeleteModelInvocationLoggingConfiguration", 2, {}),
      change("PutModelInvocationLoggingConfiguration", 1, { loggingConfig: toS3 }),
    ];
    const known = await seen({ region: { metrics: [calls(10, 24 * 40)], trailEvents } });
    expect(known.unread).toBeNull();
    expect(known.usage?.to).toBe(now - hourMs);
    expect(known.off).toEqual([{ from: now - 48 * hourMs, to: now - 24 * hourMs }]);
    const hours = coveredHours({ from: now - 49 * hourMs, to: now }, known, stored({}, null), tolerance);
    expect(hours.slice(0, 2).map(({ expected, state }) => [state, expected])).toEqual([
      ["unknown", 10],
      ["off", 10],
    ]);
    expect(hours.at(-1)).toMatchObject({ state: "unknown", expected: null });
  });

  it("are off throughout where it is off and nothing changed, and unknown to be where changes could not be read", async () => {
    const metrics = [calls(10, 24 * 40)];
    expect((await seen({ config: null, region: { metrics } })).off).toEqual([
      { from: now - 721 * hourMs, to: now - hourMs / 4 },
    ]);
    const denied = { metrics, denies: ["cloudtrail:LookupEvents"] };
    expect((await seen({ config: null, region: denied })).off).toEqual([]);
  });

  it("are unknown, with the reason, where they could not be read, were not asked for, or nobody looked", async () => {
    const denied = await seen({ region: { denies: ["cloudwatch:GetMetricData"] } });
    expect([denied.usage, denied.unread]).toEqual([null, "AccessDeniedException (permission)"]);
    const narrow = await seen({}, { controls: ["required-modalities-logged"] });
    expect([narrow.usage, narrow.unread]).toEqual([null, "no check has counted them"]);
    expect(knownCalls(null).unread).toBe("no check has looked");
    const shut = {
      kind: "shut",
      account: "111122223333",
      region: here,
      code: "role-not-assumable",
      reason: "",
      evidence: [],
    } as const;
    expect(knownCalls(shut)).toEqual({ usage: null, unread: "role-not-assumable", off: [] });
  });
});
