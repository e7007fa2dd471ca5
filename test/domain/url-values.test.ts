import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { globMatches } from "../../server/domain/glob.ts";
import {
  escapeGlob,
  escapeUrlValue,
  filtersFromUrl,
  filterToUrl,
  parseUrlValue,
} from "../../server/domain/url-values.ts";

const texts = fc.oneof(
  fc.string(),
  fc.constantFrom("!a", "~none", "~any", ">=1", "<2", "1..2", "*", "\\", "\\*", "a*b", "!*", "", "-1..3.5"),
);

describe("values in the query string", () => {
  test.prop([texts])("an escaped text means exactly this text", (text) => {
    expect(parseUrlValue(escapeUrlValue(text))).toEqual({ kind: "is", exclude: false, text });
    expect(parseUrlValue(`!${escapeUrlValue(text)}`)).toEqual({ kind: "is", exclude: true, text });
  });

  test.prop([fc.array(texts, { minLength: 1 }), fc.constantFrom("in" as const, "notIn" as const)])(
    "filters come back from the address as they went in",
    (values, op) => {
      const filter = { field: "model" as const, op, values };
      expect(filtersFromUrl("model", filterToUrl(filter))).toEqual([filter]);
    },
  );

  it.each([
    ["x", [{ field: "tokens", op: "in", values: ["x"] }]],
    ["~none", [{ field: "tokens", op: "null", values: [] }]],
    ["~any", [{ field: "tokens", op: "notNull", values: [] }]],
    [">=10", [{ field: "tokens", op: "gte", values: ["10"] }]],
    ["<20.5", [{ field: "tokens", op: "lt", values: ["20.5"] }]],
    [
      "10..20",
      [
        { field: "tokens", op: "gte", values: ["10"] },
        { field: "tokens", op: "lt", values: ["20"] },
      ],
    ],
    ["!*/role/ci-*", [{ field: "tokens", op: "notGlob", values: ["*/role/ci-*"] }]],
  ])("reads %s", (value, filters) => {
    expect(filtersFromUrl("tokens", [value])).toEqual(filters);
  });

  it.each([["~nobody"], [">10"], ["<=3"], [">="], ["<x"], ["a\\"]])("refuses %s", (value) => {
    expect(filtersFromUrl("tokens", [value])).toBeNull();
  });

  it("refuses 'none' beside a value instead of dropping one of them", () => {
    expect(filtersFromUrl("model", ["a", "~none"])).toBeNull();
  });

  it("keeps equal and alike values of a field an OR", () => {
    expect(filtersFromUrl("model", ["a*", "b"])).toEqual([{ field: "model", op: "glob", values: ["a*", "b"] }]);
  });
});

describe("globs", () => {
  test.prop([texts, texts])("an escaped text matches itself alone", (a, b) => {
    expect(globMatches(escapeGlob(a), b)).toBe(a === b);
  });

  test.prop([fc.array(fc.string(), { minLength: 2 })])("stars stand for any characters", (parts) => {
    expect(globMatches(parts.map(escapeGlob).join("*"), parts.join("…"))).toBe(true);
    expect(globMatches(parts.map(escapeGlob).join("*"), parts.join(""))).toBe(true);
  });

  it.each([
    ["a*b", "ab", true],
    ["a*b", "acb", true],
    ["a*a", "a", false],
    ["*x*y*", "1y2x3", false],
    ["A*", "abc", false],
    ["a\\*", "ab", false],
  ])("%s on %s: %s", (pattern, text, expected) => {
    expect(globMatches(pattern, text)).toBe(expected);
  });
});
