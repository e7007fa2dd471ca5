import { describe, expect, it, onTestFinished } from "vitest";
import type { Fault } from "../../scripts/demo/aws/faults.ts";
import type { SimulatedLogEvent } from "../../scripts/demo/aws/world.ts";
import { cloudWatchSource, pieces } from "../../server/sources/cloudwatch.ts";
import { hourWindow } from "../../server/sources/hours.ts";
import { openPageShelf } from "../../server/sources/page-shelf.ts";
import { toRange } from "../../server/sources/time-range.ts";
import { account, aLogGroup, anAccount, anEvent, aWorld, hourMs, now } from "../aws/small-world.ts";
import { allUnits, cloudWatchKit, forever, readAll, scanned, scope, startAws } from "./source-kit.ts";

const start = now - 2 * hourMs;
const window = hourWindow(start);

async function open(events: readonly SimulatedLogEvent[], faults: readonly Fault[] = []) {
  const { simulated, own } = await startAws(
    aWorld({ accounts: [anAccount(account, { logGroups: [aLogGroup("/logs", events)] })] }),
    faults,
  );
  onTestFinished(simulated.close);
  const source = () =>
    cloudWatchSource({
      client: own.logs("us-east-1"),
      logGroup: "/logs",
      logGroupArn: "arn:aws:logs:us-east-1:111122223333:log-group:/logs",
      scope,
      now: () => now,
    });
  return { simulated, source: source(), again: source };
}

const ids = (units: readonly { eventIds?: readonly string[] }[]) => units.flatMap(({ eventIds = [] }) => eventIds);

describe("toRange", () => {
  it.each([
    ["FilterLogEvents", { startTime: 1_000, endTime: 4_999 }],
    ["GetLogEvents", { startTime: 1_000, endTime: 5_000 }],
    ["StartQuery", { startTime: 1, endTime: 4 }],
  ] as const)("gives %s the ends that it means", (api, range) => {
    expect(toRange(api, [1_000, 5_000])).toEqual(range);
  });

  it("never asks StartQuery for less than the range", () => {
    expect(toRange("StartQuery", [1_999, 5_001])).toEqual({ startTime: 1, endTime: 5 });
  });
});

describe("a log group", () => {
  it("counts events at both ends of an hour once, each in its own hour", async () => {
    const events = [anEvent("a", start), anEvent("b-1", start + hourMs - 1), anEvent("b", start + hourMs)];
    const { source } = await open(events);
    expect(ids(await scanned(source, window))).toEqual(["a", "b-1"]);
    expect(ids(await scanned(source, hourWindow(start + hourMs)))).toEqual(["b"]);
  });

  it("gives every event of a single millisecond", async () => {
    const events = Array.from({ length: 50 }, (_, n) => anEvent(`e${n}`, start + 7));
    const { source } = await open(events);
    expect(new Set(ids(await scanned(source, window))).size).toBe(50);
  });

  it("leaves out of a page what is known already", async () => {
    const { source } = await open([anEvent("a", start, "A"), anEvent("b", start, "B")]);
    const [unit] = await scanned(source, window);
    if (unit === undefined) throw new Error("no page");
    const opened = await source.open(unit, forever, (id) => id !== "a");
    const bytes = await readAll(opened.bytes);
    expect(cloudWatchKit.texts(bytes)).toEqual(["B"]);
    expect(JSON.parse(bytes.toString())).toEqual({
      messageType: "DATA_MESSAGE",
      owner: account,
      logGroup: "/logs",
      logStream: "aws/bedrock/modelinvocations",
      logEvents: [{ id: "b", timestamp: start, message: "B" }],
    });
  });

  it("fetches a page again when it is wanted again, and only its own events", async () => {
    const events = Array.from({ length: 5 }, (_, n) => anEvent(`e${n}`, start + n, `${n}`));
    const { source, again } = await open(events);
    const [, second] = await scanned(source, window);
    if (second === undefined) throw new Error("no second page");
    const texts = async (from: typeof source) =>
      cloudWatchKit.texts(await readAll((await from.open(second, forever)).bytes));
    expect(await texts(again())).toEqual(["3", "4"]);
  });

  it("begins a pass again when its token has expired", async () => {
    const events = Array.from({ length: 7 }, (_, n) => anEvent(`e${n}`, start + n));
    const expired = {
      api: "FilterLogEvents",
      nth: 2,
      do: { kind: "error", status: 400, code: "InvalidParameterException" },
    } as const;
    const { source } = await open(events, [expired]);
    expect([...new Set(ids(await scanned(source, window)))]).toEqual(events.map(({ id }) => id));
  });

  it("does not begin again for ever", async () => {
    const broken = {
      api: "FilterLogEvents",
      count: 99,
      do: { kind: "error", status: 400, code: "InvalidParameterException" },
    } as const;
    const { source, simulated } = await open([], [broken]);
    await expect(scanned(source, window)).rejects.toMatchObject({ code: "InvalidParameterException" });
    expect(simulated.requests().filter(({ api }) => api === "FilterLogEvents").length).toBeLessThan(7);
  });

  it("reads a window in halves after its second failure, and all of it", async () => {
    const events = Array.from({ length: 4 }, (_, n) => anEvent(`e${n}`, start + n * 15 * 60_000));
    const fails = { api: "FilterLogEvents", count: 3, do: { kind: "error", status: 400, code: "Planned" } } as const;
    const { source, simulated } = await open(events, [fails]);
    let units: string[] = [];
    let passes = 0;
    for (; units.length === 0 && passes < 9; passes += 1) units = await scanned(source, window).then(ids, () => []);
    expect(passes).toBeGreaterThan(1);
    expect(units).toEqual(["e0", "e1", "e2", "e3"]);
    expect(simulated.requests().filter(({ status }) => status === 200).length).toBeGreaterThan(2);
  });

  it("reads a small day with one call, a large one hour by hour, and both whole", async () => {
    const small = await open([anEvent("a", start - 30 * hourMs), anEvent("b", start - 31 * hourMs)]);
    expect(ids(await allUnits(small.source))).toEqual(["a", "b"]);
    const calls = small.simulated.requests().filter(({ api }) => api === "FilterLogEvents").length;
    // Each of the young hours, and the three days of the range.
    expect(calls).toBeLessThan(10);
    const events = Array.from({ length: 9 }, (_, n) => anEvent(`e${n}`, start - (30 + (n % 3)) * hourMs));
    const large = await open(events);
    expect(ids(await allUnits(large.source)).toSorted()).toEqual(events.map(({ id }) => id).toSorted());
  });

  it("cuts windows into halves, and not below a minute", () => {
    expect(pieces([0, hourMs], 0)).toEqual([[0, hourMs]]);
    expect(pieces([0, hourMs], 1)).toEqual([[0, hourMs]]);
    expect(pieces([0, hourMs], 2)).toEqual([
      [0, hourMs / 2],
      [hourMs / 2, hourMs],
    ]);
    const smallest = pieces([0, hourMs], 30);
    expect(smallest).toHaveLength(60);
    expect(smallest[59]).toEqual([59 * 60_000, hourMs]);
  });

  it("has windows up to now: no event of the future is asked for", async () => {
    const { source } = await open([]);
    const first = await source
      .windows({ from: new Date(start).toISOString(), to: "2027-01-01T00:00:00Z" }, now + 1)
      [Symbol.asyncIterator]()
      .next();
    expect(first.value).toEqual(hourWindow(now));
  });
});

describe("the shelf of pages", () => {
  it("holds a bounded number of bytes, the newest pages", () => {
    const shelf = openPageShelf(100);
    const page = (id: string) => shelf.put([{ id, timestamp: 1, logStream: "", message: "x".repeat(40) }], window);
    const [first, second, third] = [page("1"), page("2"), page("3")];
    expect(shelf.take(first)).toBeNull();
    expect(shelf.take(second)).toHaveLength(1);
    expect(shelf.take(third)).toHaveLength(1);
    expect(shelf.take(third)).toBeNull();
  });

  it("knows a page by its events, in whatever order they came", () => {
    const shelf = openPageShelf();
    const event = (id: string) => ({ id, timestamp: 1, logStream: "", message: id });
    const [one, other] = [shelf.put([event("a"), event("b")], window), shelf.put([event("b"), event("a")], window)];
    expect([other.key, other.version]).toEqual([one.key, one.version]);
  });
});
