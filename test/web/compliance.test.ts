import { describe, expect, it } from "vitest";
import { type CheckReport, type ControlResult, LoggingGap, type TargetResult } from "../../server/domain/compliance.ts";
import { cellsOf } from "../../web/compliance/answers.ts";
import { cellName, choiceOf, choose, controlHead, everyControl, foreignFilters } from "../../web/compliance/choose.ts";
import { fixesText } from "../../web/compliance/fixes.tsx";
import { gapCalls } from "../../web/compliance/gap-table.tsx";
import { daysWords } from "../../web/compliance/words.ts";
import { detectionRows, waiverRows } from "../../web/panels/waivers.tsx";
import { readUrl, writeUrl } from "../../web/url-state.ts";
import { aResult, checkReport, withResults } from "../reports/check-document.ts";

const report = checkReport();
const words = everyControl([], report);
const cell = cellsOf(report);
const chosenBy = (search: string) => choose({ controls: words, report, cell }, choiceOf(readUrl(search).state));
const target = (account: string, region: string): TargetResult => {
  const found = report.targets.find((one) => one.account === account && one.region === region);
  if (found === undefined) throw new Error(`no target ${account}/${region}`);
  return found;
};
const names = (targets: readonly TargetResult[]) => targets.map(({ account, region }) => `${account}/${region}`);

describe("a cell of the grid", () => {
  const home = target("111122223333", "us-east-1");
  const of = (...over: Partial<ControlResult>[]): CheckReport =>
    withResults(
      report,
      over.map((one) => aResult(one)),
    );

  it("shows the worst of its resources", () => {
    const worst = (...verdicts: ControlResult["verdict"][]) =>
      cellsOf(of(...verdicts.map((verdict) => ({ verdict }))))("s3-log-retention", home).verdict;
    expect(worst("PASS", "FAIL", "UNKNOWN")).toBe("FAIL");
    expect(worst("PASS", "UNKNOWN")).toBe("UNKNOWN");
    expect(worst("NOT_APPLICABLE", "PASS")).toBe("PASS");
  });

  it("shows a waived FAIL as waived, unless another resource fails without one", () => {
    expect(cell("logging-unbroken", home).verdict).toBe("WAIVED");
    const waived = report.results.find(({ waiver }) => waiver !== null)?.waiver ?? null;
    const both = cellsOf(of({ verdict: "FAIL", waiver: waived }, { verdict: "FAIL" }));
    expect(both("s3-log-retention", home).verdict).toBe("FAIL");
  });

  it("without a result is unknown, never a pass", () => {
    expect(cell("delivery-alive-2", home)).toMatchObject({ verdict: "UNKNOWN", results: [] });
    const unread = target("444455556666", "eu-west-1");
    expect(cell("logs-complete", unread)).toMatchObject({ verdict: "UNKNOWN", reason: "permission" });
  });

  it("of a control that the policy switches off does not apply, and says so", () => {
    expect(cell("delivery-alive", home)).toMatchObject({
      verdict: "NOT_APPLICABLE",
      reason: expect.stringContaining("policy"),
    });
  });
});

describe("what is chosen of a check", () => {
  it("is all of it without a filter: rows for what was looked at, the rest in the list with its reason", () => {
    const { rows, allRows, listed, controls } = chosenBy("");
    expect(names(rows)).toEqual(["111122223333/us-east-1", "444455556666/eu-west-1"]);
    expect(allRows).toBe(2);
    expect(listed.map(({ code }) => code)).toEqual(["region-disabled", "no-endpoint"]);
    expect(rows.length + listed.length).toBe(report.summary.targets.total);
    expect(controls.map(({ id }) => id)).toEqual([...new Set(report.results.map(({ control }) => control))]);
  });

  it.each([
    ["?account=111122223333", ["111122223333/us-east-1"]],
    ["?account=!111122223333", ["444455556666/eu-west-1"]],
    ["?region=eu-*", ["444455556666/eu-west-1"]],
    ["?verdict=UNKNOWN&control=s3-log-retention", ["444455556666/eu-west-1"]],
    ["?verdict=WAIVED", ["111122223333/us-east-1"]],
    ["?verdict=UNKNOWN&verdict=FAIL", ["111122223333/us-east-1", "444455556666/eu-west-1"]],
    ["?verdict=FAIL&control=invocation-logging-enabled", []],
  ])("by %s has the rows %j", (search, expected) => {
    const chosen = chosenBy(search);
    expect(names(chosen.rows)).toEqual(expected);
    expect(chosen.allRows).toBe(2);
  });

  it("has the controls that support a framework", () => {
    const ids = chosenBy("?framework=CIS%20v8").controls.map(({ id }) => id);
    expect(ids).toEqual(["invocation-logging-enabled", "s3-log-retention"]);
    expect(chosenBy("?framework=none").controls).toEqual([]);
  });

  it("leaves no number of a filter that says nothing about a check: it is named", () => {
    const { state } = readUrl("?model=x&account=111122223333");
    expect(foreignFilters(state.filters).map(({ field }) => field)).toEqual(["model"]);
  });

  it("stands in the address, and a word that is no verdict stops the page", () => {
    const search =
      "?v=1&from=now-24h&to=now&account=111122223333&open=a%2Fb%2Fc&control=x&control=y&verdict=FAIL&framework=CIS+v8";
    expect(readUrl(writeUrl(readUrl(search).state))).toEqual(readUrl(search));
    expect(readUrl("?verdict=GOOD").problems).toEqual([{ key: "verdict", value: "GOOD" }]);
  });
});

describe("words of a check", () => {
  it("name cells and columns", () => {
    expect(cellName("s3-log-retention", target("111122223333", "us-east-1"))).toBe(
      "s3-log-retention/111122223333/us-east-1",
    );
    expect(controlHead("s3-log-retention")).toBe("S3 log retention");
    expect(controlHead("logs-complete")).toBe("Logs complete");
  });

  it("never take days that are not known for none", () => {
    expect([daysWords(null), daysWords(0), daysWords(1), daysWords("forever")]).toEqual([
      "not known",
      "0 days",
      "1 day",
      "for ever",
    ]);
  });

  it("list the waivers of detections beside them, with how many findings each accepts", () => {
    const of = (id: string, covers: number) => ({
      id,
      covers,
      detection: "model-sweep",
      owner: "a@example.com",
      reason: "r",
      ticket: "T",
      expires: "2026-12-31",
    });
    const given = [of("W-1", 2), of("W-2", 0), of("W-3", 1)];
    const waivers = { used: ["W-1", "W-3"], expiring: ["W-3"], expired: ["W-2"], unused: [], given };
    expect(detectionRows(waivers).map(({ covers, id, state }) => [id, state, covers])).toEqual([
      ["W-2", "expired", []],
      ["W-3", "expiring", ["model-sweep, 1 finding"]],
      ["W-1", "used", ["model-sweep, 2 findings"]],
    ]);
    expect(detectionRows(null)).toEqual([]);
  });

  it("list each waiver once, what needs a person first", () => {
    const used = {
      ...report,
      waivers: {
        used: ["W-2026-014", "W-9"],
        expiring: ["W-9"],
        expired: ["W-1"],
        unused: ["W-2"],
        given: [
          { id: "W-1", control: "x", owner: "bob@example.com", reason: "r", ticket: "T-1", expires: "2026-09-01" },
        ],
      },
    };
    expect(waiverRows(used)[0]?.waiver).toMatchObject({ owner: "bob@example.com", expires: "2026-09-01" });
    expect(waiverRows(used)[2]?.waiver).toBeNull();
    expect(waiverRows(used).map(({ id, state }) => [id, state])).toEqual([
      ["W-1", "expired"],
      ["W-9", "expiring"],
      ["W-2", "unused"],
      ["W-2026-014", "used"],
    ]);
    const own = waiverRows(used).at(-1);
    expect(own).toMatchObject({ waiver: { ticket: "SEC-881" }, covers: ["Logging unbroken, 111122223333/us-east-1"] });
  });
});

describe("the calls of a gap", () => {
  it.each([
    [240, true, "up to 240 calls"],
    [240, false, "240 calls"],
    [1, false, "1 call"],
    [0, false, "no calls"],
    [null, false, "calls not known"],
  ])("%s, at most %s, are %s", (invocations, isAtMost, said) => expect(gapCalls({ invocations, isAtMost })).toBe(said));

  it("may be fewer where an older run did not tell", () => {
    const gap = { from: "2026-09-03T12:00:00.000Z", to: "2026-09-03T15:00:00.000Z", kind: "off", actor: null };
    expect(gapCalls(LoggingGap.parse({ ...gap, invocations: 240 }))).toBe("up to 240 calls");
  });
});

describe("the fixes that are copied into a shell", () => {
  const fix = (remediation: string, reason = "too short") => aResult({ verdict: "FAIL", reason, remediation });
  const linesOf = (...fixes: readonly ControlResult[]) => fixesText(fixes).split("\n");
  const head = "# 111122223333/us-east-1 s3-log-retention: too short";

  it("are commands below a comment", () => {
    const command = "aws logs put-retention-policy --log-group-name /b/log # Terraform: x";
    expect(linesOf(fix(command))).toEqual([head, command, ""]);
  });

  it("are comments alone where words mend it, line by line, whatever stands in them", () => {
    expect(linesOf(fix("Re-create the bucket.\nrm -rf /\n\naws s3 rb s3://logs"))).toEqual([
      head,
      "# Re-create the bucket.",
      "# rm -rf /",
      "# ",
      "# aws s3 rb s3://logs",
      "",
    ]);
    expect(linesOf(fix("awsome: name a bucket"))[1]).toBe("# awsome: name a bucket");
    expect(linesOf(fix("x", "a\nrm -rf /"))[0]).toMatch(/^# .*: a rm -rf \/$/);
  });
});
