import { describe, expect, it } from "vitest";
import { controlsOf } from "../../server/reports/controls.ts";
import { verdictOf } from "../../server/reports/verdict.ts";
import { aResult, checkReport, withResults } from "./check-document.ts";
import { handMade } from "./document.ts";

const told = controlsOf(checkReport());

describe("what a report tells of a check", () => {
  it("is FAIL before UNKNOWN, the gravest first; what a waiver covers is among neither", () => {
    expect(told.rows.map(({ verdict, severity, code }) => [verdict, severity, code])).toEqual([
      ["FAIL", "critical", "public"],
      ["FAIL", "high", "short"],
      ["UNKNOWN", "high", "permission"],
    ]);
    expect(told.verdicts).toMatchObject({ FAIL: 2, UNKNOWN: 1, WAIVED: 1 });
  });

  it("names every target of the run: those that were not evaluated are counted by what they are", () => {
    expect(told.targets).toEqual({ total: 4, evaluated: 1, unknown: 1, notApplicable: 1, excluded: 1 });
  });

  it("says how long each judged store keeps a record; what is not known stays unknown", () => {
    expect(told.retention.rows.map(({ resource, keptDays, verdict }) => [resource, keptDays, verdict])).toEqual([
      ["bucket:logs", 7, "FAIL"],
      ["bucket:logs", null, "UNKNOWN"],
    ]);
  });

  it("tells what changed since the run before, and which targets are gone and why", () => {
    expect(told.drift.since).toBe("2026-09-14T12:00:00.000Z");
    expect(told.drift.rows.map(({ change, by, resource }) => [change, by, resource])).toEqual([
      ["regressed", "aws", "bucket:logs"],
      ["target-gone", null, "region-disabled"],
    ]);
    const alone = controlsOf({ ...checkReport(), previous: null, targetsGone: [] });
    expect(alone.drift.since).toBeNull();
  });

  it("lists each waiver once, with owner and last day, whether a result has it or not", () => {
    expect(told.waivers.map(({ id, state, covers, ticket }) => [id, state, covers, ticket])).toEqual([
      ["logs", "expired", 0, "SEC-881"],
      ["W-2026-002", "unused", 0, "SEC-881"],
      ["W-2026-014", "used", 1, "SEC-881"],
    ]);
  });

  it("cuts long lists and counts what it leaves out", () => {
    const many = Array.from({ length: 25 }, (_, index) =>
      aResult({
        id: String(index).padStart(32, "0"),
        verdict: "FAIL",
        drift: { change: "regressed", by: null, facts: [] },
      }),
    );
    const { rows, more, retention, drift } = controlsOf(withResults(checkReport(), many));
    expect([rows.length, more, retention.more, drift.more]).toEqual([20, 5, 5, 6]);
  });
});

it("speaks of waivers that end or have ended in its first line", () => {
  expect(verdictOf(handMade()).text).toContain("1 waiver expires within 14 days, 1 waiver has expired");
});
