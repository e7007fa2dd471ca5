import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openPolicy } from "../../server/check-settings.ts";
import { controls } from "../../server/controls/list.ts";
import { parsePolicy, shippedPolicy } from "../../server/controls/policy-file.ts";
import { defaultPolicy, profileNames, windowDays } from "../../server/controls/policy.ts";

const ids = controls.map(({ id }) => id);
const parsed = (text: string) => parsePolicy("p.yaml", text, ids);

function told(text: string): unknown {
  try {
    return parsed(text);
  } catch (error) {
    return error instanceof Error ? error.message : error;
  }
}

describe("a policy", () => {
  it("without a word is the default one: 30 days", () => {
    expect(parsed("")).toEqual(defaultPolicy);
    expect(defaultPolicy).toEqual({
      minimumDays: 30,
      minimumReadableDays: 0,
      maximumDays: null,
      basis: "kept",
      destinations: "any",
      regions: "strict",
      requiredModalities: ["text"],
      requireComplete: false,
      windowDays: null,
      deliveryFailureTolerance: 0.01,
      completenessTolerance: 0.05,
      controls: {},
    });
  });

  it("looks back as long as records must be kept, at most 90 days, unless it says more", () => {
    expect(windowDays(defaultPolicy)).toBe(30);
    expect(windowDays(parsed("minimumDays: 365"))).toBe(90);
    expect(windowDays(parsed("minimumDays: 365\nwindowDays: 120"))).toBe(120);
    expect(windowDays(parsed("minimumDays: 0"))).toBe(1);
  });

  it("stands on another, setting by setting and control by control", () => {
    const text = [
      "extends: pci-dss-4",
      "minimumDays: 400",
      "controls:",
      "  delivery-alive: { enabled: false }",
      "  s3-log-retention: { severity: critical }",
    ].join("\n");
    expect(parsed(text)).toEqual({
      ...defaultPolicy,
      minimumDays: 400,
      minimumReadableDays: 90,
      controls: { "delivery-alive": { enabled: false }, "s3-log-retention": { enabled: true, severity: "critical" } },
    });
  });

  it.each([
    ["minimumDays: 90\nminimumDay: 1", "p.yaml:2: minimumDay: there is no such field"],
    ["\n\nminimumDays: soon", /^p\.yaml:3: minimumDays: /],
    ["minimumDays: 30.5", /^p\.yaml:1: minimumDays: /],
    ["minimumDays: -1", /^p\.yaml:1: minimumDays: /],
    ["windowDays: 456", /^p\.yaml:1: windowDays: /],
    ["deliveryFailureTolerance: 2", /^p\.yaml:1: deliveryFailureTolerance: /],
    ["requiredModalities: [text, smell]", /^p\.yaml:1: requiredModalities\.1: /],
    ["extends: iso", "p.yaml:1: extends: name one of default, cis-v8, eu-ai-act, pci-dss-4, nydfs, hipaa"],
    ["basis: read", /^p\.yaml:1: basis: /],
    ["extends: hipaa\nmaximumDays: 400", "p.yaml:2: maximumDays: it is below minimumDays"],
    [
      "minimumDays: 1\nminimumReadableDays: 9\nmaximumDays: 3",
      "p.yaml:3: maximumDays: it is below minimumReadableDays",
    ],
    ["controls:\n  s3-log-retention:\n    severity: dire", /^p\.yaml:3: controls\.s3-log-retention\.severity: /],
    ["controls:\n  s3-log-retention:\n    on: false", "p.yaml:3: controls.s3-log-retention.on: there is no such field"],
    ["controls:\n\n  s3-retention: {}", "p.yaml:3: controls.s3-retention: there is no such control"],
    ["minimumDays: 1\nminimumDays: 2", /^p\.yaml:\d: not readable as YAML \(DUPLICATE_KEY\)$/],
    ["- minimumDays", /^p\.yaml:1: \(file\): /],
    ["a: [", /^p\.yaml:1: not readable as YAML/],
  ])("names the place of what is wrong: %j", (text, message) => {
    const said = told(text);
    if (typeof message === "string") expect(said).toBe(message);
    else expect(said).toMatch(message);
  });
});

describe("the shipped policies", () => {
  it("ask for these days", () => {
    const days = profileNames.map((name) => {
      const { minimumDays, minimumReadableDays } = shippedPolicy(name);
      return [name, minimumDays, minimumReadableDays];
    });
    expect(days).toEqual([
      ["default", 30, 0],
      ["cis-v8", 90, 0],
      ["eu-ai-act", 184, 0],
      ["pci-dss-4", 365, 90],
      ["nydfs", 1_827, 0],
      ["hipaa", 2_192, 0],
    ]);
  });

  it("are the files of their folder", () => {
    const files = readdirSync(new URL("../../server/controls/profiles/", import.meta.url));
    expect(files.toSorted()).toEqual(profileNames.map((name) => `${name}.json`).toSorted());
  });

  it("are named on the command line, as a file is", () => {
    const folder = mkdtempSync(path.join(tmpdir(), "policy-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = path.join(folder, "ours.yaml");
    writeFileSync(file, "extends: cis-v8\nbasis: readable\n");
    expect(openPolicy("cis-v8")).toMatchObject({ name: "cis-v8", file: null, settings: { minimumDays: 90 } });
    expect(openPolicy(file)).toMatchObject({
      name: "ours.yaml",
      file,
      settings: { minimumDays: 90, basis: "readable" },
    });
    expect(() => openPolicy("cis-v9")).toThrow('"cis-v9" is no shipped policy');
    expect(() => openPolicy(path.join(folder, "none.yaml"))).toThrow("none.yaml could not be read: ENOENT");
  });
});
