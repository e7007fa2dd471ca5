import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { Worker, type WorkerOptions } from "node:worker_threads";

const fromSource = import.meta.url.endsWith(".ts");

/** Arguments with which Node runs a module in a process of its own: `.ts` in a checkout, `.js` in a build, named without either. */
export function nodeArguments(module: URL): readonly string[] {
  const loader = fromSource ? ["--import", createRequire(import.meta.url).resolve("tsx")] : [];
  return ["--disable-proto=delete", ...loader, `${fileURLToPath(module)}${fromSource ? ".ts" : ".js"}`];
}

/** Starts a worker from a module that is `.ts` in a checkout and `.js` in a build: the extension of the caller's own `import.meta.url`. */
export function startWorker(module: URL, options: WorkerOptions): Worker {
  if (!module.pathname.endsWith(".ts")) return new Worker(module, options);
  // Node 20 cannot load TypeScript in a worker, not even with `execArgv`.
  const boot = `import(${JSON.stringify(import.meta.resolve("tsx/esm/api"))}).then(({ register }) => { register(); return import(${JSON.stringify(module.href)}); })`;
  return new Worker(boot, { ...options, eval: true });
}
