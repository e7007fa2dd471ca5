import { describe, expect, it } from "vitest";
import { checkProgress, type ProgressMode } from "../../scripts/check-progress.ts";
import { checkReport } from "../reports/check-document.ts";

/** What is written while targets are done, one every 100 ms. */
function told(mode: ProgressMode, isTerminal: boolean, targets: number): readonly string[] {
  const lines: string[] = [];
  let now = 0;
  const progress = checkProgress(mode, { write: (text) => lines.push(text), isTerminal, now: () => now });
  for (let done = 1; done <= targets; done += 1) {
    now += 100;
    progress.show({ targets, done, fails: 1 });
  }
  progress.end();
  return lines;
}

describe("progress", () => {
  it("is one line on a terminal, at most four times a second", () => {
    const lines = told("auto", true, 20);
    expect(lines[0]).toBe("\r\u001b[K1/20 targets · 1 FAIL · about 2 s left");
    expect(lines.at(-2)).toBe("\r\u001b[K20/20 targets · 1 FAIL · about 0 s left");
    expect(lines.at(-1)).toBe("\r\u001b[K");
    // Two seconds, and the last one.
    expect(lines.length).toBeLessThanOrEqual(2 + 8 + 1);
  });

  it("is a line every ten seconds elsewhere", () => {
    expect(told("auto", false, 99)).toEqual([]);
    expect(told("plain", true, 250)).toEqual([
      "100/250 targets · 1 FAIL · about 15 s left\n",
      "200/250 targets · 1 FAIL · about 5 s left\n",
    ]);
  });

  it("is one JSON object a line, and its last says all", () => {
    const lines = told("json", true, 20).map((line) => JSON.parse(line) as unknown);
    expect(lines[0]).toEqual({ event: "progress", targets: 20, done: 1, fails: 1, secondsLeft: 2 });
    expect(lines.at(-1)).toMatchObject({ done: 20, secondsLeft: 0 });
  });

  it("is nothing where nothing is wanted", () => expect(told("none", true, 200)).toEqual([]));
});

describe("what stands beside a result that is not for people", () => {
  const told = (mode: ProgressMode): string => {
    let text = "";
    const progress = checkProgress(mode, { write: (more) => (text += more), isTerminal: false, now: () => 0 });
    progress.note("logging-unbroken is left out: --no-history.");
    progress.leftOut("asff", "1 results NOT_APPLICABLE");
    progress.counts(checkReport(), "high");
    return text;
  };

  it("are the counts, and what the policy changes", () => {
    for (const mode of ["plain", "none"] as const) {
      const lines = told(mode).split("\n");
      expect(lines[0]).toBe("logging-unbroken is left out: --no-history.");
      expect(lines[1]).toBe("asff: left out 1 results NOT_APPLICABLE.");
      expect(lines).toContain("policy: delivery-alive is disabled");
      expect(lines).toContain("policy: logs-complete is graded low");
      expect(lines.slice(-3)).toEqual([
        "FAIL 2 (1 at or above high) · UNKNOWN 1 · PASS 1 · NOT_APPLICABLE 1 · WAIVED 1",
        "targets evaluated 1 of 3 · exit 1",
        "",
      ]);
    }
  });

  it("are JSON objects where progress is JSON", () => {
    const events = told("json")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { readonly event: string });
    expect(events.map(({ event }) => event)).toEqual(["note", "left-out", "done"]);
    expect(events[2]).toMatchObject({ exitCode: 1, complete: true, failAtOrAbove: 1, verdicts: { WAIVED: 1 } });
  });
});
