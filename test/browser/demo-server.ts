import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { api } from "../../server/domain/api.ts";
import { Status } from "../../server/domain/status.ts";
import { startDemo } from "../../scripts/demo/demo.ts";

/** A server with demo data, ready to be looked at. */
export interface RunningServer {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** A machine that does other things too reads the demo for minutes. */
export const patienceMs = 600_000;

/** The one at `BEDROCK_AUDIT_URL`, started by somebody else; else a small demo of our own, read, judged and checked. */
export async function startServer(): Promise<RunningServer> {
  const running = process.env["BEDROCK_AUDIT_URL"];
  if (running !== undefined) return { url: running.replace(/\/$/, ""), close: async () => undefined };
  const dataDir = mkdtempSync(join(tmpdir(), "bedrock-audit-browser-"));
  const demo = await startDemo({ seed: 7, days: 8, recordsPerDay: 350, port: 0, dataDir });
  const close = async () => {
    await demo.close();
    rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    await ready(demo.url);
  } catch (error) {
    await close();
    throw error;
  }
  return { url: demo.url, close };
}

async function ready(url: string): Promise<void> {
  const end = Date.now() + patienceMs;
  let last = "nothing";
  while (Date.now() < end) {
    const { detections, ingest, logging } = Status.parse(await (await fetch(url + api.status.path)).json());
    // What a slow machine had to read twice counts twice as done.
    const isRead = ingest !== null && ingest.state === "idle" && ingest.units > 0;
    if (isRead && detections !== null && logging !== null) return;
    last = JSON.stringify({ detections, ingest, logging });
    await sleep(500);
  }
  throw new Error(`the demo was not ready in time: ${last}`);
}
