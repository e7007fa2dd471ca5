import { once } from "node:events";
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { startWorker } from "../../server/lib/worker.ts";
import type { Fault } from "../../scripts/demo/aws/faults.ts";
import { startSimulatedAws } from "../../scripts/demo/aws/simulated-aws.ts";
import { checkWorld } from "./check-world.ts";

/** When a call came, in milliseconds. */
export interface Arrival {
  readonly at: number;
  readonly account: string;
  readonly region: string;
  readonly service: string;
}

const latencyMs = 100;
/** Half of the calls of an account are refused as too fast. */
const throttledShare = 0.5;

/** AWS with a tenth of a second for each call, in a thread of its own. `throttled`: an account that is refused half of its calls. */
export async function startBenchAws(throttled: string | null): Promise<{
  readonly url: string;
  readonly arrivals: () => Promise<readonly Arrival[]>;
  readonly close: () => Promise<void>;
}> {
  const worker = startWorker(new URL(import.meta.url), { workerData: { throttled } });
  const [url] = (await once(worker, "message")) as [string];
  return {
    url,
    async arrivals() {
      worker.postMessage("arrivals");
      const [all] = (await once(worker, "message")) as [readonly Arrival[]];
      return all;
    },
    async close() {
      await worker.terminate();
    },
  };
}

if (!isMainThread && parentPort !== null) {
  const port = parentPort;
  const { throttled } = workerData as { throttled: string | null };
  const always = { api: "*", count: Infinity };
  const faults: readonly Fault[] = [
    { ...always, do: { kind: "delay", ms: latencyMs } },
    ...(throttled === null
      ? []
      : [{ ...always, match: throttled, share: throttledShare, do: { kind: "throttle" } } as const]),
  ];
  const arrivals: Arrival[] = [];
  const aws = await startSimulatedAws(checkWorld(Date.now()), {
    clock: Date.now,
    faults: { seed: 1, faults },
    onRequest: ({ account, region, service }) =>
      void arrivals.push({ at: performance.now(), account, region, service }),
  });
  port.on("message", () => port.postMessage(arrivals));
  port.postMessage(aws.url);
}
