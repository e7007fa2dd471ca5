import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyBaseline, type Baseline, baselineOf, parseBaseline } from "../../server/controls/baseline.ts";
import { Verdict } from "../../server/domain/compliance.ts";
import { severities, severityRank } from "../../server/domain/severity.ts";
import { now } from "../aws/small-world.ts";
import { aResult, checkReport } from "../reports/check-document.ts";

const dayMs = 86_400_000;
const id = (digit: string) => digit.repeat(32);
const failed = aResult({ id: id("a"), verdict: "FAIL", severity: "medium" });
const known = (over: Partial<Baseline["fails"][number]> = {}): Baseline => ({
  schemaVersion: 1,
  expires: "2026-12-14",
  fails: [{ id: id("a"), severity: "medium", since: "2026-09-01", ...over }],
});
const covered = (result = failed, baseline: Baseline | null = known(), time = now) =>
  applyBaseline([result], baseline, time)[0];

describe("a baseline", () => {
  it("holds each FAIL that nobody has waived, for 90 days", () => {
    const { expires, fails } = baselineOf(checkReport(), null);
    expect(expires).toBe("2026-12-14");
    expect(fails).toEqual([
      { id: id("2"), severity: "high", since: "2026-09-15" },
      { id: id("3"), severity: "critical", since: "2026-09-15" },
    ]);
  });

  it("keeps the day on which a FAIL was first known", () => {
    const before = known({ id: id("2"), since: "2026-03-01" });
    expect(baselineOf(checkReport(), before).fails.map(({ since }) => since)).toEqual(["2026-03-01", "2026-09-15"]);
  });

  it("is read as it is written", () => {
    const made = baselineOf(checkReport(), null);
    expect(parseBaseline("b.json", JSON.stringify(made), now)).toEqual(made);
  });

  it.each([
    [{ ...known(), expires: "2027-03-15" }, "b.json:1: expires: at most 180 days ahead: 2027-03-14 at the latest"],
    [{ ...known(), expires: "2026-13-01" }, "b.json:1: expires: it is no date of the calendar: write 2026-12-31"],
    [known({ id: "x" }), "b.json:1: fails.0.id: an id is 32 characters of 0-9 and a-f"],
    [{ fails: [], expires: "2026-12-14" }, /^b\.json:1: schemaVersion: /],
    [{ ...known(), verdict: "UNKNOWN" }, "b.json:1: verdict: there is no such field"],
  ])("refuses %j", (content, message) => {
    expect(() => parseBaseline("b.json", JSON.stringify(content), now)).toThrow(message);
  });

  it("covers a FAIL that it knows until its day is over, and says when it has ended", () => {
    expect(covered()).toMatchObject({ baseline: { since: "2026-09-01", expires: "2026-12-14" }, notes: [] });
    const end = Date.parse("2026-12-14") + dayMs;
    expect(covered(failed, known(), end - 1)?.baseline).not.toBeNull();
    expect(covered(failed, known(), end)).toMatchObject({ baseline: null, notes: [{ code: "baseline-expired" }] });
    expect(covered(failed, null)?.baseline).toBeNull();
  });

  it("covers nothing new, nothing graver, nothing unread", () => {
    expect(covered({ ...failed, id: id("b") })?.baseline).toBeNull();
    expect(covered({ ...failed, severity: "high" })?.baseline).toBeNull();
    expect(covered({ ...failed, severity: "low" })?.baseline).not.toBeNull();
    expect(covered({ ...failed, verdict: "UNKNOWN" })?.baseline).toBeNull();
  });

  it("never covers UNKNOWN or what has become graver, whatever it holds", () => {
    const anyResult = fc
      .record({ verdict: fc.constantFrom(...Verdict.options), severity: fc.constantFrom(...severities) })
      .map((over) => aResult({ ...over, id: id("a") }));
    fc.assert(
      fc.property(anyResult, fc.constantFrom(...severities), (result, severity) => {
        const after = covered(result, known({ severity }));
        const may = result.verdict === "FAIL" && severityRank(result.severity) <= severityRank(severity);
        expect(after).toEqual({ ...result, baseline: may ? { since: "2026-09-01", expires: "2026-12-14" } : null });
      }),
    );
  });
});
