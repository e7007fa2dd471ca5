import type { Evidence } from "../domain/finding.ts";
import type { Detection, Hit, ReadRange } from "./detection-rule.ts";
import { evidenceOf } from "./evidence.ts";
import type { RuleDeps } from "./rule-deps.ts";
import { supportOf, type Support } from "./support.ts";
import { dayMs, hourMs } from "./windows.ts";

/** A hit with what stands behind it. */
export interface JudgedHit {
  readonly hit: Hit;
  readonly support: Support;
  readonly evidence: readonly Evidence[];
}

/** Rows that one rule may look at before it gives up. */
const maxRows = 500_000;

/** The days whose findings change with records of `[from, to)`: those in it, and those whose windows reach into it. */
export function judgedDays(
  rule: Pick<Detection, "windowHours">,
  from: string,
  to: string,
): { readonly firstDay: string; readonly lastDay: string } {
  return {
    firstDay: isoDay(Date.parse(from) - rule.windowHours * hourMs),
    lastDay: isoDay(Date.parse(to) - 1),
  };
}

/** What the rule reads to judge these days. */
function readRange(rule: Detection, firstDay: string, lastDay: string): ReadRange {
  const from = Date.parse(firstDay) - rule.lookbackDays * dayMs;
  const to = Date.parse(lastDay) + dayMs + rule.windowHours * hourMs;
  return {
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    fromDay: isoDay(from),
    toDay: isoDay(to - 1),
    firstDay,
    lastDay,
  };
}

/** Judges the days of `[from, to)` as a whole: the answer depends on the store alone. Throws what the engine throws. */
export async function runRule(
  deps: RuleDeps,
  rule: Detection,
  from: string,
  to: string,
): Promise<readonly JudgedHit[]> {
  const { firstDay, lastDay } = judgedDays(rule, from, to);
  const range = readRange(rule, firstDay, lastDay);
  const options = { maxRows, ...(deps.signal === undefined ? {} : { signal: deps.signal }) };
  const { rows } = await deps.engine.query(rule.query(range), options);
  const hits = united(rule.judge(rows, { range, policy: deps.policy, prices: deps.prices }));
  const judged: JudgedHit[] = [];
  for (const hit of hits.filter(({ bucket }) => bucket === "-" || (bucket >= firstDay && bucket <= lastDay))) {
    judged.push({ hit, support: await supportOf(deps, hit), evidence: await evidenceOf(deps, rule, hit) });
  }
  return judged;
}

/** Hits of one subject and bucket are one finding: its span holds them all, and the gravest one speaks. */
function united(hits: readonly Hit[]): readonly Hit[] {
  const byFinding = new Map<string, Hit>();
  for (const hit of hits) {
    const key = `${hit.subject}\n${hit.bucket}`;
    const known = byFinding.get(key);
    byFinding.set(key, known === undefined ? hit : unite(known, hit));
  }
  return [...byFinding.values()];
}

function unite(a: Hit, b: Hit): Hit {
  const graver = a.severity === null && b.severity !== null ? b : a;
  return {
    ...graver,
    firstSeen: a.firstSeen < b.firstSeen ? a.firstSeen : b.firstSeen,
    lastSeen: a.lastSeen > b.lastSeen ? a.lastSeen : b.lastSeen,
  };
}

function isoDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
