import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { openAws } from "../server/aws/aws.ts";
import { check, selectControls } from "../server/check.ts";
import { type Config, loadConfig } from "../server/config.ts";
import { saveCheck } from "../server/controls/check-runs.ts";
import { collectors } from "../server/controls/collectors/list.ts";
import { controls as allControls } from "../server/controls/list.ts";
import { parsePolicy } from "../server/controls/policy-file.ts";
import { defaultPolicy } from "../server/controls/policy.ts";
import type { CheckReport } from "../server/domain/compliance.ts";
import { severities, type Severity } from "../server/domain/severity.ts";
import { visibleText } from "../server/domain/visible-text.ts";
import { UserError } from "../server/lib/errors.ts";
import type { CheckFormat } from "../server/reports/check-format.ts";
import { checkText } from "../server/reports/check-text.ts";
import { policyPlace } from "../server/reports/policy-place.ts";
import { dataPaths } from "../server/store/data-dir.ts";
import { openStore } from "../server/store/open-store.ts";
import { openDemoAws } from "./check-demo.ts";
import { deliver, formatList, formatNames, type OutputOptions, written } from "./check-output.ts";
import { checkProgress } from "./check-progress.ts";
import { exitCodes, guarded, interruption, stderrLog } from "./command.ts";
import { readVersion } from "./version.ts";

// Commander would make an empty text of null.
const none = "none";

interface Flags {
  readonly account?: readonly string[];
  readonly region?: readonly string[];
  readonly profile?: string;
  readonly roleName?: string;
  readonly externalId?: string;
  readonly policy?: string;
  readonly controls?: readonly string[];
  readonly excludeControls?: readonly string[];
  readonly failOn: Severity | typeof none;
  readonly allowUnknown?: readonly string[];
  readonly format: readonly CheckFormat[];
  readonly output?: string;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly newOnly?: boolean;
  readonly color: boolean;
  readonly maxRuntime?: number;
  readonly data?: string;
  readonly config?: string;
  readonly demo?: boolean;
  readonly listControls?: boolean;
  readonly explain?: string;
}

/** The result goes to stdout, progress to stderr; the exit code is set last. */
export function checkCommand(): Command {
  return new Command("check")
    .description("Is every account and region logging, and are the logs kept? Reads AWS, changes nothing.")
    .option("--account <id>", "account to look at; again for more (default: that of the credentials)", gathered)
    .option("--region <name>", "region to look at; again for more (default: all that are on)", gathered)
    .option("--profile <name>", "profile of the shared AWS configuration")
    .option("--role-name <name>", "role to assume in other accounts (default bedrock-audit)")
    .option("--external-id <id>", "external id that the role asks for")
    .option("--policy <file>", "YAML file of what is asked of the logs (default: kept 30 days)")
    .option("--controls <ids>", "only these, separated by commas", commaList)
    .option("--exclude-controls <ids>", "all but these", commaList)
    .option(
      "--fail-on <severity>",
      `exit 1 for a FAIL at or above ${severities.toReversed().join(", ")}; or none`,
      threshold,
      "high" as const,
    )
    .option("--allow-unknown <ids>", "controls whose UNKNOWN does not make the run partial", commaList)
    .option("--format <names>", `${formatNames.join(", ")}; several need --output`, formatList, [checkText])
    .option("--output <dir>", "write a file for each format here")
    .option("--quiet", "print only what is wrong")
    .option("--verbose", "print reasons and evidence of what is well, too")
    .option("--new-only", "hide what the baseline knows; it is counted all the same")
    .option("--no-color", "no colours, also on a terminal")
    .option("--max-runtime <time>", "end after this long, such as 90s or 10m", duration)
    .option("--data <dir>", "data directory (default ./data): the run is kept there, if there is a store")
    .option("--config <file>", "configuration file (default bedrock-audit.yaml, if there)")
    .option("--demo", "look at the simulated organisation of the demo, no AWS account is touched")
    .option("--list-controls", "print the controls")
    .option("--explain <control>", "print what a control asks, and why")
    .action((flags: Flags) => guarded(() => run(flags)));
}

async function run(flags: Flags): Promise<number> {
  if (flags.listControls === true) return print(listText());
  if (flags.explain !== undefined) return print(explainText(flags.explain));
  if (flags.format.length > 1 && flags.output === undefined)
    throw new UserError("several formats cannot share one output", "Name a folder with --output.");
  const config = configured(flags);
  const settings = flags.policy === undefined ? defaultPolicy : parsePolicy(flags.policy, readPolicy(flags.policy));
  const chosen = selectControls(flags.controls, settings).map(({ id }) => id);
  selectControls([...(flags.excludeControls ?? []), ...(flags.allowUnknown ?? []), ...chosen], settings);
  const signal = interruption();
  const { aws, close } = await openSide(config, flags);
  const progress = checkProgress();
  try {
    const report = await check(
      { aws, clock: Date.now, random: (bytes) => randomBytes(bytes), log: stderrLog },
      {
        accounts: flags.account ?? config.aws.accounts,
        regions: flags.region ?? config.aws.regions,
        controls: chosen.filter((id) => flags.excludeControls?.includes(id) !== true),
        roleName: config.aws.roleName,
        policy: { name: flags.policy === undefined ? "default" : path.basename(flags.policy), settings },
        failOn: gateOf(flags),
        allowUnknown: flags.allowUnknown ?? [],
        tool: `bedrock-audit ${readVersion()}${flags.demo === true ? " demo" : ""}`,
        signal,
        onProgress: progress.show,
        ...(flags.maxRuntime === undefined ? {} : { maxRuntimeMs: flags.maxRuntime }),
      },
    );
    progress.end();
    await deliver(report, outputOptions(flags));
    if (flags.demo !== true || flags.data !== undefined) await keep(report, config);
    // Calls that nobody waits for any more would hold the process.
    if (!report.run.complete) setImmediate(() => process.exit(report.run.exitCode));
    return report.run.exitCode;
  } finally {
    progress.end();
    await close();
  }
}

/** The demo knows nothing of the user's own settings. */
function configured({ account, config, data, demo, externalId, profile, region, roleName }: Flags): Config {
  for (const name of region ?? [])
    if (!/^[a-z]{2,6}(-[a-z]+){1,3}-\d{1,2}$/.test(name))
      throw new UserError(`${JSON.stringify(name)} is no region`, "Write it as us-east-1.");
  const flags = { config, data, profile, roleName, externalId, accounts: account, regions: region };
  return demo === true ? loadConfig({ data, accounts: account, regions: region }, {}, null) : loadConfig(flags);
}

async function openSide({ aws }: Config, { demo }: Flags) {
  const base = { clock: Date.now, log: stderrLog, ...(aws.accounts.length === 0 ? {} : { accounts: aws.accounts }) };
  if (demo === true) return openDemoAws(base);
  const opened = openAws({
    ...base,
    ...(aws.region === null ? {} : { region: aws.region }),
    ...(aws.profile === null ? {} : { profile: aws.profile }),
    ...(aws.endpoint === null ? {} : { endpoint: aws.endpoint }),
    ...(aws.externalId === null ? {} : { externalId: aws.externalId }),
    roleName: aws.roleName,
    sessionName: "bedrock-audit-check",
  });
  return { aws: opened, close: async () => {} };
}

function readPolicy(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new UserError(`${file} could not be read`, "Name a readable file with --policy.", { cause });
  }
}

function outputOptions(flags: Flags): OutputOptions {
  return {
    formats: flags.format,
    folder: flags.output ?? null,
    color: flags.color && process.stdout.isTTY && process.stdout.hasColors(),
    quiet: flags.quiet === true,
    verbose: flags.verbose === true,
    newOnly: flags.newOnly === true,
    failOn: gateOf(flags),
    policyPlace: placeOf(flags.policy),
  };
}

/** Where the policy stands in the repository; null for one that ships with the program. */
function placeOf(file: string | undefined) {
  if (file === undefined || !existsSync(file)) return null;
  const relative = path.relative(process.cwd(), file);
  const outside = relative.startsWith("..") || path.isAbsolute(relative);
  return policyPlace(outside ? path.basename(file) : relative.split(path.sep).join("/"), readPolicy(file));
}

/** A store that is there keeps the run; none is made. */
async function keep(report: CheckReport, { store: { dir } }: Config): Promise<void> {
  if (!existsSync(dataPaths(dir).catalog)) return;
  const store = await openStore({
    dataDir: dir,
    clock: Date.now,
    random: (bytes) => randomBytes(bytes),
    log: stderrLog,
  });
  try {
    await saveCheck(store.catalog, report);
  } finally {
    await store.close();
  }
}

async function print(text: string): Promise<number> {
  await written(text);
  return exitCodes.done;
}

function listText(): string {
  return allControls.map(({ id, severity, title }) => `${id}  ${severity}  ${title}\n`).join("");
}

function explainText(id: string): string {
  const [found] = selectControls([id], defaultPolicy);
  if (found === undefined) throw new UserError(`${visibleText(id)} is no control`, "Try --list-controls.");
  const { mayUse, requires, severity, title, why } = found;
  const actions = new Set(
    [...requires, ...mayUse].flatMap((fact) => collectors[fact].calls.map(({ action }) => action)),
  );
  return [
    `${title} (${id}, ${severity})`,
    why,
    `needs: ${requires.join(", ")}; may use: ${mayUse.join(", ")}`,
    `IAM actions: ${[...actions].toSorted().join(", ")}`,
    "",
  ].join("\n");
}

function gathered(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

function commaList(value: string): readonly string[] {
  return value.split(",").map((part) => part.trim());
}

function threshold(text: string): Severity | typeof none {
  if (text === none) return none;
  const severity = severities.find((name) => name === text);
  if (severity === undefined) throw new InvalidArgumentError(`Write one of ${severities.join(", ")}, none.`);
  return severity;
}

function gateOf({ failOn }: Flags): Severity | null {
  return failOn === none ? null : failOn;
}

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

function duration(text: string): number {
  const [, count, unit = ""] = /^(\d{1,5})([smh])$/.exec(text) ?? [];
  const ms = unitMs[unit];
  if (count === undefined || ms === undefined) throw new InvalidArgumentError("Write 90s, 10m or 1h.");
  return Number(count) * ms;
}
