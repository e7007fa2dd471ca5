import { Worker, type WorkerOptions } from "node:worker_threads";

/** Starts a worker from a module that is `.ts` in a checkout and `.js` in a build: the extension of the caller's own `import.meta.url`. */
export function startWorker(module: URL, options: WorkerOptions): Worker {
  if (!module.pathname.endsWith(".ts")) return new Worker(module, options);
  // Node 20 cannot load TypeScript in a worker, not even with `execArgv`.
  const boot = `import(${JSON.stringify(import.meta.resolve("tsx/esm/api"))}).then(({ register }) => { register(); return import(${JSON.stringify(module.href)}); })`;
  return new Worker(boot, { ...options, eval: true });
}
