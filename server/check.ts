import type { Aws } from "./aws/aws.ts";
import { classify } from "./aws/classify.ts";
import { explainIn, openReads } from "./check-reads.ts";
import { type AccountScope, scopeOf, type ScopedRegion } from "./check-targets.ts";
import { collect } from "./controls/collect.ts";
import type { Reads } from "./controls/collectors/collector.ts";
import type { AnyControl } from "./controls/control.ts";
import { isUnreadable } from "./controls/facts.ts";
import { factsOf, judge, unreadTarget } from "./controls/judge.ts";
import { controls as allControls } from "./controls/list.ts";
import { type CheckPolicy, defaultPolicy, windowDays } from "./controls/policy.ts";
import { exitCodeOf, type Gate, summarise, targetResult } from "./controls/summary.ts";
import type { CheckReport, ControlResult, TargetResult } from "./domain/compliance.ts";
import { canonicalJson } from "./lib/canonical-json.ts";
import type { Clock } from "./lib/clock.ts";
import { unlessAborted } from "./lib/concurrency.ts";
import { UserError } from "./lib/errors.ts";
import { sha256Hex } from "./lib/hash.ts";
import { inParallel } from "./lib/in-parallel.ts";
import type { Log } from "./lib/log.ts";
import { type Random, ulid } from "./store/ulid.ts";

export { saveCheck } from "./controls/check-runs.ts";

export interface CheckDeps {
  readonly aws: Aws;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface CheckProgress {
  readonly targets: number;
  readonly done: number;
  readonly fails: number;
}

export interface CheckOptions extends Gate {
  /** Empty: those of `aws`. */
  readonly accounts?: readonly string[];
  /** Empty: all. */
  readonly regions?: readonly string[];
  /** Ids; default all that the policy leaves on. */
  readonly controls?: readonly string[];
  readonly roleName?: string;
  readonly policy?: { readonly name: string; readonly settings: CheckPolicy };
  readonly tool: string;
  /** Ends the run; what was not looked at is UNKNOWN. */
  readonly signal?: AbortSignal;
  readonly maxRuntimeMs?: number;
  readonly onProgress?: (progress: CheckProgress) => void;
}

interface Judged {
  readonly target: TargetResult;
  readonly results: readonly ControlResult[];
}

const targetsAtOnce = 64;
const accountsAtOnce = 16;
const interrupted = 130;
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
  const now = deps.clock();
  const settings = options.policy?.settings ?? defaultPolicy;
  const controls = selectControls(options.controls, settings);
  const stop = stopSignal(options);
  const caller = await whoAmI(deps.aws, stop, options.signal);
  // The window ends an hour ago: counts of the last one are still growing.
  const to = Math.floor((now - hourMs) / hourMs) * hourMs;
  const window = { from: to - windowDays(settings) * 24 * hourMs, to };
  const run = { controls, settings, now, caller, window, clock: deps.clock };
  const judged = await lookAtAll(deps, options, run, stop);
  return reportOf(deps, options, run, { ...judged, complete: !stop.aborted });
}

async function lookAtAll(
  { aws }: CheckDeps,
  { accounts: wanted = [], onProgress, regions = [], roleName = "bedrock-audit" }: CheckOptions,
  run: TargetRun,
  stop: AbortSignal,
): Promise<Pick<CheckReport, "targets" | "results">> {
  const accounts = wanted.length > 0 ? wanted : await aws.accounts();
  const scopes = await inParallel([...new Set(accounts)].toSorted(), accountsAtOnce, (account) =>
    scopeOf(aws, account, { regions, roleName, stop }),
  );
  const readsOf = await accountReads(aws, scopes, stop);
  const work = scopes.flatMap((scope) => scope.regions.map((region) => ({ scope, region })));
  let done = 0;
  let fails = 0;
  const judged = await inParallel(work, targetsAtOnce, async ({ region, scope }): Promise<Judged> => {
    const reads = readsOf(scope.account);
    const one =
      reads === null ? shutTarget(scope, region, run) : await openTarget(scope, region, reads(region.region), run);
    done += 1;
    fails += one.results.filter(({ verdict }) => verdict === "FAIL").length;
    onProgress?.({ targets: work.length, done, fails });
    return one;
  });
  return {
    targets: [...judged.map(({ target }) => target), ...scopes.flatMap(({ left }) => left)].toSorted(byPlace),
    results: judged.flatMap(({ results }) => results).toSorted(byPlace),
  };
}

function reportOf(
  { clock, log, random }: CheckDeps,
  options: CheckOptions,
  { caller, now, settings, window }: TargetRun,
  judged: Pick<CheckReport, "targets" | "results"> & { readonly complete: boolean },
): CheckReport {
  const { complete, results, targets } = judged;
  const summary = summarise(targets, results, options);
  const exitCode = options.signal?.aborted === true ? interrupted : exitCodeOf(summary, targets, results, options);
  const finishedAt = clock();
  log.info({ event: "check-done", targets: targets.length, results: results.length, ms: finishedAt - now });
  return {
    schemaVersion: 1,
    run: {
      id: ulid(now, random),
      startedAt: iso(now),
      finishedAt: iso(finishedAt),
      clock: iso(now),
      complete,
      exitCode,
      caller,
      tool: options.tool,
    },
    policy: {
      name: options.policy?.name ?? "default",
      sha256: sha256Hex(canonicalJson(settings)),
      settings: { ...settings },
    },
    window: { from: iso(window.from), to: iso(window.to) },
    summary,
    targets,
    results,
    waivers: { used: [], expiring: [], expired: [], unused: [] },
    previous: null,
    targetsGone: [],
    manifestSha256: null,
  };
}

const iso = (time: number): string => new Date(time).toISOString();

/** The caller's ARN. */
async function whoAmI(aws: Aws, stop: AbortSignal, signal: AbortSignal | undefined): Promise<string> {
  try {
    return (await unlessAborted(aws.caller(), stop)).arn;
  } catch (cause) {
    const why = classify(cause, {
      regionInCatalogue: true,
      regionEnabled: null,
      invocations: null,
      stsWorks: false,
      otherHostAnswered: false,
    });
    throw new UserError(
      `AWS did not say who we are: ${why.errorCode} (${why.class})`,
      "Give credentials that AWS knows: a profile, the environment, or a role.",
      { cause, exitCode: signal?.aborted === true ? interrupted : 3 },
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

async function accountReads(aws: Aws, scopes: readonly AccountScope[], stop: AbortSignal) {
  const opened = await Promise.all(
    scopes
      .filter(({ shut }) => shut === null)
      .map(async ({ account }) => [account, await openReads(aws, account, stop)] as const),
  );
  const reads = new Map(opened);
  return (account: string): ((region: string) => Reads) | null => reads.get(account) ?? null;
}

interface TargetRun {
  readonly controls: readonly AnyControl[];
  readonly settings: CheckPolicy;
  readonly now: number;
  readonly caller: string;
  readonly window: { readonly from: number; readonly to: number };
  readonly clock: Clock;
}

/** An account whose role nobody gave us: each region is unknown. */
function shutTarget({ account, shut }: AccountScope, { region }: ScopedRegion, run: TargetRun): Judged {
  const said = shut ?? { code: "unread", reason: "It was not looked at." };
  const context = { account, region, now: run.now, policy: run.settings };
  const results = run.controls.map((control) => unreadTarget(control, said, context));
  return { target: targetResult({ account, region }, results), results };
}

async function openTarget(
  { account }: AccountScope,
  scoped: ScopedRegion,
  reads: Reads,
  run: TargetRun,
): Promise<Judged> {
  const { region } = scoped;
  const place = { account, region };
  const target = { ...place, caller: run.caller, ...run.window };
  const deps = { reads, clock: run.clock, explain: explainIn(scoped) };
  const snapshot = await collect(factsOf(run.controls), target, deps);
  const { loggingConfig } = snapshot.facts;
  if (isUnreadable(loggingConfig) && loggingConfig.notApplicable)
    return {
      target: { ...place, state: "not-applicable", code: loggingConfig.class, verdict: "NOT_APPLICABLE" },
      results: [],
    };
  const results = judge(run.controls, snapshot, { policy: run.settings, now: run.now });
  const judged = targetResult(place, results);
  return { target: judged, results: judged.state === "not-applicable" ? [] : results };
}

interface Placed {
  readonly account: string;
  readonly region: string;
  readonly control?: string;
  readonly resource?: string;
}

function byPlace(a: Placed, b: Placed): number {
  const keys = ["account", "region", "control", "resource"] as const;
  const differs = keys.find((key) => a[key] !== b[key]);
  return differs === undefined ? 0 : (a[differs] ?? "") < (b[differs] ?? "") ? -1 : 1;
}
