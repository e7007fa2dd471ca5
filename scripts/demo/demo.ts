import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { loadConfig, type Config } from "../../server/config.ts";
import { counted } from "../../server/domain/counted.ts";
import type { IngestProgress } from "../../server/ingest.ts";
import { jsonLog } from "../../server/json-log.ts";
import { silentLog, type Log } from "../../server/lib/log.ts";
import { serve, type ServeOptions, serveUntil, type Serving } from "../../server/main.ts";
import { exitCodes, guarded, interruption } from "../command.ts";
import { progressPrinter } from "../ingest-print.ts";
import { findWeb, portNumber } from "../serve.ts";
import { readVersion } from "../version.ts";
import { simulatedCredentials } from "./aws/keys.ts";
import { startAwsThread } from "./aws-thread.ts";
import { accounts } from "./traffic/targets.ts";

export interface DemoOptions {
  readonly seed: number;
  readonly days: number;
  readonly recordsPerDay?: number;
  readonly port: number;
  /** Where the store is made. */
  readonly dataDir: string;
  readonly log?: Log;
  readonly tell?: (sentence: string) => void;
  readonly onProgress?: (progress: IngestProgress) => void;
}

function awsOf({ seed, days, recordsPerDay }: DemoOptions): ReturnType<typeof startAwsThread> {
  return startAwsThread({ seed, days, now: Date.now(), ...(recordsPerDay === undefined ? {} : { recordsPerDay }) });
}

/** A whole simulated organisation behind a real server. */
export async function startDemo(options: DemoOptions): Promise<Serving> {
  const aws = await awsOf(options);
  const serving = await serve(serverOf(aws.url, options)).catch(async (error: unknown) => {
    await aws.close();
    throw error;
  });
  return {
    ...serving,
    async close() {
      await serving.close();
      await aws.close();
    },
  };
}

/** The same until the signal, also where its catalog is set aside or replaced; `begun` is told each address. */
export async function serveDemo(
  options: DemoOptions,
  signal: AbortSignal,
  begun: (url: string) => void,
): Promise<void> {
  const aws = await awsOf(options);
  try {
    await serveUntil(serverOf(aws.url, options), signal, begun);
  } finally {
    await aws.close();
  }
}

function serverOf(endpoint: string, options: DemoOptions): ServeOptions {
  const { days, port, dataDir, log = silentLog, tell = () => undefined, onProgress } = options;
  return {
    config: demoConfig({ dataDir, port, endpoint, days }),
    folders: [],
    discover: true,
    demo: true,
    version: readVersion(),
    webDir: findWeb(),
    log,
    tell,
    credentials: simulatedCredentials(accounts.shop),
    ...(onProgress === undefined ? {} : { onProgress }),
  };
}

interface DemoSettings {
  readonly dataDir: string;
  readonly port: number;
  readonly endpoint: string;
  readonly days: number;
}

/** The user's own settings and environment have no say in the demo: it must never touch a real account. */
function demoConfig({ dataDir, port, endpoint, days }: DemoSettings): Config {
  const plain = loadConfig(
    { data: dataDir, port, endpoint, since: `${days}d`, accounts: Object.values(accounts) },
    {},
    null,
  );
  const { desk, lab } = accounts;
  const decided = { owner: "platform@example.com", expires: "2027-06-30" };
  return {
    ...plain,
    policy: {
      ...plain.policy,
      residency: [
        {
          match: { account: desk, region: "eu-central-1" },
          inferenceRegions: ["eu-central-1", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-3"],
          sourceRegions: ["eu-central-1", "eu-west-1"],
          global: "deny",
        },
      ],
      approved: [
        { principal: `${desk}/user/print-queue`, reason: "a device that cannot assume a role", ...decided },
        { principal: `${lab}/user/notebook-07`, reason: "a shared notebook", ...decided },
      ],
    },
  };
}

interface Flags {
  readonly port: number;
  readonly days: number;
  readonly seed: number;
  readonly data?: string;
}

const mostDays = 90;

export function demoCommand(): Command {
  return new Command("demo")
    .description("A dashboard over a simulated organisation: no AWS account is needed, and none is touched.")
    .option("--port <n>", "port, 0 for any free one", portNumber, 8080)
    .option("--days <n>", "days of simulated traffic", dayCount, 30)
    .option("--seed <n>", "another seed, another organisation", seedNumber, 7)
    .option("--data <dir>", "keep the store here (default: a temporary folder)")
    .action((flags: Flags) => guarded(() => run(flags)));
}

function dayCount(text: string): number {
  const days = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (days < 1 || days > mostDays) throw new InvalidArgumentError(`Write a number from 1 to ${mostDays}.`);
  return days;
}

function seedNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("Write a whole number.");
  return Number(text);
}

async function run({ port, days, seed, data }: Flags): Promise<number> {
  const signal = interruption();
  const temporary = data === undefined ? mkdtempSync(path.join(tmpdir(), "bedrock-audit-demo-")) : null;
  try {
    console.error(`Making ${counted(days, "day")} of simulated traffic of three accounts …`);
    const options = {
      seed,
      days,
      port,
      dataDir: data ?? temporary ?? "",
      log: jsonLog(),
      tell: (sentence: string) => console.error(sentence),
      onProgress: progressPrinter(),
    };
    await serveDemo(options, signal, (url) => console.log(`Dashboard with demo data: ${url}`));
  } finally {
    if (temporary !== null) rmSync(temporary, { recursive: true, force: true });
  }
  return exitCodes.done;
}
