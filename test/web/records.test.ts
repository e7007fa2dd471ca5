import { describe, expect, it } from "vitest";
import type { InvocationPage } from "../../server/domain/invocation-answers.ts";
import { countBy } from "../../web/count-by.ts";
import { arrivalOf } from "../../web/record/arrival.ts";
import { originalCommand } from "../../web/record/original.ts";
import { idOfPath, recordHref } from "../../web/record/record-href.ts";
import { firstPart, visibleLines } from "../../web/record/visible-lines.ts";
import { subjectFilters, subjectHref } from "../../web/subject.ts";

describe("a number that led to the records", () => {
  const page: InvocationPage = {
    items: [],
    next: null,
    total: { value: 1284, exact: true },
    sums: { inputTokens: 10, outputTokens: 20, totalTokens: 30, costUsd: 1.25, unpriced: 0 },
    range: { from: "2026-11-23T00:00:00.000Z", to: "2026-11-24T00:00:00.000Z" },
    snapshot: 1,
    asOf: null,
  };

  it.each([
    ["invocations", "1284", "1,284 records, the number you clicked", true],
    ["errors", "1280", "1,284 records, 4 records more than the number you clicked", false],
    ["outputTokens", "20", "20 tokens, the number you clicked", true],
    ["costUsd", "1.250001", "$1.25, the number you clicked", true],
    ["costUsd", "1.5", "$1.25, $0.2500 fewer than the number you clicked", false],
  ])("of %s, %s, reads %s", (measure, clicked, words, same) => {
    expect(arrivalOf(page, measure, clicked)).toEqual({ words, same });
  });

  it.each([
    ["principals", "7"],
    ["errorRate", "0.2"],
    ["invocations", undefined],
    ["nonsense", "7"],
    [undefined, "7"],
  ])("of %s, %s, is not compared", (measure, clicked) => {
    expect(arrivalOf(page, measure, clicked)).toBeNull();
  });
});

describe("what a finding is about", () => {
  it.each([
    ["111122223333/role/app", [["principal", "111122223333/role/app"]]],
    ["111122223333/role/app/agent/AB12", [["principal", "111122223333/role/app/agent/AB12"]]],
    ["111122223333/root", [["principal", "111122223333/root"]]],
    ["111122223333/role/app#send_mail", [["principal", "111122223333/role/app"]]],
    [
      "111122223333/eu-central-1",
      [
        ["account", "111122223333"],
        ["region", "eu-central-1"],
      ],
    ],
    [
      "111122223333/us-gov-west-1",
      [
        ["account", "111122223333"],
        ["region", "us-gov-west-1"],
      ],
    ],
    [
      "111122223333/anthropic.claude-v2:1",
      [
        ["account", "111122223333"],
        ["model", "anthropic.claude-v2:1"],
      ],
    ],
  ])("%s is found by its own fields", (subject, fields) => {
    expect(subjectFilters(subject)?.map(({ field, values }) => [field, values[0]])).toEqual(fields);
  });

  it("is not guessed from a form that is not known", () => {
    expect(subjectFilters("111122223333/something else")).toBeNull();
    expect(subjectFilters("nothing")).toBeNull();
  });

  it("goes into no address when it holds a mail address", () => {
    const span = { firstSeen: "2026-11-23T00:00:00.000Z", lastSeen: "2026-11-23T01:00:00.000Z" };
    expect(subjectHref("111122223333/sso/Team/ana@example.com", span, "UTC")).toBeNull();
    const href = subjectHref("111122223333/role/app", span, "UTC") ?? "";
    expect(new URLSearchParams(href.split("?")[1]).get("to")).toBe("2026-11-23T01:00:00.001Z");
  });
});

describe("a record's address", () => {
  it.each(["111122223333/us-east-1/7a1f", "1/r/hmac:ff", "1/r/%2F ?#<ü>", "1/r/a%41"])(
    "%s comes back as it was",
    (id) => {
      const href = recordHref(id, "2026-11-23T00:00:00.000Z", "UTC");
      expect(idOfPath(new URL(href, "http://x").pathname)).toBe(id);
    },
  );

  it("that is broken names nothing", () => {
    expect(idOfPath("/invocations/%E0%A4%A")).toBeNull();
  });
});

describe("the original", () => {
  const at = (place: string, key: string) => originalCommand({ sourceId: "s", place, key, line: 3, ingestedAt: "" });

  it("is printed by a command", () => {
    expect(at("s3://logs/p/", "p/a.json.gz")).toBe("aws s3 cp 's3://logs/p/a.json.gz' - | gunzip | sed -n 3p");
  });

  it.each([
    ["s3://logs/", "a'; rm -rf ~ #.gz"],
    ["s3://logs/", "a\n.gz"],
    ["s3://logs'$(x)/", "a.gz"],
    ["/var/log/bedrock", "a.gz"],
  ])("of %s %j is no command", (place, key) => {
    expect(at(place, key)).toBeNull();
  });
});

describe("revealed text", () => {
  it("keeps its lines, and shows what hides", () => {
    expect(visibleLines("a\n\tb\u202E\r\nc")).toBe("a\n\tb[U+202E][U+000D]\nc");
  });

  it("is never cut within a pair", () => {
    expect(firstPart("ab😀c", 3)).toBe("ab");
    expect(firstPart("ab😀c", 4)).toBe("ab😀");
    expect(firstPart("ab", 9)).toBe("ab");
  });
});

it("counts, the most frequent first", () => {
  expect(countBy(["a", "b", "b"], (text) => text)).toEqual([
    ["b", 2],
    ["a", 1],
  ]);
});
