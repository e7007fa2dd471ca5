import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Command, InvalidArgumentError } from "commander";
import { loadConfig } from "../server/config.ts";
import { jsonLog } from "../server/json-log.ts";
import { serveUntil } from "../server/main.ts";
import { requireAFolder } from "../server/sources/folder.ts";
import { exitCodes, guarded, interruption } from "./command.ts";
import { progressPrinter } from "./ingest-print.ts";
import { readVersion } from "./version.ts";

interface Flags {
  readonly port?: number;
  readonly folder?: readonly string[];
  readonly discover?: boolean;
  readonly since?: string;
  readonly data?: string;
  readonly config?: string;
}

export function serveCommand(): Command {
  return new Command("serve")
    .description("Read the logs, judge them, and serve the dashboard on this machine.")
    .option("--port <n>", "port, 0 for any free one (default 8080)", portNumber)
    .option("--folder <dir...>", "read downloaded logs; makes no AWS call unless --discover is given")
    .option("--discover", "read what AWS delivers beside the folders")
    .option("--since <time>", "how far back the first start reads: 30d, or a date")
    .option("--data <dir>", "data directory (default ./data)")
    .option("--config <file>", "configuration file (default bedrock-audit.yaml, if there)")
    .action((flags: Flags) => guarded(() => run(flags)));
}

async function run({ folder = [], discover, ...flags }: Flags): Promise<number> {
  const config = loadConfig(flags);
  const signal = interruption();
  const discovers = discover === true || folder.length === 0;
  if (!discovers) await requireAFolder(folder);
  const options = {
    config,
    folders: folder,
    discover: discovers,
    demo: false,
    version: readVersion(),
    webDir: findWeb(),
    log: jsonLog(),
    tell: (sentence: string) => console.error(sentence),
    onProgress: progressPrinter(),
  };
  await serveUntil(options, signal, (url) => console.log(`Dashboard: ${url}`));
  return exitCodes.done;
}

/** The built web: beside the built scripts, or in `dist` of a checkout. */
export function findWeb(): string | null {
  const places = ["../web/", "../dist/web/"].map((place) => fileURLToPath(new URL(place, import.meta.url)));
  return places.find((place) => existsSync(`${place}assets`)) ?? null;
}

export function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new InvalidArgumentError("Write a number from 0 to 65535.");
  return port;
}
