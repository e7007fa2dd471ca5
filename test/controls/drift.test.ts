import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { verdictChanges, withDrift } from "../../server/controls/drift.ts";
import type { CheckReport, ControlResult, TargetResult, Verdict } from "../../server/domain/compliance.ts";
import { jsonChanges } from "../../server/lib/json-changes.ts";
import { aResult, checkReport } from "../reports/check-document.ts";

const here = { account: "111122223333", region: "us-east-1" };
const evaluated = (place = here): TargetResult => ({ ...place, state: "evaluated", code: null, verdict: "PASS" });

interface Run {
  readonly results?: readonly ControlResult[];
  readonly targets?: readonly TargetResult[];
  readonly policy?: string;
  readonly tool?: string;
}

function run({ policy = "a", results = [], targets = [evaluated()], tool = "1" }: Run): CheckReport {
  const report = checkReport("logs", results);
  return {
    ...report,
    run: { ...report.run, tool },
    policy: { ...report.policy, sha256: policy },
    targets: [...targets],
    previous: null,
    targetsGone: [],
  };
}

const result = (over: Partial<ControlResult> = {}) => aResult({ code: "kept", ...over });
const failing = result({ verdict: "FAIL", code: "short" });
const unseen = result({ verdict: "UNKNOWN", code: "permission" });
const tooShort = result({ verdict: "UNKNOWN", code: "history-too-short" });
const notes = [{ level: "warn" as const, code: "history-too-short", text: "" }];
const none = result({ verdict: "NOT_APPLICABLE", code: "not-configured" });

function read(fact: string, fields: Record<string, unknown>, errorCode: string | null = null) {
  return {
    fact,
    ...here,
    service: "s3",
    operation: "GetBucketVersioning",
    caller: null,
    requestId: null,
    httpStatus: 200,
    at: "2026-09-15T12:00:00.000Z",
    earlierRequestIds: [],
    errorCode,
    errorClass: errorCode === null ? null : "permission",
    fields,
    sha256: null,
  };
}

function drifted(was: Run, is: Run, rejudged: readonly ControlResult[] | null = null) {
  return withDrift(run(is), { old: run(was), rejudged });
}

describe("what became of a result", () => {
  it.each([
    ["unchanged", result(), result()],
    ["regressed", result(), failing],
    ["regressed", none, failing],
    ["resolved", failing, result()],
    ["resolved", failing, none],
    ["lost-sight", result(), unseen],
    ["lost-sight", failing, unseen],
    ["regained", unseen, result()],
    ["regained", unseen, failing],
    ["facts-changed", none, result()],
    ["facts-changed", result(), result({ code: "other" })],
  ])("%s", (change, was, is) => {
    const [{ drift } = { drift: null }] = drifted({ results: [was] }, { results: [is] }).results;
    expect(drift).toEqual({ change, by: change === "unchanged" ? null : "aws", facts: [] });
  });

  it("is new where its target was known, and appears with its target where it was not", () => {
    const changeOf = (targets: readonly TargetResult[]) =>
      drifted({ targets }, { results: [result()] }).results[0]?.drift?.change;
    expect(changeOf([evaluated()])).toBe("new");
    expect(changeOf([])).toBe("target-appeared");
    expect(changeOf([{ ...evaluated(), state: "excluded", code: "region-disabled" }])).toBe("target-appeared");
  });

  it("names the settings that changed, old and new, and no measurement", () => {
    const before = [read("s3Store.versioning", { Status: "Enabled" }), read("usage", { invocations: 5 })];
    const after = [read("s3Store.versioning", { Status: "Suspended" }), read("usage", { invocations: 9 })];
    const [one] = drifted(
      { results: [result({ evidence: before })] },
      { results: [result({ evidence: after })] },
    ).results;
    expect(one?.drift).toEqual({
      change: "facts-changed",
      by: "aws",
      facts: [{ path: "s3Store.versioning.Status", old: "Enabled", new: "Suspended" }],
    });
  });

  it("does not take what it cannot see for changed", () => {
    const before = [read("s3Store.versioning", { Status: "Enabled" })];
    const after = [read("s3Store.versioning", {}, "AccessDenied")];
    const [one] = drifted(
      { results: [result({ evidence: before })] },
      { results: [{ ...unseen, evidence: after }] },
    ).results;
    expect(one?.drift).toEqual({ change: "lost-sight", by: "aws", facts: [] });
  });
});

describe("who caused it", () => {
  it.each([
    ["policy", "what was seen then fails by today's policy too", "b", "1", [failing]],
    ["aws", "what was seen then passes by today's policy", "b", "1", [result()]],
    ["aws", "what was seen then is not known of today's rule", "b", "1", []],
    ["tool", "what was seen then fails by today's program too", "a", "2", [failing]],
    [null, "what was seen then is not kept", "b", "1", null],
    [null, "what was seen then is not of all of today's window", "b", "1", [tooShort]],
    [null, "what was seen then fails, and is not of all of it", "b", "1", [{ ...failing, code: "other", notes }]],
    ["aws", "nothing of ours changed", "a", "1", null],
  ])("%s: %s", (by, _, policy, tool, rejudged) => {
    const [one] = drifted({ results: [result()] }, { results: [failing], policy, tool }, rejudged).results;
    expect(one?.drift).toMatchObject({ change: "regressed", by });
  });

  it("is the policy where it asks for a control that it did not ask for before", () => {
    const [one] = drifted({}, { results: [failing], policy: "b" }, [unseen]).results;
    expect(one?.drift).toMatchObject({ change: "new", by: "policy" });
  });
});

describe("a target that is gone", () => {
  it("is told with the reason, and its last verdict", () => {
    const there = { account: "444455556666", region: "eu-west-1" };
    const off: TargetResult = { ...here, state: "excluded", code: "region-disabled", verdict: "NOT_APPLICABLE" };
    const report = drifted({ targets: [evaluated(), evaluated(there)] }, { targets: [off] });
    expect(report.targetsGone).toEqual([
      { ...here, reason: "region-disabled", verdict: "PASS" },
      { ...there, reason: "not-listed", verdict: "PASS" },
    ]);
  });

  it("was never there if it was not looked at", () => {
    const off: TargetResult = { ...here, state: "excluded", code: "region-disabled", verdict: "NOT_APPLICABLE" };
    expect(drifted({ targets: [off] }, { targets: [] }).targetsGone).toEqual([]);
  });
});

describe("verdicts that changed", () => {
  it("are told with what they were, gone ones too", () => {
    const old = run({ results: [result(), result({ id: "1".repeat(32) })] });
    const report = withDrift(run({ results: [failing] }), { old, rejudged: null });
    expect(verdictChanges(report, old, "s").map(({ change, from, to }) => [change, from, to])).toEqual([
      ["regressed", "PASS", "FAIL"],
      ["gone", "PASS", null],
    ]);
    expect(verdictChanges(withDrift(old, { old, rejudged: null }), old, "s")).toEqual([]);
  });
});

const verdict = fc.constantFrom<Verdict>("PASS", "FAIL", "UNKNOWN", "NOT_APPLICABLE");
const fields = fc.dictionary(fc.string(), fc.jsonValue());
const results = fc.uniqueArray(
  fc.record({ id: fc.nat(9), verdict, code: fc.constantFrom("a", "b"), fields }).map((some) =>
    result({
      id: String(some.id).repeat(32),
      verdict: some.verdict,
      code: some.code,
      evidence: [read("logGroup", some.fields)],
    }),
  ),
  { selector: ({ id }) => id },
);

describe("properties", () => {
  it("a run has not drifted from itself", () => {
    fc.assert(
      fc.property(results, (some) => {
        const report = drifted({ results: some }, { results: some });
        expect(report.results.every(({ drift }) => drift?.change === "unchanged")).toBe(true);
        expect(report.targetsGone).toEqual([]);
      }),
    );
  });

  it("changes nothing else of a result, leaves none out, and never blames anyone where nothing changed", () => {
    fc.assert(
      fc.property(results, results, (was, is) => {
        const report = drifted({ results: was }, { results: is });
        expect(report.results.map((one) => ({ ...one, drift: null }))).toEqual(is);
        for (const { drift } of report.results) expect(drift?.by === null).toBe(drift?.change === "unchanged");
      }),
    );
  });

  it("tells of exactly the verdicts that differ", () => {
    fc.assert(
      fc.property(results, results, (was, is) => {
        const old = run({ results: was });
        const report = withDrift(run({ results: is }), { old, rejudged: null });
        const state = new Map(was.map(({ id, verdict: v }) => [id, v as Verdict | null]));
        for (const { from, id, to } of verdictChanges(report, old, "s")) {
          expect(state.get(id) ?? null).toBe(from);
          expect(from).not.toBe(to);
          if (to === null) state.delete(id);
          else state.set(id, to);
        }
        expect(state).toEqual(new Map(is.map(({ id, verdict: v }) => [id, v])));
      }),
    );
  });

  it("JSON differs where it differs, whatever the names in it", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        expect(jsonChanges(a, a, "x", 50)).toEqual([]);
        const same = JSON.stringify(a) === JSON.stringify(b);
        if (!same && jsonChanges(a, b, "x", 50).length === 0) expect(a).toEqual(b);
      }),
    );
    const strange = JSON.parse('{"__proto__":{"a":1},"constructor":2}') as object;
    expect(jsonChanges({}, strange, "x", 50).map(({ path }) => path)).toEqual(["x.__proto__", "x.constructor"]);
  });
});
