import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";
import type { Fault } from "../../scripts/demo/aws/faults.ts";
import { simulatedCredentials } from "../../scripts/demo/aws/keys.ts";
import { startSimulatedAws } from "../../scripts/demo/aws/simulated-aws.ts";
import type { World } from "../../scripts/demo/aws/world.ts";
import { nodeArguments } from "../../server/lib/worker.ts";
import { account, now } from "../aws/small-world.ts";
import { here, worldOf } from "./kit.ts";

const script = nodeArguments(new URL("../../scripts/bedrock-audit", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** AWS APIs that were called. */
  readonly calls: readonly string[];
}

export interface CommandOptions {
  readonly world?: World;
  readonly faults?: readonly Fault[];
  /** Interrupts the program when it has called this API. */
  readonly interruptAt?: string;
  readonly signal?: NodeJS.Signals;
  readonly cwd?: string;
}

/** A folder that is gone after the test. */
export function aFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "check-command-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Runs `check` of the real program against the simulated AWS. */
export function command(args: readonly string[], over: CommandOptions = {}): Promise<Ended> {
  return program(["check", ...args], over);
}

/** Runs the real program against the simulated AWS. */
export async function program(args: readonly string[], over: CommandOptions = {}): Promise<Ended> {
  const faults = { seed: 1, faults: over.faults ?? [] };
  const simulated = await startSimulatedAws(over.world ?? worldOf({}), { clock: () => now, faults });
  onTestFinished(simulated.close);
  const { accessKeyId, secretAccessKey } = simulatedCredentials(account);
  const env = {
    PATH: process.env["PATH"],
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_ENDPOINT_URL: simulated.url,
    AWS_REGION: here,
  };
  const child = spawn(process.execPath, [...script, ...args], {
    cwd: over.cwd ?? aFolder(),
    env,
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const closed = new Promise<number | null>((resolve) => child.once("close", resolve));
  if (over.interruptAt !== undefined) {
    while (child.exitCode === null && !simulated.requests().some(({ api }) => api === over.interruptAt))
      await sleep(10);
    child.kill(over.signal ?? "SIGINT");
  }
  return { code: await closed, out, err, calls: simulated.requests().map(({ api }) => api) };
}
