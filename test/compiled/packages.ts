import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import * as duckdb from "@duckdb/node-api";
import { build, type Rolldown } from "vite";
import * as yaml from "yaml";
import { checkout, compiled } from "./places.ts";

/*
 * Half of the time in which a process starts is the loading of packages, file by file. Each of the dear ones is made one file, which
 * what is compiled finds before that in `node_modules`. They are made anew only when other versions are installed.
 */

/** Native code cannot be joined: it is found further up. */
const native = ["@duckdb/node-bindings"];
const folder = "node_modules";
const bundles = path.join(compiled, folder);
const stamp = path.join(bundles, "made-of");

function dearPackages(): string[] {
  const { dependencies } = JSON.parse(readFileSync(path.join(checkout, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  const isDear = /^(@aws-sdk\/.*|@duckdb\/node-api|commander|kysely|yaml|zod)$/;
  return Object.keys(dependencies).filter((name) => isDear.test(name));
}

/** What was made is made of these texts. */
function fingerprint(): string {
  const hash = createHash("sha256");
  for (const file of ["package-lock.json", "test/compiled/packages.ts"])
    hash.update(readFileSync(path.join(checkout, file)));
  return hash.digest("hex");
}

/** Of CommonJS: a bundler does not see what they export. */
const unseen: Readonly<Record<string, object>> = { "@duckdb/node-api": duckdb, yaml };

function entryOf(name: string): string {
  const exported = unseen[name];
  if (exported === undefined) return `export * from "${name}";`;
  const names = Object.keys(exported).filter((one) => one !== "default" && one !== "module.exports");
  return `import * as all from "${name}"; export const { ${names.join(", ")} } = all;`;
}

async function bundled(names: readonly string[]): Promise<readonly Rolldown.OutputChunk[]> {
  const entries = new Map(names.map((name) => [`\0${name}`, entryOf(name)]));
  const made = await build({
    configFile: false,
    logLevel: "error",
    root: checkout,
    plugins: [
      { name: "entries", resolveId: (id) => (entries.has(id) ? id : null), load: (id) => entries.get(id) ?? null },
    ],
    ssr: { noExternal: true, external: native },
    build: {
      ssr: true,
      write: false,
      minify: false,
      target: "node20",
      rolldownOptions: {
        input: Object.fromEntries(names.map((name) => [`${name}/index`, `\0${name}`])),
        output: { entryFileNames: "[name].mjs", chunkFileNames: "shared/[name]-[hash].mjs" },
      },
    },
  });
  const outputs = [made].flat() as Rolldown.RolldownOutput[];
  return outputs.flatMap(({ output }) => output).filter((one) => one.type === "chunk");
}

/** Whether a file, named from the folder of what is compiled, is theirs. */
export function isBundle(file: string): boolean {
  return file.startsWith(folder);
}

/** Puts them in their place at one stroke: another run of tests may be starting what is there. */
export async function bundlePackages(): Promise<void> {
  const wanted = fingerprint();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  const names = dearPackages();
  const fresh = `${bundles}-${process.pid}`;
  const put = (file: string, text: string) => {
    mkdirSync(path.dirname(path.join(fresh, file)), { recursive: true });
    writeFileSync(path.join(fresh, file), text);
  };
  for (const { code, fileName } of await bundled(names)) put(fileName, code);
  for (const name of names) put(`${name}/package.json`, JSON.stringify({ name, exports: "./index.mjs" }));
  put("made-of", wanted);
  rmSync(bundles, { recursive: true, force: true });
  renameSync(fresh, bundles);
}
