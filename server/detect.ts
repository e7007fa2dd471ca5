import type { Finding } from "./domain/finding.ts";
import { chainSubjects, judgeChains, type JudgedChain } from "./detect-chains.ts";
import { findingOf } from "./detect-finding.ts";
import type { DetectDeps, RuleHealth, RuleRun } from "./detect-run.ts";
import type { Chain } from "./detections/chain-rule.ts";
import type { Detection } from "./detections/detection-rule.ts";
import { chains as allChains, detections as allDetections } from "./detections/list.ts";
import { judgedDays, runRule } from "./detections/run-rule.ts";
import { escalated } from "./findings/escalation.ts";
import { type JudgedScope, saveFindings, type Saved } from "./findings/save.ts";
import { errorCode, UserError } from "./lib/errors.ts";
import { sha256Hex } from "./lib/hash.ts";
import { instant, sql } from "./store/sql.ts";

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
  const { rules, chains } = chosenRules(options.rules);
  const { records, scanned } = await countRecords(deps, options);
  const standingTo = await standingEnd(deps, options);
  const judged: Judged[] = [];
  for (const rule of rules) {
    options.signal?.throwIfAborted();
    const range = { from: options.from, to: rule.bucket === "none" ? standingTo : options.to };
    judged.push(await judge(deps, rule, range, scanned > 0, options.signal));
  }
  const found = judged.flatMap(({ findings }) => findings ?? []);
  const known = await knownFindings(deps, judged, [
    ...found.map(({ subject }) => subject),
    ...(await chainSubjects(deps, chains, options)),
  ]);
  const chained = await judgeChains(deps, chains, [...found, ...known], options);
  const { findings, raised } = withLinks(found, known, chained);
  const ruleRuns = [...judged, ...chained].map(({ run: ruleRun }) => ruleRun);
  const at = deps.clock();
  const run = {
    id: sha256Hex(`${String(at)} ${String(await countRuns(deps))} ${options.from} ${options.to}`).slice(0, 16),
    at: new Date(at).toISOString(),
    from: options.from,
    to: options.to,
    ran: ruleRuns.filter(({ health }) => health !== "error").length,
    rules: ruleRuns,
    records,
    scanned,
  };
  const saved =
    options.dryRun === true
      ? nothingSaved
      : await save(deps, judgedScopes(judged, chained), [...findings, ...raised], run);
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

/** The findings of this run with their links, and those of other runs that it makes anew or graver. */
function withLinks(
  found: readonly Finding[],
  known: readonly Finding[],
  chained: readonly JudgedChain[],
): { readonly findings: readonly Finding[]; readonly raised: readonly Finding[] } {
  const made = chained.flatMap(({ findings }) => findings ?? []);
  const ids = new Set([
    ...found.map(({ id }) => id),
    ...chained.flatMap(({ days, findings }) =>
      (findings ?? []).filter((one) => isWithin(days, one)).map(({ id }) => id),
    ),
  ]);
  const all = escalated(
    [...found, ...made, ...known],
    (id) => [...allDetections, ...allChains].find((rule) => rule.id === id)?.escalate ?? [],
  );
  return {
    findings: all.filter(({ id }) => ids.has(id)).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    raised: all.filter((finding) => !ids.has(finding.id) && !known.includes(finding)),
  };
}

function isWithin(days: { readonly firstDay: string; readonly lastDay: string }, { bucket }: Finding): boolean {
  return bucket >= days.firstDay && bucket <= days.lastDay;
}

/** Whether this run looked where the finding stands: if it did not make it again, the finding is lost. */
function isJudged(finding: Finding, judged: readonly Judged[]): boolean {
  return judged.some(
    ({ rule, days, findings }) =>
      rule.id === finding.detectionId && findings !== null && (finding.bucket === "-" || isWithin(days, finding)),
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

function chosenRules(ids: readonly string[] | undefined): {
  readonly rules: readonly Detection[];
  readonly chains: readonly Chain[];
} {
  if (ids === undefined) return { rules: allDetections, chains: allChains };
  const known = [...allDetections, ...allChains].map(({ id }) => id);
  const unknown = ids.find((id) => !known.includes(id));
  if (unknown !== undefined) {
    throw new UserError(`no detection is called ${JSON.stringify(unknown)}`, `Known are: ${known.join(", ")}.`);
  }
  return {
    rules: allDetections.filter(({ id }) => ids.includes(id)),
    chains: allChains.filter(({ id }) => ids.includes(id)),
  };
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

/**
 * Findings of other runs about these subjects, but for those that this run judges anew: what stands there raises what stands here,
 * and the other way round.
 */
async function knownFindings(
  { catalog }: DetectDeps,
  judged: readonly Judged[],
  subjects: readonly string[],
): Promise<readonly Finding[]> {
  const distinct = [...new Set(subjects)].slice(0, maxSubjects);
  if (distinct.length === 0) return [];
  const rows = await catalog
    .selectFrom("findings")
    .select("body")
    .where("subject", "in", distinct)
    .where("state", "!=", "withdrawn")
    .execute();
  const made = new Set(judged.flatMap(({ findings }) => (findings ?? []).map(({ id }) => id)));
  return rows
    .map(({ body }) => JSON.parse(body) as Finding)
    .filter(
      (finding) =>
        !made.has(finding.id) && !isJudged(finding, judged) && !allChains.some(({ id }) => id === finding.detectionId),
    );
}

/** SQLite takes 32,766 values in a statement. */
const maxSubjects = 30_000;

/** What was looked at whole: a finding there that was not made again has lost its records. */
function judgedScopes(judged: readonly Judged[], chained: readonly JudgedChain[]): readonly JudgedScope[] {
  const ran = judged.filter(({ findings }) => findings !== null);
  const ids = new Set(ran.map(({ rule }) => rule.id));
  return [
    ...ran.map(({ rule, days }) => ({ detectionId: rule.id, ...days, standing: rule.bucket === "none" })),
    ...chained
      .filter(({ chain, findings }) => findings !== null && chain.links.flat().every((id) => ids.has(id)))
      .map(({ chain, days }) => ({ detectionId: chain.id, ...days, standing: false })),
  ];
}

async function save(
  { catalog, clock }: DetectDeps,
  scopes: readonly JudgedScope[],
  findings: readonly Finding[],
  run: Omit<DetectRun, "findings" | "saved">,
): Promise<Saved> {
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
