import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { reportFormats } from "../../server/domain/report.ts";
import { formats, renderReport } from "../../server/reports/list.ts";
import { handMade } from "./document.ts";

const folder = path.join(import.meta.dirname, "..", "golden", "reports");
const files = renderReport(handMade(), reportFormats);

/** Missing output is written, but fails where nobody would see it; a differing one is left beside it, to be read. */
function expectGolden(name: string, text: string): void {
  const file = path.join(folder, name);
  const changed = `${file}-changed`;
  rmSync(changed, { force: true });
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, text);
    expect(process.env["CI"], `${name} was missing`).toBeUndefined();
  }
  const golden = readFileSync(file, "utf8");
  if (golden !== text) writeFileSync(changed, text);
  expect(text).toBe(golden);
}

describe("a report written by hand", () => {
  it.each(files.map((file) => [file.name, file.text]))("is %s as it was read and approved", expectGolden);

  it("leaves no golden file that nobody makes", () => {
    const names = files.map(({ name }) => name).toSorted();
    const kept = readdirSync(folder).filter((name) => !name.endsWith("-changed"));
    expect(kept.toSorted()).toEqual(names);
  });

  it("gives the same bytes twice", () => {
    expect(renderReport(handMade(), reportFormats)).toEqual(files);
  });
});

describe("the list of formats", () => {
  it("is complete, and its files have names of their own", () => {
    expect(formats.map(({ id }) => id)).toEqual([...reportFormats]);
    expect(new Set(files.map(({ name }) => name)).size).toBe(files.length);
    for (const { name } of files) expect(name).toMatch(/^[a-z-]+\.[a-z]+$/);
  });
});
