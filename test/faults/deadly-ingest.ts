import promises from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { Worker } from "node:worker_threads";

/*
 * The ingest process with a reader that dies over files named `deadly`, and over events of a call of that name, as native code dies: by
 * a signal, in the midst of its work.
 */

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

const post = Object.getOwnPropertyDescriptor(Worker.prototype, "postMessage");
const postMessage = post?.value as (this: Worker, message: unknown, ...rest: []) => void;
Object.defineProperty(Worker.prototype, "postMessage", {
  ...post,
  value(this: Worker, message: { readonly chunk?: Uint8Array }, ...rest: []) {
    if (Buffer.from(message.chunk ?? []).includes(`\\"requestId\\":\\"deadly\\"`)) process.kill(process.pid, "SIGSEGV");
    return postMessage.call(this, message, ...rest);
  },
});
await import("../../server/supervised-ingest.ts");
