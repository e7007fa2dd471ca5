import { type RawBuilder, sql as statement } from "kysely";
import type { Target } from "../../domain/target.ts";
import {
  holeOfProgress,
  noCounts,
  type IngestStatus,
  type SourceKind,
  type TargetCoverage,
} from "../../domain/coverage.ts";
import { toldRefusal } from "../../domain/refusal.ts";
import { readOnlyReason } from "../read-only.ts";
import type { Store } from "../store.ts";
import { counts, liveRows, sourceStatuses } from "./ledger-report.ts";
import { beforeSince } from "./left-out.ts";
import { knownTargets } from "./targets.ts";
import { ingestFindings } from "./ingest-findings.ts";
import { writeFailure } from "./write-failure.ts";
import { bodyKind, lostStates, waitingStates, type Catalog } from "./ledger.ts";

const [minute, hour] = [60_000, 3_600_000];

/** How long after a call its record may come. */
const lagMs: Readonly<Record<SourceKind, number>> = { s3: 10 * minute, cloudwatch: 2 * minute, folder: 0 };
/** A record may lie in the folder of a neighbouring hour. */
const neighbourMs: Readonly<Record<SourceKind, number>> = { s3: hour, cloudwatch: 0, folder: hour };

/** What the ledger says about one source that delivers for one target. Times are ms. */
export interface SourceEvidence {
  readonly kind: SourceKind;
  readonly accountId: string;
  readonly region: string;
  /** No configuration names it any more. */
  readonly isRetired: boolean;
  /** Why it is not active. */
  readonly reason: string | null;
  readonly lastOkAt: number | null;
  readonly oldest: number;
  /** End of its newest window. */
  readonly newestEnd: number;
  /** Start of the oldest closed window without a complete pass. */
  readonly unlisted: number | null;
  /** Code of the error that its last pass ended with. */
  readonly unlistedError: string | null;
  /** Start of the oldest window of which rows were lost that have not been listed again. */
  readonly lostRows: number | null;
  /** Start of the oldest window with a waiting unit, the state of that unit, and the code of what it failed with. */
  readonly waiting: { readonly from: number; readonly state: string; readonly code?: string | null } | null;
  /** Start of the oldest closed window that has not settled; null: all have, or none is closed. */
  readonly unsettled: number | null;
  /** Windows of lost units, one entry a unit, and those of which rows are lost for good. */
  readonly lost: readonly number[];
}

interface SourceCoverage {
  readonly readThrough: number | null;
  readonly settledThrough: number | null;
  readonly hole: { readonly from: number; readonly reason: string } | null;
}

/** Up to when one source is complete: the start of its oldest hole, else its last clean look less the delay of delivery. */
export function sourceCoverage(evidence: SourceEvidence): SourceCoverage {
  const { kind, lastOkAt, newestEnd, unsettled } = evidence;
  const hole = oldestHole(evidence);
  const looked = lastOkAt === null ? null : kind === "folder" ? newestEnd : lastOkAt - lagMs[kind];
  // Without a clean look at what is newest nothing is claimed.
  const readThrough = hole === null ? looked : earlier(hole.from - neighbourMs[kind], looked);
  const settled = unsettled === null ? readThrough : earlier(unsettled - neighbourMs[kind], readThrough);
  const known = (time: number | null) => (time === null || time <= evidence.oldest ? null : time);
  return { readThrough: known(readThrough), settledThrough: known(settled), hole };
}

function earlier(a: number, b: number | null): number | null {
  return b === null ? null : Math.min(a, b);
}

function oldestHole(evidence: SourceEvidence): SourceCoverage["hole"] {
  const { lostRows, reason, unlisted, unlistedError, waiting } = evidence;
  if (lostRows !== null && lostRows <= Math.min(unlisted ?? Infinity, waiting?.from ?? Infinity))
    return { from: lostRows, reason: "a part of the store was lost and has not been read again" };
  if (unlisted !== null && unlisted <= (waiting?.from ?? Infinity)) {
    const failed = unlistedError === null ? null : `listing failed: ${toldRefusal(unlistedError)}`;
    return { from: unlisted, reason: failed ?? reason ?? holeOfProgress.unlisted };
  }
  if (waiting === null) return null;
  const { code = null, from, state } = waiting;
  const refused = state === "denied" && code !== null ? `: ${toldRefusal(code)}` : "";
  return { from, reason: `${waitingWords.get(state) ?? state}${refused}` };
}

const waitingWords: ReadonlyMap<string, string> = new Map([
  ["listed", holeOfProgress.waiting],
  ["fetching", holeOfProgress.waiting],
  ["corrupt", "a damaged object waits for another try"],
  ["denied", "reading an object was refused"],
  ["archived", "an object is archived"],
]);

/** Completeness of every account × region that may have records, in order: what is off and never was read has none. */
export async function targetCoverage(catalog: Catalog, now: number): Promise<TargetCoverage[]> {
  const all = await allTargets(catalog, now);
  return all.filter(({ asOf, logging }) => (logging !== "off" && logging !== "inactive") || asOf !== null);
}

/** Every account × region that a source or discovery named, in order, with the best of its sources. */
export async function allTargets(catalog: Catalog, now: number): Promise<TargetCoverage[]> {
  const known = await knownTargets(catalog);
  const best = await bestSources(catalog, now);
  return [...new Set([...best.keys(), ...known.keys()])].toSorted().flatMap((target) => {
    const found = best.get(target);
    const said = known.get(target);
    const logging = { logging: said?.logging ?? null, loggingError: said?.error ?? null };
    if (found !== undefined) return [{ ...tell(found.evidence, found.coverage), ...logging }];
    return said === undefined ? [] : [{ ...unlisted(said), ...logging }];
  });
}

interface BestSource {
  readonly evidence: SourceEvidence;
  readonly coverage: SourceCoverage;
}

/**
 * Of each target's sources the one that is complete furthest, by `account/region`. One that nothing is delivered to any more says nothing
 * of what another one, to which it is, does not show.
 */
async function bestSources(catalog: Catalog, now: number): Promise<ReadonlyMap<string, BestSource>> {
  const best = new Map<string, BestSource>();
  const found = await sourceEvidence(catalog, now);
  const targetOf = ({ accountId, region }: SourceEvidence) => `${accountId}/${region}`;
  const delivered = new Set(found.filter(({ isRetired }) => !isRetired).map(targetOf));
  for (const evidence of found) {
    const target = targetOf(evidence);
    if (evidence.isRetired && delivered.has(target)) continue;
    const coverage = sourceCoverage(evidence);
    const other = best.get(target)?.coverage.readThrough ?? -Infinity;
    if (!best.has(target) || (coverage.readThrough ?? -Infinity) > other) best.set(target, { evidence, coverage });
  }
  return best;
}

/** The calls of a span of time: all records that there are of them are read. Times are ms. */
export interface ReadSpan extends Target {
  readonly from: number;
  readonly to: number;
}

/** Of each target that something was read of, in order: from its oldest window on, as far as it is complete. */
export async function readSpans(catalog: Catalog, now: number): Promise<readonly ReadSpan[]> {
  const spans = [...(await bestSources(catalog, now)).values()].flatMap(({ coverage, evidence }): ReadSpan[] => {
    const { accountId, kind, oldest, region } = evidence;
    // What is flat has no hours, and begins with time itself.
    const from = oldest > 0 ? oldest + neighbourMs[kind] : 0;
    return coverage.readThrough === null ? [] : [{ accountId, region, from, to: coverage.readThrough }];
  });
  return spans.toSorted((a, b) => a.accountId.localeCompare(b.accountId) || a.region.localeCompare(b.region));
}

function unlisted({ accountId, region }: Target): Completeness {
  return { accountId, region, readThrough: null, settledThrough: null, asOf: null, hole: null, exceptions: 0 };
}

type Completeness = Omit<TargetCoverage, "logging" | "loggingError">;

function tell(
  { accountId, lastOkAt, lost, region }: SourceEvidence,
  { hole, readThrough, settledThrough }: SourceCoverage,
): Completeness {
  return {
    accountId,
    region,
    readThrough: isoOf(readThrough),
    settledThrough: isoOf(settledThrough),
    asOf: isoOf(lastOkAt),
    hole: hole === null ? null : { from: new Date(hole.from).toISOString(), reason: hole.reason },
    exceptions: lost.filter((window) => readThrough !== null && window < readThrough).length,
  };
}

function isoOf(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}

async function sourceEvidence(catalog: Catalog, now: number): Promise<SourceEvidence[]> {
  const [sources, windows, waiting, lost, lostForGood] = await Promise.all([
    catalog.selectFrom("sources").selectAll().where("account_id", "is not", null).execute(),
    windowBounds(catalog, now),
    unitWindows(catalog, waitingStates, { bodies: false }),
    unitWindows(catalog, lostStates, { bodies: true }),
    catalog.selectFrom("windows").select(["source_id", "start_at"]).where("lost", "=", 3).execute(),
  ]);
  return sources.flatMap((source): SourceEvidence[] => {
    const bounds = windows.get(source.id);
    if (source.account_id === null || source.region === null || bounds === undefined) return [];
    const waits = waiting.filter((row) => row.source_id === source.id).toSorted((a, b) => a.from - b.from);
    return [
      {
        kind: source.kind as SourceKind,
        accountId: source.account_id,
        region: source.region,
        isRetired: source.retired_at !== null,
        reason: source.reason,
        lastOkAt: source.last_ok_at,
        ...bounds,
        waiting: waits[0] ?? null,
        lost: [
          ...lost
            .filter((row) => row.source_id === source.id)
            .flatMap((row) => Array<number>(row.units).fill(row.from)),
          ...lostForGood.filter((row) => row.source_id === source.id).map(({ start_at: start }) => start),
        ],
      },
    ];
  });
}

type Bounds = Pick<SourceEvidence, "oldest" | "newestEnd" | "unlisted" | "unlistedError" | "lostRows" | "unsettled">;

/** No complete pass was made over a window since it has ended; one while it was open shows only what was there by then. */
const isUnlisted = statement<boolean>`(windows.passes = 0 or windows.state = 'open')`;

/**
 * A window counts as closed when it had ended at the last clean look; where none came since, because the source does not answer, when
 * it has ended by now.
 */
async function windowBounds(catalog: Catalog, now: number): Promise<ReadonlyMap<string, Bounds>> {
  const closed = statement<boolean>`windows.end_at <= case when sources.state = 'active' then coalesce(sources.last_ok_at, ${now}) else ${now} end`;
  const oldest = (of: RawBuilder<boolean>) =>
    statement<number | null>`min(windows.start_at) filter (where ${closed} and ${of})`;
  const rows = await catalog
    .selectFrom("windows")
    .innerJoin("sources", "sources.id", "windows.source_id")
    .where("windows.state", "!=", beforeSince)
    .select("windows.source_id")
    .select(({ fn }) => [
      fn.min<number>("windows.start_at").as("oldest"),
      fn.max<number>("windows.end_at").as("newestEnd"),
      oldest(isUnlisted).as("unlisted"),
      oldest(statement`windows.state != 'settled'`).as("unsettled"),
      statement<number | null>`min(windows.start_at) filter (where windows.lost in (1, 2))`.as("lostRows"),
    ])
    .groupBy("windows.source_id")
    .execute();
  const failed = await catalog
    .selectFrom("windows")
    .select(["source_id", "start_at", "error_code"])
    .where(isUnlisted)
    .where("error_code", "is not", null)
    .execute();
  return new Map(
    rows.map(({ source_id: id, unlisted, ...bounds }) => {
      const code = failed.find((row) => row.source_id === id && row.start_at === unlisted)?.error_code ?? null;
      return [id, { ...bounds, unlisted, unlistedError: code }];
    }),
  );
}

async function unitWindows(catalog: Catalog, states: readonly string[], { bodies }: { readonly bodies: boolean }) {
  return catalog
    .selectFrom("units")
    .select(["source_id", "state", "window_start as from"])
    .select(({ fn }) => [fn.countAll<number>().as("units"), fn.min("error_code").as("code")])
    .where("state", "in", states)
    .$if(!bodies, (query) => query.where("kind", "!=", bodyKind))
    .groupBy(["source_id", "state", "window_start"])
    .execute();
}

/** Before anything was read. */
export const emptyStatus: IngestStatus = {
  snapshot: 0,
  store: "ok",
  failure: null,
  invocations: 0,
  counts: noCounts,
  sources: [],
  targets: [],
  findings: [],
};

/** Everything that `ingest status` shows. Only reads. */
export async function ingestStatus(store: Store): Promise<IngestStatus> {
  const { catalog, clock } = store;
  const { snapshot } = await store.snapshot();
  const [sum, sources, targets, invocations, state, unwritable, failed, findings] = await Promise.all([
    counts(catalog),
    sourceStatuses(catalog, clock()),
    allTargets(catalog, clock()),
    liveRows(catalog, "invocations"),
    store.state(),
    readOnlyReason(store),
    writeFailure(catalog),
    ingestFindings(store),
  ]);
  // What is being filled again is told first: its numbers are short.
  const is = state === "ok" && (unwritable !== null || failed !== null) ? "read-only" : state;
  const failure = failed === null ? null : { code: failed.code, at: new Date(failed.at).toISOString() };
  return { snapshot, store: is, failure, invocations, counts: sum, sources, targets, findings };
}
