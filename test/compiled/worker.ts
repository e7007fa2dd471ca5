import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type * as Worker from "../../server/lib/worker.ts";
import { checkout, compiled } from "./places.ts";

/* Stands in for `server/lib/worker.ts` in tests: starts the compiled twin of a module. */

const built = (await import(path.join(compiled, "server/lib/worker.js"))) as typeof Worker;

function twin(module: URL): URL {
  const file = path.relative(checkout, fileURLToPath(module)).replace(/\.ts$/, ".js");
  return pathToFileURL(path.join(compiled, file));
}

export const nodeArguments: typeof Worker.nodeArguments = (module) => built.nodeArguments(twin(module));

export const startWorker: typeof Worker.startWorker = (module, options) => built.startWorker(twin(module), options);
