import type { Finding } from "./domain/finding.ts";
import type { Policy } from "./domain/policy.ts";
import type { PriceLookup } from "./domain/price.ts";
import type { Detection } from "./detections/detection-rule.ts";
import { detections as allDetections } from "./detections/list.ts";
import { mappings } from "./detections/mappings.ts";
import { judgedDays, runRule, type JudgedHit } from "./detections/run-rule.ts";
import { escalated } from "./findings/escalation.ts";
import { findingId } from "./findings/identity.ts";
import { type Catalog, saveFindings, type Saved } from "./findings/save.ts";
import type { Clock } from "./lib/clock.ts";
import { errorCode, UserError } from "./lib/errors.ts";
import { sha256Hex } from "./lib/hash.ts";
import type { Log } from "./lib/log.ts";
import { instant, sql } from "./store/sql.ts";
import type { Engine } from "./store/store.ts";

export interface DetectDeps {
  readonly engine: Engine;
  readonly catalog: Catalog;
  readonly clock: Clock;
  readonly log: Log;
  readonly policy: Policy;
  /** Null: findings have no cost, and rules on cost find nothing. */
  readonly prices: PriceLookup | null;
}

export interface DetectOptions {
  /** ISO; `from` is in, `to` is not. Whole UTC days around them are judged. */
  readonly from: string;
  readonly to: string;
  /** Ids; default: all. */
  readonly rules?: readonly string[];
  /** Writes nothing. */
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
}

export type RuleHealth = "active" | "no-content" | "no-prices" | "no-policy" | "error";

export interface RuleRun {
  readonly id: string;
  readonly health: RuleHealth;
  /** Code of the error; null without. */
  readonly error: string | null;
  readonly findings: number;
  readonly ms: number;
}

export interface DetectRun {
  readonly id: string;
  readonly at: string;
  readonly from: string;
  readonly to: string;
  /** Rules that could be run. */
  readonly ran: number;
  readonly rules: readonly RuleRun[];
  /** Records in the range, and how many of them have a text that was read whole. */
  readonly records: number;
  readonly scanned: number;
  /** Ordered by id. */
  readonly findings: readonly Finding[];
  readonly saved: Saved;
}

interface Judged {
  readonly rule: Detection;
  readonly days: { readonly firstDay: string; readonly lastDay: string };
  readonly run: RuleRun;
  /** Null: the rule failed, and what it found before stays as it is. */
  readonly findings: readonly Finding[] | null;
}

/** Judges every day that the range touches, as a whole, with every rule; one that fails does not stop the others. */
export async function detect(deps: DetectDeps, options: DetectOptions): Promise<DetectRun> {
  const rules = chosenRules(options.rules);
  const { records, scanned } = await countRecords(deps, options);
  const standingTo = await standingEnd(deps, options);
  const judged: Judged[] = [];
  for (const rule of rules) {
    options.signal?.throwIfAborted();
    const range = { from: options.from, to: rule.bucket === "none" ? standingTo : options.to };
    judged.push(await judge(deps, rule, range, scanned > 0, options.signal));
  }
  const { findings, raised } = await withLinks(deps, judged);
  const at = deps.clock();
  const run = {
    id: sha256Hex(`${String(at)} ${String(await countRuns(deps))} ${options.from} ${options.to}`).slice(0, 16),
    at: new Date(at).toISOString(),
    from: options.from,
    to: options.to,
    ran: judged.filter(({ run: { health } }) => health !== "error").length,
    rules: judged.map(({ run: ruleRun }) => ruleRun),
    records,
    scanned,
  };
  const saved = options.dryRun === true ? nothingSaved : await save(deps, judged, [...findings, ...raised], run);
  const { opened, withdrawn } = saved;
  deps.log.info({ event: "detections-ran", rules: run.ran, findings: findings.length, opened, withdrawn });
  return { ...run, findings, saved };
}

async function countRuns({ catalog }: DetectDeps): Promise<number> {
  const row = await catalog
    .selectFrom("detect_runs")
    .select((select) => select.fn.countAll<number>().as("count"))
    .executeTakeFirst();
  return Number(row?.count ?? 0);
}

/** The findings of this run with their links, and those of other runs that it makes graver. */
async function withLinks(
  deps: DetectDeps,
  judged: readonly Judged[],
): Promise<{ readonly findings: readonly Finding[]; readonly raised: readonly Finding[] }> {
  const found = judged.flatMap(({ findings }) => findings ?? []);
  const ids = new Set(found.map(({ id }) => id));
  const known = (await knownFindings(deps, found)).filter(
    (finding) => !ids.has(finding.id) && !isJudged(finding, judged),
  );
  const all = escalated([...found, ...known], (id) => allDetections.find((rule) => rule.id === id)?.escalate ?? []);
  return {
    findings: all.filter(({ id }) => ids.has(id)).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    raised: all.filter((finding) => !ids.has(finding.id) && !known.includes(finding)),
  };
}

/** Whether this run looked where the finding stands: if it did not make it again, the finding is lost. */
function isJudged({ detectionId, bucket }: Finding, judged: readonly Judged[]): boolean {
  return judged.some(
    ({ rule, days, findings }) =>
      rule.id === detectionId &&
      findings !== null &&
      (bucket === "-" || (bucket >= days.firstDay && bucket <= days.lastDay)),
  );
}

/** A standing state is judged as of the newest record, whichever days were asked for. */
async function standingEnd({ engine }: DetectDeps, { from, to, signal }: DetectOptions): Promise<string> {
  const { rows } = await engine.query(
    sql`/* detect/newest-record */ select max(hour) + interval '1' hour as newest from rollups where dt >= ${from.slice(0, 10)}`,
    signal === undefined ? {} : { signal },
  );
  const newest = rows[0]?.["newest"];
  return typeof newest === "string" && newest > to ? newest : to;
}

const nothingSaved: Saved = { opened: 0, updated: 0, withdrawn: 0 };

function chosenRules(ids: readonly string[] | undefined): readonly Detection[] {
  if (ids === undefined) return allDetections;
  return ids.map((id) => {
    const rule = allDetections.find((known) => known.id === id);
    if (rule !== undefined) return rule;
    throw new UserError(
      `no detection is called ${JSON.stringify(id)}`,
      `Known are: ${allDetections.map((known) => known.id).join(", ")}.`,
    );
  });
}

async function judge(
  deps: DetectDeps,
  rule: Detection,
  { from, to }: { readonly from: string; readonly to: string },
  hasText: boolean,
  signal: AbortSignal | undefined,
): Promise<Judged> {
  const started = deps.clock();
  const days = judgedDays(rule, from, to);
  try {
    const hits = await runRule({ ...deps, ...(signal === undefined ? {} : { signal }) }, rule, from, to);
    const findings = hits.map((hit) => findingOf(rule, hit));
    const health = healthOf(rule, deps, hasText);
    const run = { id: rule.id, health, error: null, findings: findings.length, ms: deps.clock() - started };
    return { rule, days, findings, run };
  } catch (error) {
    signal?.throwIfAborted();
    const code = errorCode(error);
    deps.log.error({ event: "detection-failed", rule: rule.id, code });
    const run = { id: rule.id, health: "error" as const, error: code, findings: 0, ms: deps.clock() - started };
    return { rule, days, findings: null, run };
  }
}

function healthOf({ needs }: Detection, { policy, prices }: DetectDeps, hasText: boolean): RuleHealth {
  if (needs.includes("prices") && prices === null) return "no-prices";
  if (needs.includes("policy") && policy.residency.length === 0) return "no-policy";
  if (needs.includes("body") && !hasText) return "no-content";
  return "active";
}

function findingOf(rule: Detection, { hit, support, evidence }: JudgedHit): Finding {
  return {
    id: findingId(rule.id, hit.subject, hit.bucket),
    detectionId: rule.id,
    ruleVersion: rule.version,
    configHash: sha256Hex(`${rule.id}@${String(rule.version)} ${rule.settings}`).slice(0, 16),
    title: rule.title,
    severity: hit.severity ?? rule.severity,
    subject: hit.subject,
    bucket: hit.bucket,
    firstSeen: hit.firstSeen,
    lastSeen: hit.lastSeen,
    records: support.records,
    costUsd: support.costUsd,
    outcomes: support.outcomes,
    scanned: { of: support.records, records: support.scanned },
    evidence: [...evidence],
    related: [],
    mappings: [...(mappings.get(rule.id) ?? [])],
    summary: hit.summary,
  };
}

async function countRecords(
  { engine }: DetectDeps,
  { from, to, signal }: DetectOptions,
): Promise<{ records: number; scanned: number }> {
  const { rows } = await engine.query(
    sql`/* detect/count-records */
    select count(*) as records, count(*) filter (where input_body_state = 'inline') as scanned
    from invocations
    where dt between ${from.slice(0, 10)} and ${to.slice(0, 10)} and time >= ${instant(from)} and time < ${instant(to)}`,
    signal === undefined ? {} : { signal },
  );
  const { records, scanned } = (rows[0] ?? {}) as { records?: number; scanned?: number };
  return { records: records ?? 0, scanned: scanned ?? 0 };
}

/** Findings of all runs about the same subjects: what stands there raises what stands here, and the other way round. */
async function knownFindings({ catalog }: DetectDeps, findings: readonly Finding[]): Promise<readonly Finding[]> {
  const subjects = [...new Set(findings.map(({ subject }) => subject))].slice(0, maxSubjects);
  if (subjects.length === 0) return [];
  const rows = await catalog
    .selectFrom("findings")
    .select("body")
    .where("subject", "in", subjects)
    .where("state", "!=", "withdrawn")
    .execute();
  return rows.map(({ body }) => JSON.parse(body) as Finding);
}

/** SQLite takes 32,766 values in a statement. */
const maxSubjects = 30_000;

async function save(
  { catalog, clock }: DetectDeps,
  judged: readonly Judged[],
  findings: readonly Finding[],
  run: Omit<DetectRun, "findings" | "saved">,
): Promise<Saved> {
  const scopes = judged
    .filter((one) => one.findings !== null)
    .map(({ rule, days }) => ({ detectionId: rule.id, ...days, standing: rule.bucket === "none" }));
  const saved = await saveFindings(catalog, findings, scopes, clock());
  await catalog
    .insertInto("detect_runs")
    .values({
      id: run.id,
      at: Date.parse(run.at),
      from_at: Date.parse(run.from),
      to_at: Date.parse(run.to),
      ran: run.ran,
      body: JSON.stringify({ ...run, saved }),
    })
    .execute();
  return saved;
}
