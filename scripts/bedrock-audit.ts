#!/usr/bin/env -S node --disable-proto=delete
import { Command, CommanderError } from "commander";
import { errorCode, stackFrames } from "../server/lib/errors.ts";
import { exitCodes } from "./command.ts";
import { readVersion } from "./version.ts";

// The SDK's notice about the end of Node 20 would stand in every result's way.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";
// What this program writes is for its owner alone.
process.umask(0o077);

/** Each command is loaded when it is called: `--help` needs none of them. */
const commands: Record<string, () => Promise<Command>> = {
  serve: async () => (await import("./serve.ts")).serveCommand(),
  ingest: async () => (await import("./ingest.ts")).ingestCommand(),
  detect: async () => (await import("./detect.ts")).detectCommand(),
  check: async () => (await import("./check.ts")).checkCommand(),
  report: async () => (await import("./report.ts")).reportCommand(),
  doctor: async () => (await import("./doctor.ts")).doctorCommand(),
  demo: async () => (await import("./demo/demo.ts")).demoCommand(),
};

async function program(name: string | undefined): Promise<Command> {
  const all = new Command("bedrock-audit")
    .description("Audit and compliance dashboard over Amazon Bedrock model-invocation logs")
    .version(readVersion());
  const load = name === undefined ? undefined : commands[name];
  const loaded = load === undefined ? await Promise.all(Object.values(commands).map((open) => open())) : [await load()];
  for (const command of loaded) all.addCommand(command);
  forEachCommand(all, (command) => void command.exitOverride().showHelpAfterError("Add --help for the options."));
  return all;
}

function forEachCommand(command: Command, act: (command: Command) => void): void {
  act(command);
  for (const inner of command.commands) forEachCommand(inner, act);
}

/** A crash never reads as 0 or 1. */
function crash(error: unknown): never {
  console.error(`A fault of this program: ${errorCode(error)} at ${stackFrames(error)}`);
  process.exit(exitCodes.nothingDone);
}

process.on("uncaughtException", crash);

try {
  await (await program(process.argv[2])).parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) crash(error);
  process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
}
