import {
  shownVerdict,
  type CheckReport,
  type ControlResult,
  type ShownVerdict,
  type WaiverInForce,
} from "../domain/compliance.ts";
import type { ReportDocument } from "../domain/report.ts";
import { severityRank } from "../domain/severity.ts";
import { maxRows } from "./measures.ts";

type Controls = NonNullable<ReportDocument["controls"]>;

const told: readonly ShownVerdict[] = ["FAIL", "UNKNOWN"];
const worstFirst: readonly ShownVerdict[] = [...told, "WAIVED", "PASS", "NOT_APPLICABLE"];
const retentionControls: ReadonlySet<string> = new Set(["log-group-retention", "s3-log-retention"]);

/** What a check says, the worst first; each list is cut at the same length and counts what it leaves out. */
export function controlsOf(check: CheckReport): Controls {
  const bad = check.results.filter((result) => told.includes(shownVerdict(result))).toSorted(worst);
  const stores = check.results.filter(isStore).toSorted(worst);
  const changes = changesOf(check);
  return {
    checkedAt: check.run.finishedAt,
    complete: check.run.complete,
    policy: check.policy.name,
    verdicts: check.summary.verdicts,
    targets: check.summary.targets,
    rows: bad.slice(0, maxRows).map(rowOf),
    more: beyond(bad),
    retention: { rows: stores.slice(0, maxRows).map(storeOf), more: beyond(stores) },
    drift: {
      since: check.previous?.clock ?? null,
      rows: changes.slice(0, maxRows),
      more: beyond(changes),
    },
    waivers: waiversOf(check),
  };
}

function beyond(all: readonly unknown[]): number {
  return Math.max(0, all.length - maxRows);
}

/** By what is shown, then the gravest; what the check said stays in its own order. */
function worst(a: ControlResult, b: ControlResult): number {
  const rank = (result: ControlResult) => worstFirst.indexOf(shownVerdict(result));
  return rank(a) - rank(b) || severityRank(b.severity) - severityRank(a.severity);
}

function rowOf(result: ControlResult): Controls["rows"][number] {
  const { verdict, severity, control, title, account, region, resource, code, reason } = result;
  return { verdict, severity, control, title, account, region, resource, code, reason };
}

/** Of a destination that is not configured there is nothing to keep. */
function isStore({ control, verdict }: ControlResult): boolean {
  return retentionControls.has(control) && verdict !== "NOT_APPLICABLE";
}

function storeOf(result: ControlResult): Controls["retention"]["rows"][number] {
  const { account, region, resource, keptDays, readableDays } = result;
  return { account, region, resource, keptDays, readableDays, verdict: shownVerdict(result) };
}

type Change = Controls["drift"]["rows"][number];

/** What is not as it was in the run before, the targets that are gone last. */
function changesOf({ results, targetsGone }: CheckReport): readonly Change[] {
  const changed = results.toSorted(worst).flatMap((result): Change[] => {
    const { drift, title, account, region, resource } = result;
    if (drift === null || drift.change === "unchanged") return [];
    return [{ change: drift.change, by: drift.by, verdict: shownVerdict(result), title, account, region, resource }];
  });
  const gone = targetsGone.map(({ account, region, reason, verdict }): Change => {
    return { change: "target-gone", by: null, verdict, title: null, account, region, resource: reason };
  });
  return [...changed, ...gone];
}

const waiverStates = ["expired", "expiring", "unused", "used"] as const;

/** Each once: one that expires soon is in force too. Of an older run that was kept, what no result has is known by its id alone. */
function waiversOf({ waivers, results }: CheckReport): Controls["waivers"] {
  const stateOf = new Map<string, (typeof waiverStates)[number]>();
  for (const state of waiverStates) for (const id of waivers[state]) if (!stateOf.has(id)) stateOf.set(id, state);
  return [...stateOf].map(([id, state]) => {
    const covered = results.filter(({ waiver }) => waiver?.id === id);
    const told = waivers.given.find((waiver) => waiver.id === id) ?? covered[0]?.waiver ?? {};
    const { owner = null, reason = null, ticket = null, expires = null } = told as Partial<WaiverInForce>;
    return { id, state, covers: covered.length, owner, reason, ticket, expires };
  });
}
