import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Command } from "commander";
import { type RequestCounts, requestCounts } from "../server/aws/request-counts.ts";
import type { NamedPolicy } from "../server/check-settings.ts";
import { published } from "../server/check-publish.ts";
import { type Checked, checkWithSnapshot } from "../server/check.ts";
import type { Config } from "../server/config.ts";
import { type Baseline, baselineOf } from "../server/controls/baseline.ts";
import type { CheckReport } from "../server/domain/compliance.ts";
import { visibleText } from "../server/domain/visible-text.ts";
import { UserError } from "../server/lib/errors.ts";
import { safeJson } from "../server/lib/safe-json.ts";
import { checkMetrics, lastCompleteIn } from "../server/reports/check-metrics.ts";
import { policyPlace } from "../server/reports/policy-place.ts";
import { awsOf, checking, publishing } from "../server/setup.ts";
import { type Asked, askedOf } from "./check-asked.ts";
import { openDemoAws } from "./check-demo.ts";
import {
  askedOfEvidence,
  judgeEvidence,
  openEvidence,
  requireEmpty,
  requireNoAws,
  saveEvidence,
} from "./check-evidence.ts";
import { type CheckFlags, checkOptions, gateOf } from "./check-flags.ts";
import { openHistory } from "./check-history.ts";
import { dryRunText, explainText, listText } from "./check-listing.ts";
import { deliver, isColored, type OutputOptions, writeOutput, written } from "./check-output.ts";
import { checkProgress } from "./check-progress.ts";
import { exitCodes, guarded, interruption, stderrLog } from "./command.ts";
import { readVersion } from "./version.ts";
import { configOf } from "./where-flags.ts";

/** For the outputs of a run that was interrupted. */
const graceMs = 5_000;

/** The result goes to stdout, progress to stderr; the exit code is set last. */
export function checkCommand(): Command {
  return checkOptions().action((flags: CheckFlags) => guarded(() => run(flags)));
}

async function run(flags: CheckFlags): Promise<number> {
  if (flags.listControls === true) return print(listText());
  if (flags.explain !== undefined) return print(explainText(flags.explain));
  if (flags.format.length > 1 && flags.output === undefined)
    throw new UserError("several formats cannot share one output", "Name a folder with --output.");
  if (flags.from !== undefined) return judgeAgain(flags, flags.from);
  if (flags.now !== undefined) throw new UserError("--now is the clock of --from", "Name a folder with --from, too.");
  if (flags.save !== undefined) requireEmpty(flags.save);
  const config = configOf(flags);
  const asked = askedOf(flags, config, Date.now());
  if (flags.dryRun === true) return print(dryRunText(asked, config, flags.publish !== undefined));
  const progress = checkProgress(flags.progress);
  if (asked.leftOut !== null) progress.note(asked.leftOut);
  const signal = interruption({ graceMs });
  const requests = requestCounts();
  const { aws, close, publisher } = await openSide(config, flags, requests.note);
  const history = await openHistory(flags.demo === true && flags.data === undefined ? null : config);
  try {
    const checked = await checkWithSnapshot(
      {
        aws,
        clock: Date.now,
        random: (bytes) => randomBytes(bytes),
        log: stderrLog,
        earlierLooks: history.earlierLooks,
      },
      {
        accounts: flags.account ?? config.aws.accounts,
        organization: config.aws.organization,
        regions: flags.region ?? config.aws.regions,
        controls: asked.controls,
        roleName: config.aws.roleName,
        policy: asked.policy,
        accepted: asked.accepted,
        failOn: gateOf(flags),
        allowUnknown: flags.allowUnknown ?? [],
        tool: `bedrock-audit ${readVersion()}${flags.demo === true ? " demo" : ""}`,
        signal,
        onProgress: progress.show,
        ...(flags.maxRuntime === undefined ? {} : { maxRuntimeMs: flags.maxRuntime }),
        ...(flags.concurrency === undefined ? {} : { targetsAtOnce: flags.concurrency }),
      },
    );
    progress.end();
    const manifestSha256 = flags.save === undefined ? null : keepEvidence(flags, flags.save, { checked, asked });
    const judged = { ...(await history.compared(checked)), manifestSha256 };
    const { region: home, roleName } = config.publish.securityHub;
    const how = { aws: publisher, roleName, home, given: history.givenBy(checked), signal };
    const report = flags.publish === undefined ? judged : await published(judged, how);
    await deliver(report, outputOptions(flags, asked.policy), progress);
    if (flags.writeBaseline !== undefined) writeBaseline(flags.writeBaseline, report, asked.accepted.baseline);
    if (flags.metrics !== undefined) writeMetrics(flags.metrics, report, requests);
    await history.keep(report, checked, flags.account !== undefined || flags.region !== undefined);
    // Calls that nobody waits for any more would hold the process.
    if (!report.run.complete) setImmediate(() => process.exit(report.run.exitCode));
    return report.run.exitCode;
  } finally {
    progress.end();
    await history.close();
    await close();
  }
}

interface Kept {
  readonly checked: Checked;
  readonly asked: Asked;
}

function keepEvidence({ progress }: CheckFlags, folder: string, { asked, checked }: Kept): string {
  const manifestSha256 = saveEvidence(folder, checked, asked);
  const words = `evidence in ${visibleText(folder)}, manifest ${manifestSha256}`;
  process.stderr.write(`${progress === "json" ? safeJson({ evidence: folder, manifestSha256 }) : words}\n`);
  return manifestSha256;
}

/** AWS is not asked, no store is opened: what was seen is all that there is. */
async function judgeAgain(flags: CheckFlags, folder: string): Promise<number> {
  requireNoAws(flags);
  const saved = openEvidence(folder);
  const asked = askedOfEvidence(flags, saved);
  const progress = checkProgress(flags.progress);
  if (asked.leftOut !== null) progress.note(asked.leftOut);
  const report = judgeEvidence(saved, { ...asked, failOn: gateOf(flags), allowUnknown: flags.allowUnknown ?? [] });
  await deliver(report, outputOptions(flags, asked.policy), progress);
  if (flags.writeBaseline !== undefined) writeBaseline(flags.writeBaseline, report, asked.accepted.baseline);
  if (flags.metrics !== undefined) writeMetrics(flags.metrics, report, requestCounts());
  return report.run.exitCode;
}

async function openSide(config: Config, { demo }: CheckFlags, onRequest: RequestCounts["note"]) {
  const { accounts, organization } = config.aws;
  const chosen = { organization, onRequest, ...(accounts.length === 0 ? {} : { accounts }) };
  if (demo === true) return openDemoAws({ clock: Date.now, log: stderrLog, ...chosen });
  const aws = awsOf(config, stderrLog, undefined, { ...checking, onRequest });
  const publisher = awsOf(config, stderrLog, undefined, { ...publishing(config), onRequest });
  return { aws, publisher, close: async () => {} };
}

function writeMetrics(file: string, report: CheckReport, requests: RequestCounts): void {
  const before = existsSync(file) ? lastCompleteIn(readFileSync(file, "utf8")) : null;
  writeOutput(file, checkMetrics(report, requests.all(), before));
}

function writeBaseline(file: string, report: CheckReport, before: Baseline | null): void {
  writeOutput(file, `${JSON.stringify(baselineOf(report, before), null, 2)}\n`);
}

function outputOptions(flags: CheckFlags, policy: NamedPolicy): OutputOptions {
  return {
    formats: flags.format,
    folder: flags.output ?? null,
    color: isColored(flags.color, process.stdout),
    quiet: flags.quiet === true,
    verbose: flags.verbose === true,
    newOnly: flags.newOnly === true,
    failOn: gateOf(flags),
    policyPlace: placeOf(policy),
  };
}

/** Where the policy stands in the repository; null for one that ships with the program. */
function placeOf({ file }: NamedPolicy) {
  if (file === null) return null;
  const relative = path.relative(process.cwd(), file);
  const outside = relative.startsWith("..") || path.isAbsolute(relative);
  return policyPlace(outside ? path.basename(file) : relative.split(path.sep).join("/"), readFileSync(file, "utf8"));
}

async function print(text: string): Promise<number> {
  await written(text);
  return exitCodes.done;
}
