import { readdirSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { loadConfig } from "../../server/config.ts";
import { silentLog } from "../../server/lib/log.ts";
import { serve } from "../../server/main.ts";

/* The server as it is, over a store, in a process of its own that tells how it fares. */

/** What the server says of itself since it was asked before. */
export interface ServerStats {
  readonly rssMegabytes: number;
  /** In use after a collection: what grows here has leaked. */
  readonly heapMegabytes: number;
  readonly eventLoopP99Ms: number;
  readonly descriptors: number;
  /** Of the server's process alone, without its engines. */
  readonly cpuMs: number;
}

const [, , dataDir = "", ...folders] = process.argv;
const delay = monitorEventLoopDelay({ resolution: 10 });
const serving = await serve({
  config: loadConfig({ data: dataDir, port: 0 }, {}, null),
  folders,
  discover: false,
  demo: false,
  version: "bench",
  webDir: null,
  log: silentLog,
  tell: () => undefined,
});
delay.enable();

let before = process.cpuUsage();

function cpuMs(): number {
  const { system, user } = process.cpuUsage(before);
  before = process.cpuUsage();
  return Math.round((system + user) / 1_000);
}

function stats(): ServerStats {
  const eventLoopP99Ms = delay.percentile(99) / 1e6 - 10;
  delay.reset();
  return {
    rssMegabytes: Math.round(process.memoryUsage.rss() / 1e6),
    heapMegabytes: heapMegabytes(),
    eventLoopP99Ms: Math.max(0, Math.round(eventLoopP99Ms * 10) / 10),
    descriptors: openDescriptors(),
    cpuMs: cpuMs(),
  };
}

/** 0 where it was not started so that it can collect. */
function heapMegabytes(): number {
  if (globalThis.gc === undefined) return 0;
  globalThis.gc();
  return Math.round(process.memoryUsage().heapUsed / 1e6);
}

/** 0 where there is no /proc. */
function openDescriptors(): number {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return 0;
  }
}

process.on("message", (message) => {
  if (message === "stats") process.send?.(stats());
  else void serving.close().then(() => process.exit(0));
});
process.once("disconnect", () => process.exit(1));
process.send?.({ url: serving.url });
