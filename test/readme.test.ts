import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readWaivers } from "../server/check-settings.ts";
import { loadConfig } from "../server/config.ts";
import { parseModelMapping } from "../server/normalize/model-mapping.ts";
import { parseOverrides } from "../server/pricing/overrides.ts";

const readme = readFileSync(path.join(import.meta.dirname, "../README.md"), "utf8");
const examples = [...readme.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = ""]) => {
  const [, first = ""] = /^(\w+):/.exec(text) ?? [];
  return { first, text };
});
/** The waivers of the example end with the year. */
const now = Date.parse("2026-11-24T00:00:00Z");

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "bedrock-audit-readme-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Whether settings say something else than the defaults. */
function isSet(text: string): boolean {
  const config = path.join(folder, "settings.yaml");
  writeFileSync(config, text);
  return JSON.stringify(loadConfig({ config }, {})) !== JSON.stringify(loadConfig({}, {}, null));
}

/** What is no settings has a file of its own: whether an entry is read from it. */
const readers: Readonly<Record<string, (text: string) => boolean>> = {
  waivers: (text) => readWaivers("README.md", text, now).length > 0,
  models: (text) => parseModelMapping("README.md", text).size > 0,
  discountPercent: (text) => parseOverrides("README.md", text).prices.length > 0,
};

it.each(examples)("the example of $first in the README can be used as it stands", ({ first, text }) => {
  expect((readers[first] ?? isSet)(text)).toBe(true);
});

it("the README has an example of each file that a setting names, and of each list of settings", () => {
  const shown = new Set(examples.map(({ first }) => first));
  expect([...shown].toSorted()).toEqual(["discountPercent", "models", "policy", "reports", "sources", "waivers"]);
});
