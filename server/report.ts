import { latestCheck } from "./controls/check-runs.ts";
import type { TargetCoverage } from "./domain/coverage.ts";
import type { Filter, MetricValues } from "./domain/metric.ts";
import type { PriceLookup } from "./domain/price.ts";
import type { Compared, ReportDocument, ReportedTarget } from "./domain/report.ts";
import { queryFindings } from "./findings/query.ts";
import { detectionWaivers } from "./findings/waivers.ts";
import type { Clock } from "./lib/clock.ts";
import { UserError } from "./lib/errors.ts";
import type { Log } from "./lib/log.ts";
import { isoTime, previousSpan, type Span } from "./lib/time.ts";
import { targetsOf } from "./metrics/evidence.ts";
import { usageOf } from "./report-usage.ts";
import { controlsOf } from "./reports/controls.ts";
import { ledgerEvidence, readSince, reportedTargets } from "./reports/evidence.ts";
import { findingsOf } from "./reports/findings.ts";
import { maxRows } from "./reports/measures.ts";
import { methodOf } from "./reports/method.ts";
import { runId } from "./reports/run-id.ts";
import { provisionalReasons, verdictOf } from "./reports/verdict.ts";
import { windowBefore, windowEdge } from "./reports/window.ts";
import { targetCoverage } from "./store/catalog/coverage.ts";
import type { Store } from "./store/store.ts";

export interface ReportDeps {
  readonly store: Store;
  readonly prices: PriceLookup;
  readonly clock: Clock;
  readonly log: Log;
  /** Of this program. */
  readonly version: string;
  /** The store holds simulated data. */
  readonly demo: boolean;
}

export interface ReportOptions {
  /** `adhoc`, or the id of a definition. */
  readonly id: string;
  readonly title: string;
  /** `last-week` and the like; or two edges: days of the zone, or times with an offset. The second is not in the window. */
  readonly window: string | { readonly from: string; readonly to: string };
  readonly timeZone: string;
  readonly filters: readonly Filter[];
  readonly signal: AbortSignal;
}

/** Gathers what the store knows of a window and of the period before. Only reads. @throws {UserError} for a window that is none. */
export async function report(deps: ReportDeps, options: ReportOptions): Promise<ReportDocument> {
  const started = deps.clock();
  const span = reportSpan(options, started);
  const previous = previousSpan(span, options.timeZone);
  const document = await documentOf(deps, options, { span, previous, renderedAt: isoTime(started) });
  deps.log.info({ event: "report-made", run: document.run.id, ms: deps.clock() - started });
  return document;
}

/** The instants of a window. @throws {UserError} for a window that is none. */
export function reportSpan({ window, timeZone }: Pick<ReportOptions, "window" | "timeZone">, now: number): Span {
  if (typeof window === "string") return windowBefore(window, now, timeZone);
  const span = { start: windowEdge("--from", window.from, timeZone), end: windowEdge("--to", window.to, timeZone) };
  if (span.start < span.end) return span;
  throw new UserError("--from is not before --to", "Give a window that holds some time.");
}

interface Periods {
  readonly span: Span;
  readonly previous: Span;
  readonly renderedAt: string;
}

async function documentOf(deps: ReportDeps, options: ReportOptions, periods: Periods): Promise<ReportDocument> {
  const { id, title, filters, timeZone } = options;
  const { span, previous, renderedAt } = periods;
  const [from, to] = [isoTime(span.start), isoTime(span.end)];
  const { catalog } = deps.store;
  const since = await readSince(catalog);
  const coverage = await targetCoverage(catalog, deps.clock());
  const evidence = {
    targets: reportedTargets(targetsOf(coverage, filters), { window: span, previous, since }),
    ...(await ledgerEvidence(catalog, { window: span, now: deps.clock() })),
  };
  const { snapshot, asOf, ...usage } = await measured(deps, options, periods, { coverage, since });
  const check = await latestCheck(catalog);
  const open = await queryFindings(catalog, openFindings(from, to, deps.clock()));
  const body = {
    schemaVersion: 1 as const,
    report: { id, title, filters: [...filters] },
    run: {
      id: runId(id, from, to, 1),
      renderedAt,
      version: deps.version,
      snapshot,
      asOf,
      priceBook: { version: deps.prices.version, date: deps.prices.date },
    },
    window: { from, to, timeZone },
    previous: { from: isoTime(previous.start), to: isoTime(previous.end) },
    evidence,
    findings: findingsOf(open, from, await detectionWaivers(catalog)),
    controls: check === null ? null : controlsOf(check),
    usage: comparedUsage(usage, evidence.targets),
  };
  const provisional = provisionalReasons(body, (await deps.store.state()) === "refilling");
  return {
    ...body,
    marks: [
      ...(deps.demo ? (["DEMO DATA"] as const) : []),
      ...(provisional.length > 0 ? (["PROVISIONAL"] as const) : []),
    ],
    provisional,
    verdict: verdictOf(body),
    method: methodOf(body),
  };
}

interface Evidenced {
  readonly coverage: readonly TargetCoverage[];
  readonly since: number | null;
}

function measured(deps: ReportDeps, { filters, timeZone, signal }: ReportOptions, periods: Periods, known: Evidenced) {
  const metrics = {
    engine: deps.store.batch,
    snapshot: () => deps.store.snapshot(),
    prices: deps.prices,
    coverage: known.coverage,
    since: known.since === null ? null : isoTime(known.since),
    clock: deps.clock,
  };
  return usageOf(metrics, { span: periods.span, previous: periods.previous, timeZone, filters, signal });
}

function openFindings(from: string, to: string, now: number) {
  const chosen = { severities: [], states: [], detections: [], subjects: [] };
  return { from, to, now, ...chosen, cursor: null, limit: maxRows };
}

const enough = 0.95;

type UsageOf = Omit<Awaited<ReturnType<typeof usageOf>>, "snapshot" | "asOf">;

function comparedUsage(usage: UsageOf, targets: readonly ReportedTarget[]): ReportDocument["usage"] {
  const comparable = targets.every(isComparable);
  const known =
    targets.some(({ previousReadShare }) => previousReadShare > 0) || (usage.totals.previous.invocations ?? 0) > 0;
  const earlier = (part: Compared): Compared => (known ? part : { ...part, previous: unknown(part.previous) });
  return {
    comparable,
    totals: earlier(usage.totals),
    breakdowns: usage.breakdowns.map((breakdown) => ({
      ...breakdown,
      rows: breakdown.rows.map((row) => ({ ...row, ...earlier(row) })),
    })),
    movers: comparable ? [...usage.movers] : [],
  };
}

/** A place that neither period knows bends no change between them. */
function isComparable({ readShare, previousReadShare }: ReportedTarget): boolean {
  return Math.min(readShare, previousReadShare) >= enough || Math.max(readShare, previousReadShare) === 0;
}

/** What was never read is not 0. */
function unknown(values: MetricValues): MetricValues {
  return Object.fromEntries(Object.keys(values).map((measure) => [measure, null]));
}
