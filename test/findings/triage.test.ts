import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FindingState, TriageAct } from "../../server/domain/finding.ts";
import { UserError } from "../../server/lib/errors.ts";
import { after, checkWish, ConflictError, triageOf, untouched, type Triage } from "../../server/findings/triage.ts";

function events(...acts: TriageAct[]) {
  return acts.map((act) => ({ act, assignee: null, resolution: act === "resolve" ? ("expected" as const) : null }));
}

function at(state: FindingState): Triage {
  return { ...untouched, state };
}

describe("the last event decides", () => {
  it.each([
    [["comment"], "new"],
    [["start"], "in_progress"],
    [["start", "resolve"], "resolved"],
    [["start", "resolve", "comment"], "resolved"],
    [["resolve", "reopen"], "new"],
    [["withdraw"], "withdrawn"],
    [["withdraw", "reopen", "start"], "in_progress"],
  ] as const)("%j leads to %s", (acts, state) => {
    expect(triageOf(events(...acts))).toMatchObject({ state, version: acts.length });
  });

  it("an assignee stays until another one takes over", () => {
    const taken = after(untouched, { act: "assign", assignee: "ana@example.com", resolution: null });
    expect(after(taken, { act: "start", assignee: null, resolution: null }).assignee).toBe("ana@example.com");
    expect(after(taken, { act: "assign", assignee: "bo@example.com", resolution: null }).assignee).toBe(
      "bo@example.com",
    );
  });

  it("a resolution ends with the next reopening", () => {
    expect(triageOf(events("resolve")).resolution).toBe("expected");
    expect(triageOf(events("resolve", "reopen")).resolution).toBeNull();
  });

  it("in any order of acts, only a resolved finding has a resolution", () => {
    const act = fc.constantFrom<TriageAct>("comment", "assign", "start", "resolve", "reopen", "withdraw");
    fc.assert(
      fc.property(fc.array(act, { maxLength: 12 }), (acts) => {
        const { state, resolution, version } = triageOf(events(...acts));
        expect(resolution !== null).toBe(state === "resolved");
        expect(version).toBe(acts.length);
      }),
    );
  });
});

describe("an act that makes no sense is refused with the way out", () => {
  const wish = { note: "", version: 0 };
  it.each([
    ["start", "resolved", {}],
    ["assign", "resolved", { assignee: "ana@example.com" }],
    ["resolve", "withdrawn", { resolution: "true-positive" }],
    ["reopen", "new", {}],
    ["resolve", "new", {}],
    ["resolve", "new", { resolution: "false-positive" }],
    ["assign", "new", {}],
    ["comment", "new", { note: "  " }],
    ["comment", "new", { note: "x".repeat(1001) }],
  ] as const)("%s on a %s finding with %j", (act, state, more) => {
    expect(() => checkWish(at(state), { act, ...wish, ...more })).toThrow(UserError);
  });

  it.each([
    ["start", "new", {}],
    ["resolve", "new", { resolution: "true-positive" }],
    ["resolve", "in_progress", { resolution: "false-positive", note: "a load test" }],
    ["reopen", "withdrawn", {}],
    ["comment", "resolved", { note: "seen" }],
  ] as const)("%s on a %s finding with %j is fine", (act, state, more) => {
    expect(() => checkWish(at(state), { act, ...wish, ...more })).not.toThrow();
  });

  it("who has not seen the newest event is told so", () => {
    expect(() => checkWish({ ...untouched, version: 2 }, { act: "start", ...wish, version: 1 })).toThrow(ConflictError);
  });
});
