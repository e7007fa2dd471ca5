import { Command, InvalidArgumentError } from "commander";
import { profileNames } from "../server/controls/policy.ts";
import { severities, type Severity } from "../server/domain/severity.ts";
import type { CheckFormat } from "../server/reports/check-format.ts";
import { checkText } from "../server/reports/check-text.ts";
import { formatList, formatNames } from "./check-output.ts";
import { type ProgressMode, progressModes } from "./check-progress.ts";
import { type WhereFlags, withWhereOptions } from "./where-flags.ts";

const publishPlaces = ["security-hub"] as const;
type PublishPlace = (typeof publishPlaces)[number];

// Commander would make an empty text of null.
const none = "none";

export interface CheckFlags extends WhereFlags {
  readonly policy?: string;
  readonly controls?: readonly string[];
  readonly excludeControls?: readonly string[];
  readonly severity?: Severity;
  readonly failOn: Severity | typeof none;
  readonly allowUnknown?: readonly string[];
  /** False: what was before now is not asked for. */
  readonly history: boolean;
  readonly waivers?: string;
  readonly baseline?: string;
  readonly writeBaseline?: string;
  readonly format: readonly CheckFormat[];
  readonly output?: string;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly newOnly?: boolean;
  readonly color: boolean;
  readonly progress: ProgressMode;
  readonly metrics?: string;
  readonly publish?: PublishPlace;
  readonly dryRun?: boolean;
  readonly maxRuntime?: number;
  readonly concurrency?: number;
  readonly save?: string;
  readonly from?: string;
  /** Milliseconds. */
  readonly now?: number;
  readonly listControls?: boolean;
  readonly explain?: string;
}

/** The command with its options, without what it does. */
export function checkOptions(): Command {
  const command = new Command("check").description(
    "Is every account and region logging, and are the logs kept? Reads AWS, changes nothing.",
  );
  return withWhereOptions(command)
    .option("--policy <file or name>", `YAML file of what is asked of the logs, or ${profileNames.join(", ")}`)
    .option("--controls <ids>", "only these, separated by commas", commaList)
    .option("--exclude-controls <ids>", "all but these", commaList)
    .option("--severity <severity>", "only controls at or above it", severityOf)
    .option(
      "--fail-on <severity>",
      `exit 1 for a FAIL at or above ${severities.toReversed().join(", ")}; or none`,
      threshold,
      "high" as const,
    )
    .option("--allow-unknown <ids>", "controls whose UNKNOWN does not make the run partial", commaList)
    .option("--waivers <file>", "YAML file of what was accepted, by whom and until when")
    .option("--baseline <file>", "FAILs that were known: until its end they do not decide the exit code, unless graver")
    .option("--write-baseline <file>", "write the FAILs of this run as a baseline of 90 days")
    .option("--format <names>", `${formatNames.join(", ")}; several need --output`, formatList, [checkText])
    .option("--output <dir>", "write a file for each format here")
    .option("--quiet", "print only what is wrong")
    .option("--verbose", "print reasons and evidence of what is well, too")
    .option("--new-only", "hide what the baseline knows; it is counted all the same")
    .option("--no-color", "no colours, also on a terminal")
    .option(
      "--progress <mode>",
      `${progressModes.join(", ")}: what is told on stderr meanwhile`,
      progressMode,
      "auto" as const,
    )
    .option("--metrics <file>", "write counts of the run as Prometheus text")
    .option(
      "--publish <place>",
      `${publishPlaces.join(", ")}: import the findings there, by a role of its own (setting publish.securityHub)`,
      publishPlace,
    )
    .option("--max-runtime <time>", "end after this long, such as 90s or 10m", duration)
    .option("--concurrency <targets>", "accounts × regions that are looked at at once (default 64)", atOnce)
    .option("--no-history", "do not ask CloudTrail: logging-unbroken is left out")
    .option("--data <dir>", "data directory (default ./data): the run is kept there, if there is a store")
    .option("--save <dir>", "write what was seen and said into this new folder, as evidence")
    .option("--from <dir>", "judge again what --save wrote, without network")
    .option(
      "--now <time>",
      "with --from: judge as of this time, such as 2026-09-15T12:00:00Z (default: when it was seen)",
      timeOf,
    )
    .option("--config <file>", "configuration file (default bedrock-audit.yaml, if there)")
    .option("--demo", "look at the simulated organisation of the demo, no AWS account is touched")
    .option("--dry-run", "print the AWS calls, the IAM policy that they need, and what is asked; calls nothing")
    .option("--list-controls", "print the controls")
    .option("--explain <control>", "print what a control asks, and why");
}

function commaList(value: string): readonly string[] {
  return value.split(",").map((part) => part.trim());
}

function severityOf(text: string): Severity {
  const severity = severities.find((name) => name === text);
  if (severity === undefined) throw new InvalidArgumentError(`Write one of ${severities.join(", ")}.`);
  return severity;
}

function threshold(text: string): Severity | typeof none {
  return text === none ? none : severityOf(text);
}

function progressMode(text: string): ProgressMode {
  const mode = progressModes.find((name) => name === text);
  if (mode === undefined) throw new InvalidArgumentError(`Write one of ${progressModes.join(", ")}.`);
  return mode;
}

function publishPlace(text: string): PublishPlace {
  const place = publishPlaces.find((name) => name === text);
  if (place === undefined) throw new InvalidArgumentError(`Write one of ${publishPlaces.join(", ")}.`);
  return place;
}

const mostAtOnce = 512;

function atOnce(text: string): number {
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > mostAtOnce) throw new InvalidArgumentError(`Write a number from 1 to ${mostAtOnce}.`);
  return count;
}

export function gateOf({ failOn }: CheckFlags): Severity | null {
  return failOn === none ? null : failOn;
}

function timeOf(text: string): number {
  const time = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z)?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw new InvalidArgumentError("Write it as 2026-09-15 or 2026-09-15T12:00:00Z.");
  return time;
}

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

function duration(text: string): number {
  const [, count, unit = ""] = /^(\d{1,5})([smh])$/.exec(text) ?? [];
  const ms = unitMs[unit];
  if (count === undefined || ms === undefined) throw new InvalidArgumentError("Write 90s, 10m or 1h.");
  return Number(count) * ms;
}
