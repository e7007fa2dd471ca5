import type {
  CheckReport,
  ControlResult,
  Drift,
  DriftChange,
  GoneTarget,
  TargetResult,
  VerdictChange,
} from "../domain/compliance.ts";
import { type JsonChange, jsonChanges } from "../lib/json-changes.ts";

export interface Compared {
  readonly old: CheckReport;
  /**
   * What the old run saw, judged as today's is: by today's policy and program. null: it was not kept. Asked for only where one of them changed.
   */
  readonly rejudged: readonly ControlResult[] | null;
}

/** What is counted or listed anew by each run: that it differs is no change of a setting. */
const measured: ReadonlySet<string> = new Set([
  "usage",
  "delivery",
  "batches",
  "configEvents",
  "storeEvents",
  "callPeriods",
  "earlierLooks",
]);
const mostFacts = 50;

/** The report with what became of each result since the old run. Pure; `report` and `old` are of one scope. */
export function withDrift(report: CheckReport, { old, rejudged }: Compared): CheckReport {
  const before = byId(old.results);
  const again = rejudged === null ? null : byId(rejudged);
  const looked = new Set(old.targets.filter(isLookedAt).map(keyOf));
  const maker = makerOf(old, report);
  const drifts = report.results.map((result): Drift => {
    const was = before.get(result.id) ?? null;
    if (was === null) return appeared(result, { known: looked.has(keyOf(result)), again, maker });
    const facts = factChanges(was, result);
    const change = changeOf(was, result, facts.length > 0);
    return { change, by: change === "unchanged" ? null : causeOf(result, again, maker), facts: [...facts] };
  });
  return {
    ...report,
    results: report.results.map((result, at) => ({ ...result, drift: drifts[at] ?? null })),
    previous: { id: old.run.id, clock: old.run.clock },
    targetsGone: [...targetsGone(old.targets, report.targets)],
  };
}

/** The verdicts that are not as they were, in the order of the results, then those that are no more. `report` has its drift. */
export function verdictChanges(report: CheckReport, old: CheckReport, scope: string): readonly VerdictChange[] {
  const before = byId(old.results);
  const now = byId(report.results);
  const at = { runId: report.run.id, at: report.run.clock, scope };
  const changed = report.results.flatMap((result): VerdictChange[] => {
    const from = before.get(result.id)?.verdict ?? null;
    if (from === result.verdict || result.drift === null) return [];
    const { by, change } = result.drift;
    return [{ ...at, ...placeOf(result), change, by, from, to: result.verdict }];
  });
  const gone = old.results
    .filter(({ id }) => !now.has(id))
    .map((was): VerdictChange => ({ ...at, ...placeOf(was), change: "gone", by: null, from: was.verdict, to: null }));
  return [...changed, ...gone];
}

function placeOf({ account, control, id, region, resource }: ControlResult) {
  return { id, control, account, region, resource };
}

type ById = ReadonlyMap<string, ControlResult>;

function byId(results: readonly ControlResult[]): ById {
  return new Map(results.map((result) => [result.id, result]));
}

const keyOf = ({ account, region }: { readonly account: string; readonly region: string }): string =>
  `${account} ${region}`;

function isLookedAt({ state }: TargetResult): boolean {
  return state === "evaluated" || state === "unknown";
}

/** What of ours is not as it was; null: nothing. */
function makerOf(old: CheckReport, report: CheckReport): "policy" | "tool" | null {
  if (old.policy.sha256 !== report.policy.sha256) return "policy";
  return old.run.tool === report.run.tool ? null : "tool";
}

interface Causes {
  /** Whether the old run looked at its target. */
  readonly known: boolean;
  readonly again: ById | null;
  readonly maker: "policy" | "tool" | null;
}

function appeared(result: ControlResult, { again, known, maker }: Causes): Drift {
  if (!known) return { change: "target-appeared", by: "aws", facts: [] };
  if (maker === null) return { change: "new", by: "aws", facts: [] };
  return { change: "new", by: again === null ? null : again.has(result.id) ? maker : "aws", facts: [] };
}

function causeOf(result: ControlResult, again: ById | null, maker: Causes["maker"]): Drift["by"] {
  if (maker === null) return "aws";
  if (again === null) return null;
  const then = again.get(result.id);
  if (then !== undefined && isSame(then, result)) return maker;
  return then !== undefined && isTooShort(then) ? null : "aws";
}

/** What was looked at then does not reach over today's window. */
function isTooShort({ code, notes, unread }: ControlResult): boolean {
  const codes = [code, ...notes.map((note) => note.code), ...unread.map((fact) => fact.class)];
  return codes.includes("history-too-short");
}

function isSame(a: ControlResult, b: ControlResult): boolean {
  return a.verdict === b.verdict && a.code === b.code && a.severity === b.severity;
}

function changeOf(was: ControlResult, is: ControlResult, factsChanged: boolean): DriftChange {
  if (was.verdict === is.verdict) return factsChanged || !isSame(was, is) ? "facts-changed" : "unchanged";
  if (is.verdict === "UNKNOWN") return "lost-sight";
  if (was.verdict === "UNKNOWN") return "regained";
  if (is.verdict === "FAIL") return "regressed";
  return was.verdict === "FAIL" ? "resolved" : "facts-changed";
}

/** Of the settings that both runs read: what one of them could not see has not changed. */
function factChanges(was: ControlResult, is: ControlResult): readonly JsonChange[] {
  const before = settingsOf(was);
  const after = settingsOf(is);
  const changes: JsonChange[] = [];
  for (const [fact, fields] of after) {
    const old = before.get(fact);
    if (old !== undefined) changes.push(...jsonChanges(old, fields, fact, mostFacts - changes.length));
  }
  return changes;
}

/** What was read of each setting; one that several calls tell of is a list. */
function settingsOf({ evidence }: ControlResult): ReadonlyMap<string, unknown> {
  const settings = new Map<string, unknown[]>();
  for (const { errorCode, fact, fields } of evidence) {
    if (errorCode !== null || measured.has(fact.split(".")[0] ?? fact)) continue;
    settings.set(fact, [...(settings.get(fact) ?? []), fields]);
  }
  return new Map([...settings].map(([fact, all]) => [fact, all.length === 1 ? all[0] : all]));
}

function targetsGone(old: readonly TargetResult[], now: readonly TargetResult[]): readonly GoneTarget[] {
  const states = new Map(now.map((target) => [keyOf(target), target]));
  return old.filter(isLookedAt).flatMap((target): GoneTarget[] => {
    const is = states.get(keyOf(target));
    if (is !== undefined && isLookedAt(is)) return [];
    const { account, region, verdict } = target;
    return [{ account, region, reason: is === undefined ? "not-listed" : (is.code ?? is.state), verdict }];
  });
}
