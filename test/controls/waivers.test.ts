import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseWaivers } from "../../server/controls/waiver-file.ts";
import { applyWaivers } from "../../server/controls/waivers.ts";
import { type ControlResult, shownVerdict, Verdict } from "../../server/domain/compliance.ts";
import { severities, severityRank } from "../../server/domain/severity.ts";
import type { Waiver } from "../../server/domain/waiver.ts";
import { now } from "../aws/small-world.ts";
import { aResult } from "../reports/check-document.ts";

const rules = { controls: ["s3-log-retention", "delivery-alive"], detections: ["model-sweep"], now };

const fields = {
  id: "W-1",
  control: "s3-log-retention",
  match: '{ account: "111122223333" }',
  reason: "Blocked by a control policy",
  owner: "alice@example.com",
  ticket: "SEC-881",
  expires: "2026-12-31",
};

/** A file with one waiver; undefined leaves a field out. */
function file(over: Partial<Record<string, string | undefined>> = {}): string {
  const lines = Object.entries({ ...fields, ...over }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  return `waivers:\n  - ${lines.join("\n    ")}\n`;
}

function told(text: string): string {
  try {
    parseWaivers("w.yaml", text, rules);
    return "fine";
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
}

describe("a file of waivers", () => {
  it("is read with its defaults", () => {
    expect(parseWaivers("w.yaml", file(), rules)).toEqual([
      { ...fields, match: { account: "111122223333" }, accepts: "FAIL" },
    ]);
    expect(parseWaivers("w.yaml", "", rules)).toEqual([]);
    expect(parseWaivers("w.yaml", "waivers: []", rules)).toEqual([]);
  });

  it("knows detections, too", () => {
    const over = { control: undefined, detection: "model-sweep", match: '{ principal: "AROA*", region: us-east-1 }' };
    expect(parseWaivers("w.yaml", file(over), rules)).toMatchObject([{ detection: "model-sweep" }]);
    expect(told(file({ ...over, match: "{ resource: bucket:logs }" }))).toBe(
      "w.yaml:3: waivers.0.match.resource: a detection has no resource",
    );
    expect(told(file({ ...over, detection: "model-swep" }))).toMatch(/detection: there is no such detection$/);
  });

  it.each([
    ["an unknown field", file({ until: "2026-12-31" }), "w.yaml:9: waivers.0.until: there is no such field"],
    ["an unknown field of the file", "waiver: []", "w.yaml:1: waiver: there is no such field"],
    [
      "an unknown field of the match",
      file({ match: "{ bucket: logs }" }),
      "w.yaml:4: waivers.0.match.bucket: there is no such field",
    ],
    ["no reason", file({ reason: undefined }), "w.yaml:2: waivers.0.reason: it is missing"],
    ["an empty owner", file({ owner: '" "' }), "w.yaml:6: waivers.0.owner: it is empty"],
    ["no ticket", file({ ticket: undefined }), "w.yaml:2: waivers.0.ticket: it is missing"],
    ["no end", file({ expires: undefined }), "w.yaml:2: waivers.0.expires: it is missing"],
    ["no match", file({ match: undefined }), "w.yaml:2: waivers.0.match: it is missing"],
    ["a match of nothing", file({ match: "{}" }), "w.yaml:4: waivers.0.match: name at least one field without *"],
    [
      "a match of patterns alone",
      file({ match: '{ region: "us-e*" }' }),
      "w.yaml:4: waivers.0.match: name at least one field without *",
    ],
    [
      "a star behind three characters",
      file({ match: '{ account: "111122223333", region: "us-*" }' }),
      "w.yaml:4: waivers.0.match.region: write at least 4 literal characters before each *",
    ],
    [
      "a second star behind three characters",
      file({ match: '{ account: "111122223333", resource: "bucket:*log*" }' }),
      "w.yaml:4: waivers.0.match.resource: write at least 4 literal characters before each *",
    ],
    [
      "an account without quotes",
      file({ match: "{ account: 111122223333 }" }),
      "w.yaml:4: waivers.0.match.account: an account is 12 digits, in quotes",
    ],
    [
      "an account of 11 digits",
      file({ match: '{ account: "11112222333" }' }),
      "w.yaml:4: waivers.0.match.account: an account is 12 digits, in quotes",
    ],
    [
      "a star in an account",
      file({ match: '{ account: "11112222*" }' }),
      "w.yaml:4: waivers.0.match.account: an account is 12 digits, in quotes",
    ],
    ["a star in a control", file({ control: '"s3-log-*"' }), "w.yaml:3: waivers.0.control: there is no such control"],
    ["an unknown control", file({ control: "s3-retention" }), "w.yaml:3: waivers.0.control: there is no such control"],
    [
      "neither control nor detection",
      file({ control: undefined }),
      "w.yaml:2: waivers.0: name one control or one detection",
    ],
    ["both", file({ detection: "model-sweep" }), "w.yaml:2: waivers.0: name one control or one detection"],
    [
      "a control's match of a principal",
      file({ match: '{ principal: "AROA1" }' }),
      "w.yaml:4: waivers.0.match.principal: a control has no principal",
    ],
    [
      "a day that is none",
      file({ expires: "2026-02-30" }),
      "w.yaml:8: waivers.0.expires: it is no date of the calendar: write 2026-12-31",
    ],
    [
      "a time in place of a day",
      file({ expires: "2026-12-31T00:00:00Z" }),
      "w.yaml:8: waivers.0.expires: it is no date of the calendar: write 2026-12-31",
    ],
    [
      "a day too far",
      file({ expires: "2027-09-16" }),
      "w.yaml:8: waivers.0.expires: at most 365 days ahead: 2027-09-15 at the latest",
    ],
    ["another verdict", file({ accepts: "PASS" }), /^w\.yaml:9: waivers\.0\.accepts: /],
    ["a grade that is none", file({ upTo: "dire" }), /^w\.yaml:9: waivers\.0\.upTo: /],
    [
      "an id twice",
      `${file()}${file().split("\n").slice(1).join("\n")}`,
      "w.yaml:9: waivers.1.id: another waiver has this id",
    ],
    ["a field twice", file({ "reason ": "x" }), /^w\.yaml:\d: not readable as YAML \(DUPLICATE_KEY\)$/],
    ["no YAML", "waivers: [", /^w\.yaml:1: not readable as YAML/],
  ])("refuses %s, with file, line and field", (_what, text, message) => {
    if (typeof message === "string") expect(told(text)).toBe(message);
    else expect(told(text)).toMatch(message);
  });

  it("may end on the last day of a year's time, and have ended before", () => {
    for (const expires of ["2027-09-15", "2020-02-29"]) expect(told(file({ expires }))).toBe("fine");
  });
});

const waiver = (over: Partial<Waiver> = {}): Waiver => ({
  ...fields,
  match: { account: "111122223333" },
  accepts: "FAIL",
  ...over,
});
const failed = aResult({ verdict: "FAIL", code: "short", resource: "bucket:logs-eu" });
const unread = aResult({ verdict: "UNKNOWN", code: "permission" });

function waived(result: ControlResult, ...waivers: readonly Waiver[]) {
  const { results, waivers: lists } = applyWaivers([result], waivers, now);
  const [found] = results;
  if (found === undefined) throw new Error("no result");
  const notes = found.notes.map(({ code }) => code);
  return { id: found.waiver?.id ?? null, verdict: found.verdict, notes, ...lists };
}

describe("a waiver", () => {
  it("stands over the verdict of what it matches", () => {
    expect(waived(failed, waiver())).toMatchObject({
      id: "W-1",
      verdict: "FAIL",
      notes: [],
      used: ["W-1"],
      unused: [],
    });
    for (const match of [
      { account: "444455556666" },
      { region: "eu-west-1" },
      { account: "111122223333", resource: "bucket:logs" },
      { account: "111122223333", resource: "bucket:logs-us*" },
    ])
      expect(waived(failed, waiver({ match }))).toMatchObject({ id: null, used: [], unused: ["W-1"] });
    expect(waived(failed, waiver({ match: { region: "us-east-1", resource: "bucket:logs*" } })).id).toBe("W-1");
    expect(waived(failed, waiver({ control: "delivery-alive" })).id).toBeNull();
  });

  it("covers the verdict that it accepts, and no other", () => {
    expect(waived(unread, waiver()).id).toBeNull();
    expect(waived(unread, waiver({ accepts: "UNKNOWN" })).id).toBe("W-1");
    expect(waived(failed, waiver({ accepts: "UNKNOWN" })).id).toBeNull();
    expect(waived(aResult({}), waiver()).id).toBeNull();
  });

  it("covers nothing graver than it says", () => {
    expect(waived(failed, waiver({ upTo: "high" })).id).toBe("W-1");
    expect(waived(failed, waiver({ upTo: "medium" })).id).toBeNull();
    expect(waived({ ...failed, severity: "low" }, waiver({ upTo: "low" })).id).toBe("W-1");
  });

  it("holds through the end of its day: row 62", () => {
    const yesterday = waived(failed, waiver({ expires: "2026-09-14" }));
    expect(yesterday).toMatchObject({
      id: null,
      verdict: "FAIL",
      notes: ["waiver-expired"],
      expired: ["W-1"],
      unused: [],
    });
    expect(waived(failed, waiver({ expires: "2026-09-15" }))).toMatchObject({ id: "W-1", notes: ["waiver-expiring"] });
    const end = Date.parse("2026-12-31T23:59:59.999Z");
    for (const [time, id] of [
      [end, "W-1"],
      [end + 1, undefined],
    ] as const)
      expect(applyWaivers([failed], [waiver()], time).results[0]?.waiver?.id).toBe(id);
  });

  it("warns from 14 days before its end", () => {
    expect(waived(failed, waiver({ expires: "2026-09-28" }))).toMatchObject({
      notes: ["waiver-expiring"],
      expiring: ["W-1"],
    });
    expect(waived(failed, waiver({ expires: "2026-09-29" }))).toMatchObject({ notes: [], expiring: [] });
    const idle = waived(aResult({}), waiver({ expires: "2026-09-28" }));
    expect(idle).toMatchObject({ notes: [], expiring: ["W-1"], unused: ["W-1"] });
  });

  it("gives way to one that lasts longer", () => {
    const short = waiver({ id: "W-2", expires: "2026-09-20" });
    for (const order of [
      [waiver(), short],
      [short, waiver()],
    ])
      expect(waived(failed, ...order)).toMatchObject({ id: "W-1", notes: [], unused: [] });
    const gone = waiver({ id: "W-0", expires: "2026-01-01" });
    expect(waived(failed, gone, short)).toMatchObject({ id: "W-2", expired: ["W-0"] });
  });

  it("of a detection is none of a control", () => {
    const { control: _control, ...rest } = waiver();
    expect(waived(failed, { ...rest, detection: "model-sweep" })).toMatchObject({ id: null, used: [], unused: [] });
  });
});

const aVerdict = fc.constantFrom(...Verdict.options);
const aSeverity = fc.constantFrom(...severities);
const place = {
  account: fc.constantFrom("111122223333", "444455556666"),
  region: fc.constantFrom("us-east-1", "eu-west-1"),
};
const anyResult = fc
  .record({ ...place, control: fc.constantFrom(...rules.controls), verdict: aVerdict, severity: aSeverity })
  .map((over) => aResult(over));
const anyWaiver = fc
  .record({
    control: fc.constantFrom(...rules.controls),
    match: fc.record(place, { requiredKeys: ["account"] }),
    accepts: fc.constantFrom("FAIL" as const, "UNKNOWN" as const),
    upTo: aSeverity,
    expires: fc.constantFrom("2026-09-01", "2026-09-14", "2026-09-15", "2026-09-20", "2027-01-01"),
    id: fc.uuid(),
  })
  .map((over) => waiver(over));
const many = [
  fc.array(anyResult, { maxLength: 20 }),
  fc.uniqueArray(anyWaiver, { selector: ({ id }) => id, maxLength: 8 }),
] as const;

describe("waivers, whatever they are", () => {
  it("change no verdict, lose no result, and cover neither what they do not accept nor what is graver", () => {
    fc.assert(
      fc.property(...many, (results, waivers) => {
        const { results: after } = applyWaivers(results, waivers, now);
        expect(after.map(({ id, severity, verdict }) => [id, severity, verdict])).toEqual(
          results.map(({ id, severity, verdict }) => [id, severity, verdict]),
        );
        for (const result of after.filter((one) => one.waiver !== null)) {
          const by = waivers.find(({ id }) => id === result.waiver?.id);
          expect(by).toMatchObject({ accepts: result.verdict, control: result.control });
          expect(severityRank(result.severity)).toBeLessThanOrEqual(severityRank(by?.upTo ?? "critical"));
          expect(by?.expires.localeCompare("2026-09-15")).toBeGreaterThanOrEqual(0);
          expect(shownVerdict(result)).toBe("WAIVED");
        }
      }),
    );
  });

  it("do the same in any order, and twice", () => {
    fc.assert(
      fc.property(...many, (results, waivers) => {
        const once = applyWaivers(results, waivers, now);
        expect(applyWaivers(results, waivers.toReversed(), now).results).toEqual(once.results);
        expect(applyWaivers(once.results, waivers, now)).toEqual(once);
      }),
    );
  });

  it("stand each in one of used, unused, expired", () => {
    fc.assert(
      fc.property(...many, (results, waivers) => {
        const { expired, given, unused, used } = applyWaivers(results, waivers, now).waivers;
        expect(given.map(({ id }) => id)).toEqual(waivers.map(({ id }) => id));
        expect([...expired, ...unused, ...used].toSorted()).toEqual(waivers.map(({ id }) => id).toSorted());
      }),
    );
  });
});
