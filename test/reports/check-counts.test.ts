import fc from "fast-check";
import { expect, it } from "vitest";
import { type CheckReport, shownVerdict, type ShownVerdict } from "../../server/domain/compliance.ts";
import { atLeast } from "../../server/domain/severity.ts";
import type { CheckRenderOptions } from "../../server/reports/check-format.ts";
import { checkFormats } from "../../server/reports/check-list.ts";
import { plainOptions } from "./check-document.ts";
import { anyReport } from "./random-report.ts";

type Counts = Readonly<Record<ShownVerdict, number>>;

const verdicts = ["FAIL", "UNKNOWN", "PASS", "NOT_APPLICABLE", "WAIVED"] as const;

function rendered(id: string, report: CheckReport, options: CheckRenderOptions): string {
  const format = checkFormats.find((one) => one.id === id);
  if (format === undefined) throw new Error(`no format ${id}`);
  return format.render(report, options).text;
}

function counted(all: readonly string[]): Counts {
  const of = (verdict: ShownVerdict) => all.filter((one) => one === verdict).length;
  return Object.fromEntries(verdicts.map((verdict) => [verdict, of(verdict)])) as Counts;
}

/** `FAIL 1 (1 at or above high) · UNKNOWN 0 · …`. */
function line({ FAIL, NOT_APPLICABLE, PASS, UNKNOWN, WAIVED }: Counts): RegExp {
  return new RegExp(
    `FAIL ${FAIL}( \\(\\d+ at or above [a-z]+\\))? · UNKNOWN ${UNKNOWN} · PASS ${PASS} · NOT_APPLICABLE ${NOT_APPLICABLE} · WAIVED ${WAIVED}`,
  );
}

const total = (text: string, pattern: RegExp) =>
  [...text.matchAll(pattern)].reduce((sum, [, count]) => sum + Number(count), 0);

interface OcsfFinding {
  readonly status_id: number;
  readonly compliance: { readonly status_id: number };
  readonly unmapped: { readonly exit_code: number };
}

it("counts and exit code are the same in every format, whatever was found", () => {
  fc.assert(
    fc.property(anyReport, ({ gate, report }) => {
      const options = { ...plainOptions, failOn: gate.failOn };
      const expected = counted(report.results.map(shownVerdict));
      const { exitCode } = report.run;
      const text = (id: string) => rendered(id, report, options);
      expect(report.summary.verdicts).toEqual(expected);

      for (const id of ["text", "html", "github"]) {
        expect(text(id)).toMatch(line(expected));
        expect(text(id)).toMatch(new RegExp(`exit ${exitCode}\\b`));
      }
      expect(text("markdown")).toMatch(line(expected));
      expect(text("markdown")).toContain(`: exit ${exitCode}\n`);
      expect(JSON.parse(text("json"))).toMatchObject({ summary: { verdicts: expected }, run: { exitCode } });
      expect(JSON.parse(text("sarif"))).toMatchObject({
        runs: [{ invocations: [{ exitCode }], properties: { verdicts: expected } }],
      });

      const junit = text("junit");
      expect(total(junit, / failures="(\d+)"/g)).toBe(expected.FAIL);
      expect(total(junit, / errors="(\d+)"/g)).toBe(expected.UNKNOWN);
      expect(total(junit, / skipped="(\d+)"/g)).toBe(expected.NOT_APPLICABLE + expected.WAIVED);
      expect(total(junit, / tests="(\d+)"/g)).toBe(report.results.length);
      for (const [, code] of junit.matchAll(/name="exitCode" value="(\d+)"/g)) expect(Number(code)).toBe(exitCode);

      const ocsf = JSON.parse(text("ocsf")) as readonly OcsfFinding[];
      const names: Readonly<Record<number, ShownVerdict>> = {
        1: "PASS",
        2: "UNKNOWN",
        3: "FAIL",
        99: "NOT_APPLICABLE",
      };
      const shown = ocsf.map((one) => (one.status_id === 3 ? "WAIVED" : (names[one.compliance.status_id] ?? "")));
      expect(counted(shown)).toEqual(expected);
      for (const { unmapped } of ocsf) expect(unmapped.exit_code).toBe(exitCode);

      const asff = JSON.parse(text("asff")) as readonly { readonly ProductFields: Readonly<Record<string, string>> }[];
      const told = asff.map(({ ProductFields }) => ProductFields["bedrock-audit/verdict"] ?? "");
      expect(counted(told)).toEqual({ ...expected, NOT_APPLICABLE: 0 });

      const csv = text("csv").split("\r\n").slice(1, -1);
      expect(counted(csv.map((row) => row.split(",")[5]?.replaceAll('"', "") ?? ""))).toEqual(expected);
    }),
    { numRuns: 60 },
  );
});

it("the exit code is 1 exactly where the count of what gates is not 0", () => {
  fc.assert(
    fc.property(anyReport, ({ gate: { failOn }, report: { results, run, summary } }) => {
      const gating = results.filter(
        (result) =>
          failOn !== null &&
          shownVerdict(result) === "FAIL" &&
          result.baseline === null &&
          atLeast(result.severity, failOn),
      );
      expect(summary.failAtOrAbove).toBe(gating.length);
      expect(run.exitCode === 1).toBe(gating.length > 0);
      if (run.exitCode === 0) expect(summary.targets.evaluated).toBeGreaterThan(0);
    }),
  );
});
