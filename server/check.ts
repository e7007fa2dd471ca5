import type { ListedAccount } from "./aws/accounts.ts";
import { withAnswers } from "./aws/answers.ts";
import type { Aws } from "./aws/aws.ts";
import { classifyAlone } from "./aws/classify.ts";
import { catalogueDate } from "./aws/region-catalogue.ts";
import { explainIn, type History, openReads } from "./check-reads.ts";
import { type AccountScope, scopeOf, type ScopedRegion } from "./check-targets.ts";
import { collect } from "./controls/collect.ts";
import { type Accepted, nothingAccepted } from "./controls/conclude.ts";
import type { Reads } from "./controls/collectors/collector.ts";
import { byPlace, reportOf, type RunSnapshot } from "./controls/check-report.ts";
import type { AnyControl } from "./controls/control.ts";
import { countedWindow } from "./controls/counted.ts";
import { factsOf, factsWhereOn } from "./controls/judge.ts";
import { controls as allControls } from "./controls/list.ts";
import { type CheckPolicy, defaultPolicy } from "./controls/policy.ts";
import type { Gate } from "./controls/summary.ts";
import {
  type JudgedTarget,
  judgeTarget,
  type Judging,
  placeOf,
  type TargetSnapshot,
} from "./controls/target-snapshot.ts";
import type { CheckReport } from "./domain/compliance.ts";
import { canonicalJson } from "./lib/canonical-json.ts";
import { atMost } from "./lib/at-most.ts";
import type { Clock } from "./lib/clock.ts";
import { unlessAborted } from "./lib/concurrency.ts";
import { UserError } from "./lib/errors.ts";
import type { Log } from "./lib/log.ts";
import { type Random, ulid } from "./store/ulid.ts";

export { saveCheck } from "./controls/check-runs.ts";
export { compared } from "./controls/compare-runs.ts";
export { earlierLooks } from "./controls/earlier-looks.ts";
export type { History } from "./check-reads.ts";

export interface CheckDeps {
  readonly aws: Aws;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** What earlier runs saw; default: there is no store of ours. */
  readonly earlierLooks?: History;
}

export interface CheckProgress {
  readonly targets: number;
  readonly done: number;
  readonly fails: number;
}

export interface CheckOptions extends Gate {
  /** Empty: those of `aws`. */
  readonly accounts?: readonly string[];
  /** Every account of the caller's organisation is listed; default no. */
  readonly organization?: boolean;
  /** Empty: all. */
  readonly regions?: readonly string[];
  /** Ids; default all that the policy leaves on. */
  readonly controls?: readonly string[];
  readonly roleName?: string;
  readonly policy?: { readonly name: string; readonly settings: CheckPolicy };
  /** Waivers and baseline; default none. */
  readonly accepted?: Accepted;
  readonly tool: string;
  /** Ends the run; what was not looked at is UNKNOWN. */
  readonly signal?: AbortSignal;
  readonly maxRuntimeMs?: number;
  /** Default 64. */
  readonly targetsAtOnce?: number;
  readonly onProgress?: (progress: CheckProgress) => void;
}

const accountsAtOnce = 16;
const interrupted = 130;
/** CloudTrail tells of so many days: what was before the first change in them may be known to an earlier run. */
const trailDays = 90;
const hourMs = 3_600_000;

/** Ids of the controls that a run asks. Throws `UserError` for an id that is none. */
export function selectControls(ids: readonly string[] | undefined, policy: CheckPolicy): readonly AnyControl[] {
  const known = new Set(allControls.map(({ id }) => id));
  const wrong = [...(ids ?? []), ...Object.keys(policy.controls)].find((id) => !known.has(id));
  if (wrong !== undefined)
    throw new UserError(`${JSON.stringify(wrong)} is no control`, `Known are ${[...known].join(", ")}.`);
  const chosen = allControls.filter(
    ({ id }) => (ids === undefined || ids.includes(id)) && policy.controls[id]?.enabled !== false,
  );
  if (chosen.length === 0) throw new UserError("no control is left", "Select at least one.");
  return chosen;
}

/**
 * Looks at every region of every account and judges what it finds. Whatever could not be read stays in the report as UNKNOWN.
 * Throws `UserError` with exit code 3 where nobody can be asked at all.
 */
export async function check(deps: CheckDeps, options: CheckOptions): Promise<CheckReport> {
  return (await checkWithSnapshot(deps, options)).report;
}

export interface Checked {
  readonly report: CheckReport;
  /** What the report was judged from, and by. */
  readonly snapshot: RunSnapshot;
  readonly judging: Judging;
}

/** As `check`, with all that was seen. */
export async function checkWithSnapshot(deps: CheckDeps, options: CheckOptions): Promise<Checked> {
  const now = deps.clock();
  const policy = options.policy?.settings ?? defaultPolicy;
  const controls = selectControls(options.controls, policy);
  const judging = { controls, policy, now };
  const stop = stopSignal(options);
  const caller = await whoAmI(deps.aws, stop, options.signal);
  const window = countedWindow(judging);
  const run = { ...judging, window, clock: deps.clock };
  const { judged, targets } = caller === null ? nothing : await lookAtAll(deps, options, { ...run, caller }, stop);
  const finishedAt = deps.clock();
  const without = notAsked(judging);
  const snapshot: RunSnapshot = {
    run: {
      id: ulid(now, deps.random),
      startedAt: iso(now),
      finishedAt: iso(finishedAt),
      clock: iso(now),
      complete: !stop.aborted,
      caller,
      tool: options.tool,
      catalogueDate,
    },
    window: { from: iso(window.from), to: iso(window.to) },
    scope: runScope(caller ?? "", options, without),
    without,
    targets,
  };
  const { accepted = nothingAccepted, allowUnknown, failOn } = options;
  const policyName = options.policy?.name ?? "default";
  const report = reportOf(snapshot, judged, { ...judging, accepted, allowUnknown, failOn, policyName });
  const { results } = report;
  deps.log.info({ event: "check-done", targets: targets.length, results: results.length, ms: finishedAt - now });
  return { report: options.signal?.aborted === true ? interruptedReport(report) : report, snapshot, judging };
}

function interruptedReport(report: CheckReport): CheckReport {
  return { ...report, run: { ...report.run, exitCode: interrupted } };
}

/** Controls that the policy leaves on, and that were not asked. */
function notAsked({ controls, policy }: Judging): readonly string[] {
  const asked = new Set(controls.map(({ id }) => id));
  const ids = selectControls(undefined, policy).map(({ id }) => id);
  return ids.filter((id) => !asked.has(id)).toSorted();
}

/** What was asked for, in words that stay the same from run to run: controls that a policy switches off narrow nothing. */
function runScope(
  caller: string,
  { accounts = [], organization = false, regions = [] }: CheckOptions,
  without: readonly string[],
): string {
  const own = caller.split(":")[4] ?? "";
  return canonicalJson({
    accounts: accounts.length > 0 ? [...new Set(accounts)].toSorted() : [organization ? `organization of ${own}` : own],
    regions: [...new Set(regions)].toSorted(),
    without,
  });
}

interface Seen {
  readonly target: TargetSnapshot;
  readonly judged: JudgedTarget;
}

interface Looked {
  readonly judged: readonly JudgedTarget[];
  readonly targets: readonly TargetSnapshot[];
}

const nothing: Looked = { judged: [], targets: [] };

/** Without the list of the accounts nobody knows what is missing in a report; one that was interrupted says that it is not whole. */
async function listed(aws: Aws, { accounts = [], organization = false, signal }: CheckOptions, stop: AbortSignal) {
  const choice = { organization, ...(accounts.length === 0 ? {} : { accounts }) };
  try {
    return await unlessAborted(aws.listing(choice), stop);
  } catch (cause) {
    if (signal?.aborted === true) return [];
    const why = classifyAlone(cause);
    throw new UserError(
      `the organisation's accounts could not be listed: ${why.errorCode} (${why.class})`,
      "Grant organizations:ListAccounts in the management account or to a delegate, or name accounts without the organisation.",
      { cause, exitCode: 3 },
    );
  }
}

async function lookAtAll(
  { aws, earlierLooks = async () => null }: CheckDeps,
  options: CheckOptions,
  run: TargetRun,
  stop: AbortSignal,
): Promise<Looked> {
  const { onProgress, regions = [], roleName = "bedrock-audit", targetsAtOnce = 64 } = options;
  const accounts = await listed(aws, options, stop);
  const remembered = { from: Math.min(run.window.from, run.now - trailDays * 24 * hourMs), to: run.now };
  const scoping = atMost(accountsAtOnce);
  const looking = atMost(targetsAtOnce);
  const progress = { targets: 0, done: 0, fails: 0 };

  async function look(scope: AccountScope, region: ScopedRegion, reads: Reads | null): Promise<Seen> {
    const target = reads === null ? shutTarget(scope, region) : await openTarget(aws, scope, region, reads, run);
    const judged = judgeTarget(target, run);
    progress.done += 1;
    progress.fails += judged.results.filter(({ verdict }) => verdict === "FAIL").length;
    onProgress?.({ ...progress });
    return { target, judged };
  }

  // Accounts do not wait for each other: one that is slow holds up its own regions.
  async function lookAt(account: ListedAccount): Promise<readonly Seen[]> {
    const scope = await scoping(() => scopeOf(aws, account, { regions, roleName, stop, clock: run.clock }));
    progress.targets += scope.regions.length;
    const readsOf =
      scope.shut === null ? await openReads({ aws, earlierLooks, remembered, stop }, scope.account) : null;
    const seen = await Promise.all(
      scope.regions.map((region) => looking(() => look(scope, region, readsOf?.(region.region) ?? null))),
    );
    const left = scope.left.map((target): TargetSnapshot => ({ kind: "left", target }));
    return [...seen, ...left.map((target) => ({ target, judged: judgeTarget(target, run) }))];
  }

  const all = (await Promise.all(accounts.map(lookAt))).flat();
  const ordered = all.toSorted((a, b) => byPlace(placeOf(a.target), placeOf(b.target)));
  return {
    judged: ordered.map(({ judged }) => judged),
    targets: ordered.map(({ target }) => target),
  };
}

const iso = (time: number): string => new Date(time).toISOString();

/** The caller's ARN; null: the run was interrupted before AWS told it. */
async function whoAmI(aws: Aws, stop: AbortSignal, signal: AbortSignal | undefined): Promise<string | null> {
  try {
    return (await unlessAborted(aws.caller(), stop)).arn;
  } catch (cause) {
    if (signal?.aborted === true) return null;
    const why = classifyAlone(cause);
    throw new UserError(
      `AWS did not say who we are: ${why.errorCode} (${why.class})`,
      "Give credentials that AWS knows: a profile, the environment, or a role.",
      { cause, exitCode: 3 },
    );
  }
}

function stopSignal({ maxRuntimeMs, signal }: CheckOptions): AbortSignal {
  const stop = new AbortController();
  // An error whose name the classification knows.
  const end = (): void => stop.abort(Object.assign(new Error("The run has ended."), { name: "DeadlineExceeded" }));
  if (signal?.aborted === true) end();
  signal?.addEventListener("abort", end, { once: true });
  if (maxRuntimeMs !== undefined) setTimeout(end, maxRuntimeMs).unref();
  return stop.signal;
}

interface TargetRun extends Judging {
  readonly caller: string;
  readonly window: { readonly from: number; readonly to: number };
  readonly clock: Clock;
}

/** An account whose role nobody gave us. */
function shutTarget({ account, shut }: AccountScope, { region }: ScopedRegion): TargetSnapshot {
  const said = shut ?? { code: "unread", reason: "It was not looked at.", evidence: [] };
  return { kind: "shut", account, region, ...said };
}

async function openTarget(
  aws: Aws,
  { account }: AccountScope,
  scoped: ScopedRegion,
  reads: Reads,
  run: TargetRun,
): Promise<TargetSnapshot> {
  const { region } = scoped;
  const target = { account, region, caller: run.caller, now: run.now, ...run.window };
  const deps = { reads, clock: run.clock, explain: explainIn(scoped, aws), withAnswers };
  const wanted = { facts: factsOf(run.controls), whereOn: factsWhereOn(run.controls) };
  return { kind: "read", snapshot: await collect(wanted, target, deps) };
}
