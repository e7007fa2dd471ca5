import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { transformWithOxc } from "vite";
import type { TestProject } from "vitest/node";
import { bundlePackages, isBundle } from "./packages.ts";
import { checkout, compiled } from "./places.ts";

/*
 * Tests start processes and threads by the hundred. Through tsx each of them takes a second longer to begin than from a build, so all
 * that can be started is compiled before the first test, and again before tests that a change has started.
 */

const folders = ["server", "scripts", "test"];

function sources(): string[] {
  return folders.flatMap((folder) =>
    filesIn(path.join(checkout, folder))
      .filter((file) => /(?<!\.test)\.ts$|\.json$/.test(file))
      .map((file) => path.join(folder, file)),
  );
}

function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map(({ name, parentPath }) => path.relative(folder, path.join(parentPath, name)));
}

const outputOf = (source: string) => source.replace(/\.ts$/, ".js");

async function codeOf(source: string): Promise<string> {
  const file = path.join(checkout, source);
  const text = readFileSync(file, "utf8");
  if (!source.endsWith(".ts")) return text;
  return (await transformWithOxc(text, file, { sourcemap: false, typescript: { rewriteImportExtensions: true } })).code;
}

/** What is right already is not touched: another run of tests may be starting it. */
export async function compileInto(folder: string): Promise<void> {
  const all = ["package.json", ...sources()];
  mkdirSync(folder, { recursive: true });
  const known = new Set(filesIn(folder).filter((file) => !isBundle(file)));
  for (const source of all) {
    const [code, output] = [await codeOf(source), outputOf(source)];
    const to = path.join(folder, output);
    if (known.delete(output) && readFileSync(to, "utf8") === code) continue;
    mkdirSync(path.dirname(to), { recursive: true });
    writeFileSync(to, code);
  }
  for (const gone of known) rmSync(path.join(folder, gone));
}

export async function setup(project: TestProject): Promise<void> {
  const compileAll = () => compileInto(compiled);
  await Promise.all([bundlePackages(), compileAll()]);
  project.onTestsRerun(compileAll);
}
