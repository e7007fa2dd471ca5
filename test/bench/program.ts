import { type ChildProcess, spawn, type SpawnOptions } from "node:child_process";
import path from "node:path";
import { compileInto } from "../compiled/compile.ts";
import { benched } from "../compiled/places.ts";

let compiling: Promise<void> | null = null;

/** Starts `test/bench/<name>.ts` as a build would run it: a loader of TypeScript takes time and memory that no user pays. */
export async function startProgram(
  name: string,
  given: readonly string[],
  { flags = [], ...options }: SpawnOptions & { readonly flags?: readonly string[] },
): Promise<ChildProcess> {
  await (compiling ??= compileInto(benched));
  const program = path.join(benched, "test/bench", `${name}.js`);
  return spawn(process.execPath, [...flags, "--disable-proto=delete", program, ...given], options);
}
