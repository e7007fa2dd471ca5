import { readdirSync } from "node:fs";
import { expect, it } from "vitest";
import { frameworks, supportedBy } from "../../server/controls/frameworks.ts";
import { controls } from "../../server/controls/list.ts";
import { checkFormats } from "../../server/reports/check-list.ts";
import { checkReport, plainOptions } from "../reports/check-document.ts";

const requirements = frameworks.flatMap((framework) => framework.requirements);

it("every file of the folder is read, under its own name", () => {
  const files = readdirSync(new URL("../../server/controls/frameworks/", import.meta.url));
  expect(files.toSorted()).toEqual(frameworks.map(({ id }) => `${id}.json`).toSorted());
});

it("every control that is named exists, and none is without a requirement", () => {
  const named = new Set(requirements.flatMap((requirement) => requirement.controls));
  expect([...named].toSorted()).toEqual(controls.map(({ id }) => id).toSorted());
});

it("ids are given once, and so is each control of a requirement", () => {
  for (const list of [frameworks, ...frameworks.map((framework) => framework.requirements)])
    expect(new Set(list.map(({ id }) => id)).size).toBe(list.length);
  for (const { controls: ids } of requirements) expect(new Set(ids).size).toBe(ids.length);
});

it("these are mapped", () => {
  const all = frameworks.map(({ requirements: own, title }) => `${title}: ${own.map(({ id }) => id).join(", ")}`);
  expect(all).toEqual([
    "CIS v8: 8.2, 8.10",
    "EU AI Act: 12, 19(1), 26(6)",
    "PCI DSS: 10.5.1",
    "HIPAA Security Rule: 164.312(b), 164.316(b)(2)",
    "NYDFS: 500.06",
    "NIST SP 800-53: AU-2, AU-6, AU-9, AU-11, AU-12",
    "SOC 2: CC7.2, CC7.3",
    "ISO/IEC 27001: A.8.15, A.8.16",
    "ISO/IEC 42001: A.6.2.8",
    "NIST AI RMF: MEASURE 2.4, MANAGE 4.1",
  ]);
});

it("a PASS of fewer days supports nothing that wants more, unless records are kept as long", () => {
  const names = (over: Partial<Parameters<typeof supportedBy>[1]>) =>
    supportedBy("s3-log-retention", { verdict: "PASS", keptDays: 90, minimumDays: 30, ...over }).map(
      ({ requirement }) => requirement,
    );
  expect(names({})).toContain("8.10");
  expect(names({ keptDays: 89 })).not.toContain("8.10");
  expect(names({ keptDays: null })).not.toContain("8.10");
  expect(names({ keptDays: null, minimumDays: 90 })).toContain("8.10");
  expect(names({})).not.toContain("10.5.1");
  expect(names({ keptDays: "forever" })).toContain("10.5.1");
  expect(names({ verdict: "FAIL", keptDays: 7 })).toContain("10.5.1");
  expect(names({ keptDays: 1 })).toContain("AU-11");
});

it("no report claims that anything is compliant", () => {
  for (const { render } of checkFormats)
    expect(render(checkReport(), { ...plainOptions, verbose: true }).text).not.toMatch(/compliant|certified/i);
});
