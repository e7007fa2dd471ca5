import { describe, expect, it, onTestFinished } from "vitest";
import type { Fault, FaultDeed } from "../../scripts/demo/aws/faults.ts";
import type { Source, UnitRef } from "../../server/sources/source.ts";
import {
  allUnits,
  cloudWatchKit,
  type Entry,
  entry,
  folderKit,
  forever,
  hourStart,
  type Kit,
  type Place,
  readAll,
  s3Kit,
  scanned,
  windowsOf,
} from "../sources/source-kit.ts";

const kits: readonly Kit[] = [s3Kit, cloudWatchKit, folderKit];
const odd = ["a b", "a+b", "a%2Fb", "new\nline", "😀", "\u2028", "\u001b[2J", "__proto__", ".hidden", "x".repeat(200)];

describe.each(kits)("a source of kind $kind", (kit) => {
  const { kind, pageSize } = kit;
  const onAws = kind !== "folder";
  const listing = kind === "s3" ? "ListObjectsV2" : "FilterLogEvents";

  async function place(entries: readonly Entry[], faults: readonly Fault[] = []): Promise<Place> {
    const place = await kit.place(entries, faults);
    onTestFinished(place.close);
    return place;
  }

  async function textsOf(source: Source, units: readonly UnitRef[]): Promise<string[]> {
    const texts: string[] = [];
    for (const unit of units) texts.push(...kit.texts(await readAll((await source.open(unit, forever)).bytes)));
    return texts.toSorted();
  }

  const named = (n: number) => Array.from({ length: n }, (_, index) => entry(`e${String(index).padStart(5, "0")}`));
  const sortedTexts = (entries: readonly Entry[]) => entries.map(({ text }) => text).toSorted();
  const lists = (deed: FaultDeed, count = 1): Fault[] => [{ api: listing, count, do: deed }];
  const identity = (units: readonly UnitRef[]) => units.map(({ key, version }) => `${key} ${version}`).toSorted();

  it("is named by its place and target", async () => {
    const target = await place(named(1));
    const [first, second] = [await target.open(), await target.open()];
    expect(first.id).toMatch(/^(s3|cw|dir):[0-9a-f]{16}:111122223333:us-east-1$/);
    expect(second.id).toBe(first.id);
    expect(first.kind).toBe(kind);
  });

  it.each([0, 1, pageSize - 1, pageSize, pageSize + 1, 2 * pageSize + 1])(
    "gives each of %i entries once, with its bytes",
    async (n) => {
      const entries = named(n);
      const source = await (await place(entries)).open();
      const units = await allUnits(source);
      expect(new Set(identity(units)).size).toBe(units.length);
      expect(await textsOf(source, units)).toEqual(sortedTexts(entries));
    },
  );

  it("begins with the newest window, and lists each entry in its own", async () => {
    const entries = [entry("old", 30), entry("new", 1), entry("middle", 9)];
    const source = await (await place(entries)).open();
    const starts = (await windowsOf(source)).map(({ start }) => start);
    expect(starts).toEqual(starts.toSorted().toReversed());
    const windows = (await allUnits(source)).map(({ window }) => window);
    expect(windows).toEqual(
      ["new", "middle", "old"].map((name) => new Date(hourStart(entryOf(entries, name))).toISOString()),
    );
  });

  it("lists the same units again: a second pass brings nothing new", async () => {
    const source = await (await place(named(2 * pageSize + 1))).open();
    expect(identity(await allUnits(source))).toEqual(identity(await allUnits(source)));
  });

  it("can be left after any page and begun anew by another process", async () => {
    const entries = named(3 * Math.min(pageSize, 3));
    const target = await place(entries);
    const whole = await allUnits(await target.open());
    for (let left = 1; left <= 3; left += 1) {
      const source = await target.open();
      const [window] = (await windowsOf(source)).filter(({ start }) => start === whole[0]?.window);
      if (window === undefined) throw new Error("the window is not there");
      let pages = 0;
      for await (const _ of source.scan(window, forever)) if (++pages === left) break;
      expect(identity(await allUnits(await target.open()))).toEqual(identity(whole));
    }
  });

  it("opens what an earlier process has listed", async () => {
    const entries = named(2);
    const target = await place(entries);
    const units = await allUnits(await target.open());
    expect(await textsOf(await target.open(), units)).toEqual(sortedTexts(entries));
  });

  it("shows what came late, though it sorts first", async () => {
    const target = await place([entry("m", 26)]);
    const source = await target.open();
    const before = identity(await allUnits(source));
    await target.add(entry("a", 26));
    const after = await allUnits(source);
    expect(identity(after)).not.toEqual(before);
    expect(await textsOf(source, after)).toEqual(sortedTexts([entry("a"), entry("m")]));
  });

  it("reads names of every kind", async () => {
    const entries = odd.map((name) => entry(name));
    const source = await (await place(entries)).open();
    expect(await textsOf(source, await allUnits(source))).toEqual(sortedTexts(entries));
  });

  it("says that its place has gone, not that it is empty", async () => {
    const target = await place(named(1));
    const source = await target.open();
    const [window] = await windowsOf(source);
    if (window === undefined) throw new Error("no window");
    await target.removeAll();
    await expect(scanned(source, window)).rejects.toMatchObject({ name: "SourceError", class: "gone" });
  });

  it("says that an entry has gone since it was listed", async () => {
    const [one] = named(1);
    if (one === undefined) throw new Error("no entry");
    const target = await place([one]);
    const units = await allUnits(await target.open());
    await target.remove(one);
    await expect(textsOf(await target.open(), units)).rejects.toMatchObject({ name: "SourceError", class: "gone" });
  });

  it("ends within a second when it is cancelled before it begins", async () => {
    const source = await (await place(named(1))).open();
    const [window] = await windowsOf(source);
    if (window === undefined) throw new Error("no window");
    await expect(scanned(source, window, AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
  });

  // A folder has no pages, tokens or refusals of this kind.
  if (!onAws) return;
  describe("on AWS", () => {
    it("does not depend on the order of the listing", async () => {
      const entries = named(2 * pageSize);
      const source = await (await place(entries, lists({ kind: "reorder" }, 99))).open();
      expect(await textsOf(source, await allUnits(source))).toEqual(sortedTexts(entries));
    });

    it("goes on after empty pages with a token", async () => {
      const entries = named(pageSize + 1);
      const source = await (await place(entries, lists({ kind: "empty-page" }, 5))).open();
      expect(await textsOf(source, await allUnits(source))).toEqual(sortedTexts(entries));
    });

    it("gives up on a token that comes back: no listing for ever", async () => {
      const source = await (await place(named(2 * pageSize), lists({ kind: "repeat-token" }, 999))).open();
      await expect(allUnits(source)).rejects.toMatchObject({ class: "transport", code: "RepeatedToken" });
    });

    it("keeps a refusal apart from an empty listing", async () => {
      const source = await (await place(named(1), lists({ kind: "deny" }, 999))).open();
      await expect(allUnits(source)).rejects.toMatchObject({ name: "SourceError", class: "refused" });
    });

    it("says when it is too fast", async () => {
      const source = await (await place(named(1), lists({ kind: "throttle" }, 3))).open();
      await expect(allUnits(source)).rejects.toMatchObject({ class: "throttle" });
    });

    it.each([
      ["nothing", { kind: "replace", body: "", headers: { "content-length": "0" } }],
      ["another document", { kind: "replace", body: "{}", headers: { "content-length": "2" } }],
      ["a server error", { kind: "error", status: 500, code: "InternalError" }],
    ] as const)("takes %s for a failure, not for an empty listing", async (_, deed) => {
      const source = await (await place(named(1), lists(deed, 999))).open();
      await expect(allUnits(source)).rejects.toMatchObject({ name: "SourceError", class: "transport" });
    });

    it("keeps the pages before a failure, and the next pass is whole", async () => {
      const entries = named(3 * pageSize);
      const faults = [
        {
          api: listing,
          match: "us-east-1",
          nth: 5,
          count: 3,
          do: { kind: "error" as const, status: 400, code: "Planned" },
        },
      ];
      const source = await (await place(entries, faults)).open();
      const units: UnitRef[] = [];
      const windows = (await windowsOf(source)).filter(
        ({ start }) => start === new Date(hourStart(entry("e"))).toISOString(),
      );
      const [window] = windows;
      if (window === undefined) throw new Error("no window");
      // Two calls of a first pass, so that the failure falls into the second one.
      let failed = 0;
      for (let pass = 0; pass < 4; pass += 1)
        try {
          for await (const page of source.scan(window, forever)) units.push(...page);
        } catch (error) {
          expect(error).toMatchObject({ class: "transport" });
          failed += 1;
        }
      expect(failed).toBeGreaterThan(0);
      expect(await textsOf(source, [...new Map(units.map((unit) => [unit.key, unit])).values()])).toEqual(
        sortedTexts(entries),
      );
    });

    it("ends when it is cancelled while AWS is silent, waiting for no answer", async () => {
      const source = await (await place(named(1), lists({ kind: "delay", ms: longerThanATest }, 999))).open();
      const [window] = await windowsOf(source);
      if (window === undefined) throw new Error("no window");
      const cancelled = new AbortController();
      setTimeout(() => cancelled.abort(new Error("enough")), 100);
      await expect(scanned(source, window, cancelled.signal)).rejects.toThrow("enough");
    });
  });
});

const longerThanATest = 600_000;

function entryOf(entries: readonly Entry[], name: string): Entry {
  const found = entries.find((entry) => entry.name === name);
  if (found === undefined) throw new Error(`no entry ${name}`);
  return found;
}
