import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { explainLine } from "../../server/normalize/explain.ts";
import { testDeps } from "./deps.ts";

const folder = new URL("../golden/records/", import.meta.url);
const cases = readdirSync(new URL("input/", folder)).filter((name) => name.endsWith(".jsonl"));

test("there are golden records", () => {
  expect(cases.length).toBeGreaterThan(17);
});

test.each(cases)("%s reads as written down", (name) => {
  const lines = readFileSync(new URL(`input/${name}`, folder), "utf8").split("\n");
  const explained = lines.flatMap((line, index) => explainLine(index + 1, line, testDeps(), { content: true }));
  const text = `${JSON.stringify(explained, null, 1)}\n`;
  const expected = new URL(`output/${name.replace(".jsonl", ".json")}`, folder);
  const changed = new URL(`${expected.href}-changed`);
  rmSync(changed, { force: true });
  if (!existsSync(expected)) {
    expect(process.env["CI"], `${name} has no output yet`).toBeUndefined();
    writeFileSync(expected, text);
  }
  if (readFileSync(expected, "utf8") !== text) writeFileSync(changed, text);
  expect(text).toBe(readFileSync(expected, "utf8"));
});
