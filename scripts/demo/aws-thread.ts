import { once } from "node:events";
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { startWorker } from "../../server/lib/worker.ts";
import { startSimulatedAws } from "./aws/simulated-aws.ts";
import { demoWorld, type DemoWorldOptions } from "./world.ts";

/** The simulated AWS in a thread of its own: making traffic must not hold up the server that reads it. */
export async function startAwsThread(
  options: DemoWorldOptions,
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const worker = startWorker(new URL(import.meta.url), { workerData: options });
  const [url] = (await once(worker, "message")) as [string];
  return {
    url,
    async close() {
      await worker.terminate();
    },
  };
}

if (!isMainThread && parentPort !== null) {
  const aws = await startSimulatedAws(demoWorld(workerData as DemoWorldOptions), { clock: Date.now });
  parentPort.postMessage(aws.url);
}
