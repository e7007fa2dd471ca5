import { type Catalog, type Look, latestCheck, latestLook } from "../controls/check-runs.ts";
import { coveredHours, knownCalls } from "../controls/hour-coverage.ts";
import { CheckPolicySchema, defaultPolicy } from "../controls/policy.ts";
import type { HourCoverageQuery } from "../domain/compliance-answers.ts";
import {
  addSums,
  type CoverageSums,
  gapsIn,
  type HourCoverage,
  sumHours,
  type TargetHours,
  type WholeCoverage,
} from "../domain/hour-coverage.ts";
import { UserError } from "../lib/errors.ts";
import { isoTime, type Span } from "../lib/time.ts";
import { type StoredHours, storedHours } from "../metrics/stored-hours.ts";
import { type ReadSpan, readSpans } from "../store/catalog/coverage.ts";
import type { Store } from "../store/store.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const defaultDays = 7;
const mostDays = 31;
/** Nobody waits for it. */
const deadlineMs = 30_000;

interface Place {
  readonly account: string;
  readonly region: string;
}

/** A page of targets, each with every hour of the range. Throws `UserError` for a range that cannot be told. */
export async function hourCoverage(
  { catalog, clock, interactive }: Pick<Store, "catalog" | "clock" | "interactive">,
  query: HourCoverageQuery,
  signal: AbortSignal,
): Promise<HourCoverage> {
  const range = rangeOf(query, clock());
  const read = await readSpans(catalog, clock());
  const places = (await knownPlaces(catalog, read)).filter((place) => isAskedFor(place, query));
  const { after = "" } = query;
  const left = places.filter((place) => nameOf(place) > after);
  const page = left.slice(0, query.limit);
  const wanted = page.map(({ account, region }) => ({ accountId: account, region }));
  const stored = await storedHours({ engine: interactive, signal }, wanted, range);
  const targets: TargetHours[] = [];
  for (const place of page) {
    const look = await latestLook(catalog, place, "usage");
    targets.push(targetHours(place, range, { look, read: readOf(read, place), stored }));
  }
  const last = page.at(-1);
  return {
    from: isoTime(range.start),
    to: isoTime(range.end),
    targets,
    sums: addSums(targets.map(({ sums }) => sums)),
    total: places.length,
    next: last === undefined || left.length === page.length ? null : nameOf(last),
  };
}

const pageSize = 50;

/** The last seven days of all targets in three numbers. */
export async function wholeCoverage(store: Pick<Store, "catalog" | "clock" | "interactive">): Promise<WholeCoverage> {
  const found: CoverageSums[] = [];
  let gaps = 0;
  let after: string | null = "";
  while (after !== null) {
    const page: HourCoverage = await hourCoverage(store, { limit: pageSize, after }, AbortSignal.timeout(deadlineMs));
    found.push(page.sums);
    gaps += page.targets.reduce((sum, { hours }) => sum + gapsIn(hours), 0);
    after = page.next;
  }
  const { share, unknownShare } = addSums(found);
  return { share, unknownShare, gaps };
}

/** Whole hours. By default they end where a check that runs now would end: counts of the last hour are still growing. */
function rangeOf({ from, to }: HourCoverageQuery, now: number): Span {
  const end = Math.floor((to === undefined ? now - hourMs : Date.parse(to)) / hourMs) * hourMs;
  const start = from === undefined ? end - defaultDays * dayMs : Math.ceil(Date.parse(from) / hourMs) * hourMs;
  if (start >= end)
    throw new UserError("The range holds no whole hour.", "Choose an end at least one hour after the start.");
  if (end - start > mostDays * dayMs)
    throw new UserError(`The range is longer than ${mostDays} days.`, "Ask for it in parts.");
  return { start, end };
}

/** Those that the check looks at, and those that something was read of: by account and region. */
async function knownPlaces(catalog: Catalog, read: readonly ReadSpan[]): Promise<readonly Place[]> {
  const check = await latestCheck(catalog);
  const looked = check?.targets.filter(({ state }) => state === "evaluated" || state === "unknown") ?? [];
  const all = [...looked, ...read.map(({ accountId, region }) => ({ account: accountId, region }))];
  const byName = new Map(all.map(({ account, region }) => [nameOf({ account, region }), { account, region }]));
  return [...byName].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, place]) => place);
}

function isAskedFor(place: Place, { account, region }: HourCoverageQuery): boolean {
  const admits = (list: string | undefined, name: string) => list === undefined || list.split(",").includes(name);
  return admits(account, place.account) && admits(region, place.region);
}

function nameOf({ account, region }: Place): string {
  return `${account}/${region}`;
}

function readOf(spans: readonly ReadSpan[], { account, region }: Place): ReadSpan | null {
  return spans.find((span) => span.accountId === account && span.region === region) ?? null;
}

interface Known {
  readonly look: Look | null;
  readonly read: ReadSpan | null;
  readonly stored: StoredHours;
}

function targetHours(place: Place, { end, start }: Span, { look, read, stored }: Known): TargetHours {
  const calls = knownCalls(look?.seen ?? null);
  const records = { read, byHour: stored.get(nameOf(place)) ?? new Map<number, number>() };
  const hours = coveredHours({ from: start, to: end }, calls, records, toleranceOf(look));
  return {
    ...place,
    checkedAt: look?.run.run.clock ?? null,
    callsUnread: calls.unread,
    readFrom: read === null || read.from === 0 ? null : isoTime(read.from),
    readThrough: read === null ? null : isoTime(read.to),
    sums: sumHours(hours),
    hours: [...hours],
  };
}

/** That of the policy which the run was judged by. */
function toleranceOf(look: Look | null): number {
  const settings = CheckPolicySchema.safeParse(look?.run.policy.settings);
  return (settings.data ?? defaultPolicy).completenessTolerance;
}
