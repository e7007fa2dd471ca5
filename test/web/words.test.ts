import { describe, expect, it } from "vitest";
import { ignoreRules, type TargetCoverage } from "../../server/domain/coverage.ts";
import { leftOut, ruleTitle } from "../../web/compliance/left-out.ts";
import { filterWords } from "../../web/filter-words.ts";
import { presetOf, presets, shifted, wordsBefore } from "../../web/presets.ts";
import { completeness } from "../../web/ui/completeness.ts";
import { commonParts, modelParts, principalParts } from "../../web/ui/identifier.tsx";
import { smoothed, sparkPath } from "../../web/ui/sparkline.tsx";
import { visibleText } from "../../server/domain/visible-text.ts";

describe("what is left out", () => {
  it("has words for every rule by which a source leaves objects out", () => {
    expect(ignoreRules.filter((rule) => ruleTitle(rule) === null)).toEqual([]);
    expect(ruleTitle("toString")).toBeNull();
  });

  it("is summed by rule over all sources; days of log events are no objects", () => {
    const found = leftOut([
      { kind: "s3", ignoredBy: { "before-since": 40, "not-a-log": 1 } },
      { kind: "s3", ignoredBy: { "before-since": 2, "other-account": 7 } },
      { kind: "cloudwatch", ignoredBy: { "before-since": 3, "of-tomorrow": 5 } },
    ]);
    expect(found.map(({ count, rule, sources, unit }) => [rule, count, unit, sources])).toEqual([
      ["before-since", 42, "object", 2],
      ["other-account", 7, "object", 1],
      ["of-tomorrow", 5, "line", 1],
      ["before-since", 3, "day of log events", 1],
      ["not-a-log", 1, "object", 1],
    ]);
    expect(found.map(({ title }) => title)).toContain(null);
  });
});

describe("text from data", () => {
  it.each([
    ["plain – Ünïcode 漢字", "plain – Ünïcode 漢字"],
    ["a\u202Eb", "a[U+202E]b"],
    ["zero\u200Bwidth", "zero[U+200B]width"],
    ["tag\u{E0041}", "tag[U+E0041]"],
    ["line\nbreak\u0007", "line[U+000A]break[U+0007]"],
    ["\uD800", "[U+D800]"],
    ["👩‍💻 ❤️", "👩‍💻 ❤️"],
    ["a\u200Db", "a[U+200D]b"],
  ])("%j reads %j", (text, shown) => {
    expect(visibleText(text)).toBe(shown);
  });

  it.each([
    ["111122223333/role/support-chat", { pre: "111122223333/role/", main: "support-chat", suf: "" }],
    ["root", { pre: "", main: "root", suf: "" }],
  ])("of the principal %s the last part stands out", (key, parts) => {
    expect(principalParts(key)).toEqual(parts);
  });

  it.each([
    [
      "anthropic.claude-sonnet-4-5-20250929-v1:0",
      { pre: "anthropic.", main: "claude-sonnet-4-5", suf: "-20250929-v1:0" },
    ],
    ["amazon.nova-pro-v1:0", { pre: "amazon.", main: "nova-pro", suf: "-v1:0" }],
    ["own model", { pre: "", main: "own model", suf: "" }],
    ["", { pre: "", main: "", suf: "" }],
  ])("of the model %s the name stands out, and no part is lost", (id, parts) => {
    expect(modelParts(id)).toEqual(parts);
    expect(parts.pre + parts.main + parts.suf).toBe(id);
  });

  it("what models and principals have in common stands without its separators", () => {
    expect(commonParts(modelParts("anthropic.claude-sonnet-4-5-20250929-v1:0"))).toBe("anthropic · 20250929-v1:0");
    expect(commonParts(principalParts("111122223333/role/support-chat"))).toBe("111122223333/role");
    expect(commonParts(modelParts("own model"))).toBe("");
  });

  it("a filter reads as a sentence", () => {
    expect(filterWords({ field: "principal", op: "notGlob", values: ["*/role/ci-*"] })).toBe(
      "Principal is not like */role/ci-*",
    );
    expect(filterWords({ field: "guardrail", op: "null", values: [] })).toBe("Guardrail is not recorded");
  });
});

describe("completeness", () => {
  const now = "2026-11-24T09:00:00Z";
  const target = (region: string, readThrough: string | null): TargetCoverage => {
    return {
      accountId: "111122223333",
      region,
      readThrough,
      logging: null,
      loggingError: null,
      settledThrough: null,
      asOf: null,
      hole: null,
      exceptions: 0,
    };
  };

  it("is good when nobody is late, and speaks of the slowest", () => {
    const targets = [target("a", "2026-11-24T08:55:00Z"), target("b", "2026-11-24T08:50:00Z")];
    expect(completeness(targets, now)).toMatchObject({
      through: "2026-11-24T08:50:00Z",
      inTime: 2,
      grade: "good",
      late: [],
    });
  });

  it("warns of half an hour and is bad after an hour", () => {
    const slow = target("b", "2026-11-24T08:30:00Z");
    expect(completeness([target("a", "2026-11-24T08:55:00Z"), slow], now)).toMatchObject({
      inTime: 1,
      grade: "warn",
      late: [slow],
    });
    expect(completeness([target("b", "2026-11-24T07:59:00Z")], now)).toMatchObject({ through: null, grade: "bad" });
  });

  const reading = { state: "reading", units: 100, unitsDone: 40, records: 0, bytes: 0, etaSeconds: null };
  const waiting = { from: "2026-11-20T00:00:00Z", reason: "objects wait to be read" };

  it("waits for the first reading while it is under way: neither late nor good", () => {
    const first = { ...target("a", null), hole: waiting };
    expect(completeness([first], now, reading)).toMatchObject({ late: [], first: [first], grade: "warn" });
    const others = [first, target("b", "2026-11-24T08:55:00Z")];
    expect(completeness(others, now, reading)).toMatchObject({ inTime: 1, first: [first], grade: "warn" });
    expect(completeness([first], now, { ...reading, unitsDone: 100 })).toMatchObject({ first: [], grade: "bad" });
    expect(completeness([target("b", "2026-11-24T07:00:00Z")], now, reading)).toMatchObject({
      first: [],
      grade: "bad",
    });
  });

  it("takes a first reading that has come to some day for one that is under way, and one after a stop for late", () => {
    const first = { ...target("a", "2026-11-01T00:00:00Z"), hole: waiting };
    expect(completeness([first], now, reading)).toMatchObject({ late: [], first: [first], grade: "warn" });
    const again = { ...first, settledThrough: "2026-10-31T00:00:00Z" };
    expect(completeness([again], now, reading)).toMatchObject({ late: [again], first: [], grade: "bad" });
  });

  it("waits for no target that cannot be read, whatever else is being read", () => {
    const refused = { ...target("a", null), hole: { ...waiting, reason: "listing failed: AccessDenied" } };
    const unread = { ...target("b", null), logging: "unread" as const, loggingError: "AccessDenied" };
    expect(completeness([refused, unread], now, reading)).toMatchObject({ first: [], late: [refused, unread] });
  });

  it("takes a target that was never read for late", () => {
    expect(completeness([target("a", null)], now)).toMatchObject({ inTime: 0, total: 1, grade: "bad" });
  });
});

describe("windows", () => {
  it("are known by their names", () => {
    expect(presets.map(({ range }) => presetOf(range)?.label)).toEqual(presets.map(({ label }) => label));
    expect(wordsBefore({ from: "now-7d", to: "now" })).toBe("7 days before");
    expect(wordsBefore({ from: "now-3h", to: "now" })).toBe("period before");
  });

  it("move by their own length", () => {
    const range = { from: "2026-11-24T00:00:00.000Z", to: "2026-11-24T06:00:00.000Z" };
    expect(shifted(range, -1)).toEqual({ from: "2026-11-23T18:00:00.000Z", to: "2026-11-24T00:00:00.000Z" });
    expect(shifted(shifted(range, -1), 1)).toEqual(range);
  });
});

describe("a sparkline", () => {
  it("breaks where nothing is known", () => {
    expect(sparkPath([0, 10, null, 5, 10], 10).match(/M/g)).toHaveLength(2);
  });

  it("is smoothed to the points that there is room for", () => {
    expect(smoothed([1, 3, null, 5, null, null, 7], 4)).toEqual([2, 5, null, 7]);
    expect(smoothed([1, 2], 4)).toEqual([1, 2]);
  });

  it("stands at the bottom when all is zero", () => {
    expect(sparkPath([0, 0], 0)).toBe("M0.0 27.0L144.0 27.0");
  });
});
