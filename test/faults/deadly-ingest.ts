import promises from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";

/* The ingest process with a reader that dies over files named `deadly`, as native code dies: by a signal, in the midst of its work. */

const opened = new Map<string, number>();
const { open } = promises;

promises.open = (path, ...rest) => {
  const times = (opened.get(String(path)) ?? 0) + 1;
  opened.set(String(path), times);
  // It is opened once to be listed, then to be read.
  if (String(path).includes("deadly") && times > 1) process.kill(process.pid, "SIGSEGV");
  return open(path, ...rest);
};
syncBuiltinESMExports();
await import("../../server/supervised-ingest.ts");
