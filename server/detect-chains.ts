import type { Evidence, Finding } from "./domain/finding.ts";
import { findingOf } from "./detect-finding.ts";
import type { DetectDeps, RuleRun } from "./detect-run.ts";
import { chained, type Chain, type ChainHit } from "./detections/chain-rule.ts";
import type { Hit } from "./detections/detection-rule.ts";
import { judgedDays } from "./detections/run-rule.ts";
import { supportOf } from "./detections/support.ts";
import { canonicalJson } from "./lib/canonical-json.ts";
import { errorCode } from "./lib/errors.ts";
import { sql } from "./store/sql.ts";

interface Range {
  readonly from: string;
  readonly to: string;
  readonly signal?: AbortSignal;
}

export interface JudgedChain {
  readonly chain: Chain;
  readonly days: { readonly firstDay: string; readonly lastDay: string };
  readonly run: RuleRun;
  /** Null: the chain could not be judged, and what it found before stays as it is. */
  readonly findings: readonly Finding[] | null;
}

/** Who has an anchor of a chain on record on the days that are judged. */
export async function chainSubjects(
  { catalog }: DetectDeps,
  chains: readonly Chain[],
  range: Range,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const chain of chains) {
    const { firstDay, lastDay } = daysOf(chain, range);
    const rows = await catalog
      .selectFrom("findings")
      .select("subject")
      .distinct()
      .where("detection_id", "in", chain.links[1])
      .where("bucket", ">=", firstDay)
      .where("bucket", "<=", lastDay)
      .where("state", "!=", "withdrawn")
      .execute();
    found.push(...rows.map(({ subject }) => subject));
  }
  return found;
}

/** What the findings show together. They are all that is known of each of their subjects. */
export async function judgeChains(
  deps: DetectDeps,
  chains: readonly Chain[],
  findings: readonly Finding[],
  range: Range,
): Promise<readonly JudgedChain[]> {
  const judged: JudgedChain[] = [];
  for (const chain of chains) judged.push(await judgeChain(deps, chain, findings, range));
  return judged;
}

async function judgeChain(
  deps: DetectDeps,
  chain: Chain,
  known: readonly Finding[],
  range: Range,
): Promise<JudgedChain> {
  const started = deps.clock();
  const days = daysOf(chain, range);
  const run = (health: RuleRun["health"], error: string | null, findings: number): RuleRun => ({
    id: chain.id,
    health,
    error,
    findings,
    ms: deps.clock() - started,
  });
  try {
    const findings: Finding[] = [];
    for (const hit of chained(chain, known)) findings.push(await chainFinding(deps, chain, hit, range.signal));
    const hasPrices = deps.prices !== null || !chain.needs.includes("prices");
    return { chain, days, findings, run: run(hasPrices ? "active" : "no-prices", null, findings.length) };
  } catch (error) {
    range.signal?.throwIfAborted();
    const code = errorCode(error);
    deps.log.error({ event: "detection-failed", rule: chain.id, code });
    return { chain, days, findings: null, run: run("error", code, 0) };
  }
}

function daysOf({ withinHours }: Chain, { from, to }: Range): JudgedChain["days"] {
  return judgedDays({ windowHours: withinHours }, from, to);
}

async function chainFinding(
  deps: DetectDeps,
  chain: Chain,
  { links, ...story }: ChainHit<Finding>,
  signal: AbortSignal | undefined,
): Promise<Finding> {
  const hit: Hit = {
    ...story,
    severity: null,
    summary: `In this order: ${links.map(({ detectionId }) => detectionId).join(", ")}.`,
    records: sql`principal_key = ${story.subject}`,
    signals: null,
  };
  const support = await supportOf({ ...deps, ...(signal === undefined ? {} : { signal }) }, hit);
  const settings = canonicalJson({ links: chain.links, withinHours: chain.withinHours });
  const finding = findingOf({ ...chain, settings }, { hit, support, evidence: evidenceOf(links) });
  return { ...finding, related: links.map(({ id }) => id).sort() };
}

const maxEvidence = 50;

/** Of each link its best, so that each stands with its own evidence. */
function evidenceOf(links: readonly Finding[]): readonly Evidence[] {
  const share = Math.max(1, Math.floor(maxEvidence / links.length));
  return links.flatMap(({ evidence }) => evidence.slice(0, share)).slice(0, maxEvidence);
}
