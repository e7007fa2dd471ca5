import { Command } from "commander";
import { openWaivers } from "../server/check-settings.ts";
import { loadConfig } from "../server/config.ts";
import { detect, type DetectRun } from "../server/detect.ts";
import { counted } from "../server/domain/counted.ts";
import type { Finding, FindingWaiver } from "../server/domain/finding.ts";
import { atLeast, severities, severityRank, type Severity } from "../server/domain/severity.ts";
import { visibleText } from "../server/domain/visible-text.ts";
import { isInForce, type Waiver } from "../server/domain/waiver.ts";
import { applyFindingWaivers, waiversOf } from "../server/findings/waivers.ts";
import { UserError } from "../server/lib/errors.ts";
import { safeJson } from "../server/lib/safe-json.ts";
import { priceBookOf } from "../server/setup-prices.ts";
import { existingStoreOf } from "../server/setup-store.ts";
import { targetCoverage } from "../server/store/catalog/coverage.ts";
import type { Store } from "../server/store/store.ts";
import { exitCodes, guarded, interruption, stderrLog } from "./command.ts";

interface Flags {
  readonly from?: string;
  readonly to?: string;
  readonly rule?: readonly string[];
  readonly json?: boolean;
  readonly failOn: string;
  readonly dryRun?: boolean;
  readonly waivers?: string;
  readonly data?: string;
  readonly config?: string;
}

/** Findings go to stdout, what was looked at to stderr; the exit code is set last. */
export function detectCommand(): Command {
  return new Command("detect")
    .description("Judge stored invocations; print the findings.")
    .option("--from <time>", "first day or time, 2026-11-01 or ISO 8601 (default: 24 hours before --to)")
    .option("--to <time>", "end of the range (default: now)")
    .option("--rule <id...>", "only these detections")
    .option("--json", "print one finding a line as JSON, ordered by id")
    .option(
      "--fail-on <severity>",
      `exit 1 for a finding at or above ${severities.toReversed().join(", ")}; or none`,
      "high",
    )
    .option("--waivers <file>", "YAML file of what was accepted (default: that of the setting check.waivers)")
    .option("--dry-run", "write nothing")
    .option("--data <dir>", "data directory (default ./data)")
    .option("--config <file>", "configuration file (default bedrock-audit.yaml, if there)")
    .action((flags: Flags) => guarded(() => run(flags)));
}

async function run(flags: Flags): Promise<number> {
  const failOn = thresholdOf(flags.failOn);
  const to = instantOf("--to", flags.to, Date.now());
  const from = instantOf("--from", flags.from, Date.parse(to) - 86_400_000);
  if (from >= to) throw new UserError("--from is not before --to", "Give a range that holds some time.");
  const config = loadConfig({ data: flags.data, config: flags.config });
  const waivers = openWaivers(flags.waivers ?? config.check.waivers, Date.now());
  const interrupted = interruption();
  const store = await existingStoreOf(config, stderrLog);
  try {
    const { batch: engine, catalog } = store;
    const prices = priceBookOf(config);
    const deps = { engine, catalog, clock: Date.now, log: stderrLog, policy: config.policy, prices };
    const options = { from, to, dryRun: flags.dryRun === true, signal: interrupted };
    const result = await detect(deps, flags.rule === undefined ? options : { ...options, rules: flags.rule });
    const now = Date.now();
    if (flags.dryRun !== true) await applyFindingWaivers(catalog, waivers, now);
    const accepted = acceptedBy(waivers, result.findings, now);
    print(result, accepted, flags.json === true);
    return exitCodeOf(result, accepted, failOn, await isComplete(store, to));
  } catch (error) {
    if (interrupted.aborted) return exitCodes.interrupted;
    throw error;
  } finally {
    await store.close();
  }
}

function thresholdOf(text: string): Severity | null {
  if (text === "none") return null;
  const severity = severities.find((name) => name === text);
  if (severity !== undefined) return severity;
  throw new UserError(
    `--fail-on ${JSON.stringify(text)} is no severity`,
    `Write one of ${severities.join(", ")}, none.`,
  );
}

function instantOf(flag: string, text: string | undefined, fallback: number): string {
  const at = text === undefined ? fallback : Date.parse(text);
  if (Number.isFinite(at)) return new Date(at).toISOString();
  throw new UserError(`${flag} ${JSON.stringify(text)} is no time`, "Write 2026-11-01 or 2026-11-01T12:00:00Z.");
}

/** Whether every account and region is read up to the end of the range. */
async function isComplete(store: Store, to: string): Promise<boolean> {
  const targets = await targetCoverage(store.catalog, Date.now());
  return targets.every(({ readThrough }) => readThrough !== null && readThrough >= to);
}

interface Accepted {
  /** The waiver of a finding, in force or not. */
  readonly byFinding: ReadonlyMap<string, FindingWaiver>;
  /** What became of the others, each a line. */
  readonly remarks: readonly string[];
}

/** Of the findings of this run: whether a waiver met others tells the dashboard. */
function acceptedBy(waivers: readonly Waiver[], findings: readonly Finding[], now: number): Accepted {
  const { byFinding, waivers: became } = waiversOf(findings, waivers, now);
  const told = new Map(became.given.map((waiver) => [waiver.id, waiver]));
  const words = (state: "expired" | "expiring", text: string) =>
    became[state].map(
      (id) => `waiver ${text}: ${id} for ${told.get(id)?.detection}, ${told.get(id)?.owner}, ${told.get(id)?.expires}`,
    );
  return {
    byFinding: new Map([...byFinding].map(([id, waiver]) => [id, ofFinding(waiver, now)])),
    remarks: [...words("expired", "expired"), ...words("expiring", "that expires soon")].map(visibleText),
  };
}

function ofFinding(waiver: Waiver, now: number): FindingWaiver {
  const { expires, id, owner, reason, ticket } = waiver;
  return { id, owner, reason, ticket, expires, inForce: isInForce(waiver, now) };
}

/** The first that applies; what is waived does not gate. */
function exitCodeOf(
  { findings, rules, records }: DetectRun,
  { byFinding }: Accepted,
  failOn: Severity | null,
  complete: boolean,
): number {
  const gating = findings.filter(({ id }) => byFinding.get(id)?.inForce !== true);
  if (failOn !== null && gating.some(({ severity }) => atLeast(severity, failOn))) return exitCodes.badNews;
  if (records === 0 || rules.every(({ health }) => health === "error")) return exitCodes.nothingDone;
  return complete && rules.every(({ health }) => health !== "error") ? exitCodes.done : exitCodes.inPart;
}

function print(
  { findings, rules, records, scanned, ran, saved }: DetectRun,
  { byFinding, remarks }: Accepted,
  json: boolean,
): void {
  if (json)
    for (const finding of findings) console.log(safeJson({ ...finding, waiver: byFinding.get(finding.id) ?? null }));
  else printGravestFirst(findings, byFinding);
  for (const { id, health, error } of rules.filter((rule) => rule.health !== "active")) {
    console.error(`${id}: ${health}${error === null ? "" : ` ${error}`}`);
  }
  for (const remark of remarks) console.error(remark);
  const waived = findings.filter(({ id }) => byFinding.get(id)?.inForce === true).length;
  console.error(
    `${String(ran)} of ${String(rules.length)} detections ran over ${counted(records, "record")}, ${String(scanned)} of them with text; ${counted(findings.length, "finding")}, ${String(waived)} waived, ${String(saved.opened)} new, ${String(saved.withdrawn)} withdrawn.`,
  );
}

function printGravestFirst(findings: readonly Finding[], byFinding: Accepted["byFinding"]): void {
  const ordered = findings.toSorted((a, b) => severityRank(b.severity) - severityRank(a.severity));
  for (const { severity, id, title, subject, bucket, records, summary } of ordered) {
    const when = bucket === "-" ? "standing" : bucket;
    console.log(`${severity.padEnd(13)} ${title}: ${visibleText(subject)} (${when}, ${counted(records, "record")})`);
    console.log(`              ${visibleText(summary)} [${id}]`);
    const waiver = byFinding.get(id);
    if (waiver !== undefined) console.log(`              ${visibleText(waiverText(waiver))}`);
  }
}

function waiverText({ expires, id, inForce, owner, reason, ticket }: FindingWaiver): string {
  const head = inForce ? `waived by ${id} until ${expires}` : `waiver ${id} ended with ${expires}`;
  return `${head} (${owner}, ${ticket}): ${reason}`;
}
