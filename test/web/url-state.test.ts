import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { bucketSizes, dimensions, type Filter } from "../../server/domain/metric.ts";
import {
  carried,
  compareKinds,
  defaultState,
  plainKeys,
  readable,
  readUrl,
  withFilter,
  withoutFilter,
  writeUrl,
  type PlainKey,
  type ViewState,
} from "../../web/url-state.ts";

const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }).filter((value) => value.length <= 80);
const texts = fc.uniqueArray(text, { minLength: 1, maxLength: 4 });
/** A leading mark is escaped in a pattern too: that is how it is read back. */
const glob = fc.stringMatching(/^(\\[!~<>])?[a-z]{0,4}\*[a-z]{0,4}$/);
const instant = fc
  .date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true })
  .map((d) => d.toISOString());
const point = fc.oneof(fc.constantFrom("now", "now-7d", "now-1M/M", "now/d"), instant);

function filterOf(field: (typeof dimensions)[number]): fc.Arbitrary<Filter[]> {
  const named = (op: "in" | "notIn") => texts.map((values): Filter[] => [{ field, op, values }]);
  const like = (op: "glob" | "notGlob") => glob.map((value): Filter[] => [{ field, op, values: [value] }]);
  const bare = (op: "null" | "notNull") => fc.constant<Filter[]>([{ field, op, values: [] }]);
  return fc.oneof(named("in"), named("notIn"), like("glob"), like("notGlob"), bare("null"), bare("notNull"));
}

const numbers = fc
  .tuple(fc.integer({ min: 0, max: 1e9 }), fc.integer({ min: 0, max: 1e9 }))
  .map(([from, below]): Filter[] => [
    { field: "tokens", op: "gte", values: [String(from)] },
    { field: "tokens", op: "lt", values: [String(below)] },
  ]);

/** Keys that know a few words only, and one of those. */
const known = new Map<PlainKey, string>([
  ["severity", "high"],
  ["state", "in_progress"],
  ["sort", "-tokens"],
  ["n", "1284"],
  ["verdict", "FAIL"],
  ["day", "2026-11-20"],
  ["hour", "2026-11-20T09:00:00.000Z"],
]);
const free = plainKeys.filter((key) => !known.has(key));
const anyKey = fc.oneof(
  fc.tuple(fc.constantFrom(...free), texts),
  fc.constantFrom(...known).map(([key, value]): [PlainKey, string[]] => [key, [value]]),
);

const plain = fc.uniqueArray(anyKey, { maxLength: 4, selector: ([key]) => key }).map((pairs) => new Map(pairs));

const state: fc.Arbitrary<ViewState> = fc.record({
  range: fc.record({ from: point, to: point }),
  timeZone: fc.constantFrom(null, "UTC", "Europe/Berlin", "Asia/Kathmandu"),
  filters: fc
    .tuple(filterOf("model"), filterOf("principal"), fc.oneof(numbers, fc.constant<Filter[]>([])))
    .map((filters) => filters.flat()),
  bucket: fc.constantFrom(null, ...bucketSizes),
  group: fc.constantFrom(null, ...dimensions),
  compare: fc.constantFrom(null, ...compareKinds),
  plain,
});

/** Filters and keys as sets: the address does not keep the order in which they were chosen. */
function unordered({ filters, plain: keys, ...rest }: ViewState) {
  return { ...rest, filters: new Set(filters.map((filter) => JSON.stringify(filter))), plain: new Map(keys) };
}

describe("the address as state", () => {
  test.prop([state])("says all of a view and nothing else: written and read back, it is the same", (view) => {
    const read = readUrl(writeUrl(view));
    expect(read.problems).toEqual([]);
    expect(read.unknown).toEqual([]);
    expect(unordered(read.state)).toEqual(unordered(view));
  });

  test.prop([fc.string({ unit: "grapheme" })])("never throws, whatever stands in it", (search) => {
    const { state: first, problems } = readUrl(search);
    if (problems.length === 0) expect(unordered(readUrl(writeUrl(first)).state)).toEqual(unordered(first));
  });

  it("names a key that no page knows, and goes on", () => {
    const read = readUrl("?from=now-7d&colour=red&zoom=2");
    expect(read.unknown).toEqual(["colour", "zoom"]);
    expect(read.problems).toEqual([]);
    expect(read.state.range.from).toBe("now-7d");
  });

  it.each([
    ["from", "yesterday"],
    ["to", "2026-13-45"],
    ["v", "2"],
    ["tz", "Mars/Olympus"],
    ["bucket", "2h"],
    ["group", "colour"],
    ["cmp", "never"],
    ["severity", "huge"],
    ["state", "gone"],
    ["sort", "-price"],
    ["n", "many"],
    ["cost", "abc..20"],
    ["tokens", "many"],
    ["model", "~some"],
    ["model", ">=10"],
    ["region", "x".repeat(201)],
  ])("reports %s=%s instead of widening the view", (key, value) => {
    expect(readUrl(`?${new URLSearchParams({ [key]: value }).toString()}`).problems).toEqual([{ key, value }]);
  });

  it("reports a key that may stand once and stands twice", () => {
    expect(readUrl("?from=now-7d&from=now-1h").problems).toEqual([{ key: "from", value: "now-7d" }]);
  });

  it("leaves out what cannot be read, and nothing else", () => {
    const read = readUrl("?from=yesterdayish&state=new&state=odd&cost=abc..20&model=x&severity=none");
    expect(read.problems).toHaveLength(4);
    const { state: left, problems } = readUrl(writeUrl(readable(read)));
    expect(problems).toEqual([]);
    expect([left.range, left.filters, left.plain]).toEqual([
      defaultState.range,
      [{ field: "model", op: "in", values: ["x"] }],
      new Map([["state", ["new"]]]),
    ]);
  });

  it("reads the example of a shared link", () => {
    const search =
      "?v=1&from=now-7d&to=now&tz=Europe%2FBerlin&model=anthropic.claude-sonnet-4-5-20250929-v1:0" +
      "&principal=!*/role/ci-*&guardrail=no-evidence&sort=-tokens";
    const { state: view, problems } = readUrl(search);
    expect(problems).toEqual([]);
    expect(view.timeZone).toBe("Europe/Berlin");
    expect(view.filters).toEqual([
      { field: "model", op: "in", values: ["anthropic.claude-sonnet-4-5-20250929-v1:0"] },
      { field: "principal", op: "notGlob", values: ["*/role/ci-*"] },
      { field: "guardrail", op: "in", values: ["no-evidence"] },
    ]);
    expect(view.plain.get("sort")).toEqual(["-tokens"]);
  });

  it("keeps window, zone and filters from page to page, and leaves the table's place behind", () => {
    const { state: view } = readUrl("?from=now-7d&tz=UTC&model=x&cursor=abc&group=model&bucket=1h");
    expect(readUrl(writeUrl(carried(view))).state).toEqual({
      ...defaultState,
      range: { from: "now-7d", to: "now" },
      timeZone: "UTC",
      filters: [{ field: "model", op: "in", values: ["x"] }],
    });
  });

  it("replaces a filter of the same field and operator, and takes one away", () => {
    const one = withFilter(defaultState, { field: "model", op: "in", values: ["a"] });
    const two = withFilter(one, { field: "model", op: "in", values: ["b", "c"] });
    expect(two.filters).toEqual([{ field: "model", op: "in", values: ["b", "c"] }]);
    expect(two.filters.map((filter) => withoutFilter(two, filter).filters)).toEqual([[]]);
    expect(withFilter(two, { field: "model", op: "in", values: [] }).filters).toEqual([]);
  });
});
