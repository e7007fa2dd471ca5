import { expect, it } from "vitest";
import { parsePolicy } from "../../server/controls/policy-file.ts";
import { defaultPolicy, windowDays } from "../../server/controls/policy.ts";

it("an empty policy is the default one: 30 days", () => {
  expect(parsePolicy("p.yaml", "")).toEqual(defaultPolicy);
  expect(defaultPolicy).toMatchObject({ minimumDays: 30, basis: "kept", destinations: "any", regions: "strict" });
  expect(windowDays(defaultPolicy)).toBe(30);
  expect(windowDays(parsePolicy("p.yaml", "minimumDays: 365"))).toBe(90);
});

it("names the place of what it cannot read", () => {
  const told = (text: string) => {
    try {
      return parsePolicy("p.yaml", text);
    } catch (error) {
      return error instanceof Error ? error.message : error;
    }
  };
  expect(told("minimumDays: 90\nminimumDay: 1")).toMatch(/^p\.yaml:2: minimumDay: there is no such setting$/);
  expect(told("\n\nminimumDays: soon")).toMatch(/^p\.yaml:3: minimumDays: /);
  expect(told("controls:\n  s3-log-retention:\n    severity: dire")).toMatch(
    /^p\.yaml:3: controls\.s3-log-retention\.severity: /,
  );
  expect(told("a: [")).toMatch(/^p\.yaml:1: not readable as YAML/);
});
