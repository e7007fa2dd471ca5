import { type CheckReport, type ControlResult, type NotPublished, shownVerdict } from "../domain/compliance.ts";
import { type Severity, severityRank } from "../domain/severity.ts";
import { visibleText } from "../domain/visible-text.ts";
import type { CheckRenderOptions } from "./check-format.ts";
import { clipTo } from "./clip.ts";

/** FAIL or UNKNOWN, and nobody has accepted it. */
export function isBad(result: ControlResult): boolean {
  const verdict = shownVerdict(result);
  return verdict === "FAIL" || verdict === "UNKNOWN";
}

/** What a reader is to see; what is hidden stays counted. */
export function shownResults(
  { results }: CheckReport,
  { newOnly, quiet }: CheckRenderOptions,
): readonly ControlResult[] {
  return results.filter((result) => (!quiet || isBad(result)) && (!newOnly || result.baseline === null));
}

const weights = ["FAIL", "UNKNOWN", "WAIVED", "PASS", "NOT_APPLICABLE"];

/** FAIL, UNKNOWN, the accepted, the rest; the graver first. Among equals the order stays. */
export function worstFirst(results: readonly ControlResult[]): readonly ControlResult[] {
  return results.toSorted((a, b) => weightOf(a) - weightOf(b) || severityRank(b.severity) - severityRank(a.severity));
}

function weightOf(result: ControlResult): number {
  return weights.indexOf(shownVerdict(result));
}

/** `FAIL 1 (1 at or above high) · UNKNOWN 0 · …`: the five counts. */
export function countsLine({ summary }: CheckReport, failOn: Severity | null): string {
  const { failAtOrAbove, verdicts } = summary;
  const gate = failOn === null ? "" : ` (${failAtOrAbove} at or above ${failOn})`;
  return [
    `FAIL ${verdicts.FAIL}${gate}`,
    `UNKNOWN ${verdicts.UNKNOWN}`,
    `PASS ${verdicts.PASS}`,
    `NOT_APPLICABLE ${verdicts.NOT_APPLICABLE}`,
    `WAIVED ${verdicts.WAIVED}`,
  ].join(" · ");
}

/** `targets evaluated 1 of 1`: of all that are not excluded. */
export function targetsLine({ summary: { targets } }: CheckReport): string {
  return `targets evaluated ${targets.evaluated} of ${targets.total - targets.excluded}`;
}

/** What a reader must know beside the results: each a line of safe text. */
export function remarks(report: CheckReport): readonly string[] {
  const { allowedUnknown } = report.summary;
  return [
    ...leftOut(report),
    ...policyChanges(report),
    ...known(report),
    ...(["expired", "expiring", "unused"] as const).flatMap((state) => waiversTold(report, state)),
    ...gone(report),
    ...(allowedUnknown === 0 ? [] : [`UNKNOWN allowed: ${allowedUnknown}`]),
    ...(report.run.complete ? [] : ["The run ended before everything was looked at."]),
    ...published(report),
  ];
}

/** What Security Hub took, and each finding that it did not take, by its name. */
function published({ published: publication }: CheckReport): readonly string[] {
  if (publication === null) return [];
  const { archived, failed, forgotten, imported, notArchived } = publication;
  const aside = notArchived === null ? `${archived} archived` : `none archived: ${notArchived}`;
  return [
    `Security Hub: ${imported} findings imported, ${aside}`,
    ...failed.map((one) => notTaken(one, `not taken: ${one.code}. ${one.reason}`)),
    ...forgotten.map((one) =>
      notTaken(
        one,
        `stay active and are forgotten: the account is no longer looked at, and lets nobody in (${one.code}).`,
      ),
    ),
  ].map(visibleText);
}

function notTaken({ account, findings, region }: NotPublished, became: string): string {
  const names = findings.map((one) => `${one.control} ${one.region} ${one.resource}`);
  const more = names.length > mostNamed ? `; and ${names.length - mostNamed} more` : "";
  const where = `${account} ${region ?? "all regions"}`;
  return `Security Hub: ${findings.length} findings of ${where} ${became} ${names.slice(0, mostNamed).join("; ")}${more}`;
}

/** Of what failed alike; the JSON format has all. */
const mostNamed = 20;

const waiverWords = {
  expired: "waiver expired",
  expiring: "waiver that expires soon",
  unused: "waiver that met nothing",
} as const;

/** Each by its name, with who answers for it, why, and until when. */
function waiversTold({ waivers }: CheckReport, state: keyof typeof waiverWords): readonly string[] {
  return waivers[state].map((id) => {
    const given = waivers.given.find((waiver) => waiver.id === id);
    const head = `${waiverWords[state]}: ${id}`;
    if (given === undefined) return visibleText(head);
    const { control, expires, owner, reason, ticket } = given;
    return visibleText(`${head} for ${control}, until ${expires} (${owner}, ${ticket}): ${reason}`);
  });
}

/** Targets that the run before looked at, and this one did not. */
function gone({ previous, targetsGone }: CheckReport): readonly string[] {
  return targetsGone.map(({ account, reason, region, verdict }) =>
    visibleText(
      `since ${previous?.clock ?? "the last run"}: ${account} ${region} is gone (${reason}); it was ${verdict}`,
    ),
  );
}

/** Targets without a row: counted by account and reason, so that none is missing. */
function leftOut({ targets }: CheckReport): readonly string[] {
  const counts = new Map<string, number>();
  for (const { account, code, state } of targets) {
    if (state !== "excluded" && state !== "not-applicable") continue;
    const key = `${visibleText(account)}: ${visibleText(code ?? state)}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].map(([key, count]) => `${key}, ${count} ${count === 1 ? "region" : "regions"}`);
}

/** What the baseline knows: it is a FAIL and counted as one, and does not gate. */
function known({ results }: CheckReport): readonly string[] {
  const ends = results.flatMap(({ baseline }) => (baseline === null ? [] : [baseline.expires]));
  return ends.length === 0 ? [] : [visibleText(`in the baseline until ${ends[0] ?? ""}: ${ends.length} FAIL`)];
}

/** Controls that the policy switches off or grades anew, each a line of safe text. */
export function policyChanges({ policy }: CheckReport): readonly string[] {
  const { controls } = policy.settings;
  if (typeof controls !== "object" || controls === null) return [];
  return Object.entries(controls).flatMap(([id, change]: [string, unknown]) => {
    const { enabled, severity } = (change ?? {}) as { readonly enabled?: unknown; readonly severity?: unknown };
    if (enabled === false) return [`policy: ${visibleText(id)} is disabled`];
    return typeof severity === "string" ? [`policy: ${visibleText(id)} is graded ${visibleText(severity)}`] : [];
  });
}

/** Who accepted a result, until when; null: nobody. */
export function waiverText({ waiver }: ControlResult): string | null {
  if (waiver === null) return null;
  const { expires, id, owner, reason, ticket } = waiver;
  return visibleText(`Waived by ${id} until ${expires} (${owner}, ${ticket}): ${reason}`);
}

/** What stands behind a verdict, each part a line of safe text. */
export function details(result: ControlResult): readonly string[] {
  const { baseline, drift, frameworks, gaps, notes } = result;
  const waived = waiverText(result);
  return [
    ...(waived === null ? [] : [waived]),
    ...(baseline === null ? [] : [`in the baseline since ${baseline.since}, until ${baseline.expires}`]),
    ...driftTold(drift),
    ...gaps.map(gapText),
    ...notes.map(({ code, text }) => `note ${code}: ${text}`),
    ...frameworks.map(({ framework, requirement }) => `supports ${framework} ${requirement}`),
  ].map(visibleText);
}

const mostFacts = 10;
const longestValue = 200;

/** What became of a result, and each setting that is not as it was: its path, old and new. */
function driftTold(drift: ControlResult["drift"]): readonly string[] {
  if (drift === null || drift.change === "unchanged") return [];
  const { by, change, facts } = drift;
  const more = facts.length - mostFacts;
  return [
    `since the last run: ${change}${by === null ? "" : ` by ${by}`}`,
    ...facts.slice(0, mostFacts).map((fact) => `changed ${fact.path}: ${valueText(fact.old)} → ${valueText(fact.new)}`),
    ...(more > 0 ? [`changed: ${more} more settings`] : []),
  ];
}

function valueText(value: unknown): string {
  return value === null ? "none" : clipTo(longestValue, JSON.stringify(value) ?? "none");
}

/** `gap off 2026-09-03T10:00Z – …: up to 240 calls, by …`. */
export function gapText({ actor, from, invocations, isAtMost, kind, to }: ControlResult["gaps"][number]): string {
  const calls = invocations === null ? "calls unread" : `${isAtMost ? "up to " : ""}${invocations} calls`;
  return `gap ${kind} ${from} – ${to}: ${calls}${actor === null ? "" : `, by ${actor}`}`;
}
