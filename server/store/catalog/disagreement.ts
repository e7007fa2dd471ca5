import type { Catalog } from "./ledger.ts";

const [hourMs, dayMs] = [3_600_000, 86_400_000];
/** Further back nobody compares. */
const comparedMs = 45 * dayMs;
/** In fewer hours what slips over an edge is not told from what is missing. */
const leastHours = 24;
const mostEdges = 24;

/** What one source stored first of an hour's records, and how many the other one delivered as a second copy. */
export interface HourOfTwo {
  readonly stored: number;
  readonly repeated: number;
}

/**
 * How many records that the first source delivered are surely not in the second one, from hours that have settled in both, without a
 * gap and in order: each record that the first one stored comes as a duplicate from the second, in this hour or in a neighbouring one.
 * What has slipped over the edge of an hour proves nothing, so the sum must be short wherever in its first and in its last day (or half,
 * when it is short) the span is cut.
 */
export function lacking(hours: readonly HourOfTwo[]): number {
  if (hours.length < leastHours) return 0;
  const sums = [0];
  for (const { repeated, stored } of hours) sums.push((sums.at(-1) ?? 0) + stored - repeated);
  const edges = Math.min(mostEdges, Math.floor(hours.length / 2));
  const head = sums.slice(0, edges);
  const tail = sums.slice(-edges);
  return Math.max(0, Math.min(...tail) - Math.max(...head));
}

export interface Disagreement {
  /** Which lacks records that another one delivered. */
  readonly sourceId: string;
  readonly other: string;
  readonly atLeast: number;
  readonly from: number;
  readonly to: number;
}

interface SettledHour {
  readonly start: number;
  readonly stored: number;
  readonly duplicates: number;
}

/** Sources of one target that have settled and do not hold the same records. A retired one is no longer delivered to. */
export async function disagreements(catalog: Catalog, now: number): Promise<readonly Disagreement[]> {
  const sources = await catalog
    .selectFrom("sources")
    .select(["id", "account_id", "region"])
    .where("account_id", "is not", null)
    .where("retired_at", "is", null)
    .where("kind", "!=", "folder")
    .orderBy("id")
    .execute();
  const shared = sources.filter((one) => sources.some((other) => one !== other && isSameTarget(one, other)));
  const read = shared.map(async ({ id, ...target }) => ({
    ...target,
    id,
    hours: await settledHours(catalog, id, now - comparedMs),
  }));
  const all = await Promise.all(read);
  return all.flatMap((first) =>
    all
      .filter((second) => first !== second && isSameTarget(first, second))
      .flatMap((second) => compared(first, second)),
  );
}

interface OfTarget {
  readonly account_id: string | null;
  readonly region: string | null;
}

function isSameTarget(a: OfTarget, b: OfTarget): boolean {
  return a.account_id === b.account_id && a.region === b.region;
}

interface SourceHours {
  readonly id: string;
  readonly hours: readonly SettledHour[];
}

function compared(first: SourceHours, second: SourceHours): Disagreement[] {
  const span = sharedSpan(first.hours, second.hours);
  const [start, end] = [span[0]?.start, span.at(-1)?.start];
  const atLeast = lacking(span);
  if (start === undefined || end === undefined || atLeast === 0) return [];
  return [{ sourceId: second.id, other: first.id, atLeast, from: start, to: end + hourMs }];
}

/** The newest hours that have settled in both without a gap, from the first one on of which both have delivered something. */
function sharedSpan(first: readonly SettledHour[], second: readonly SettledHour[]) {
  const others = new Map(second.map((hour) => [hour.start, hour]));
  const begun = Math.max(begin(first), begin(second));
  const span: (HourOfTwo & { readonly start: number })[] = [];
  for (const { start, stored } of first.toReversed()) {
    const other = others.get(start);
    const next = span[0]?.start;
    if (start < begun) break;
    if (other === undefined && next === undefined) continue;
    if (other === undefined || (next !== undefined && start !== next - hourMs)) break;
    span.unshift({ start, stored, repeated: other.duplicates });
  }
  return span;
}

function begin(hours: readonly SettledHour[]): number {
  return hours.find(({ duplicates, stored }) => stored + duplicates > 0)?.start ?? Infinity;
}

async function settledHours(catalog: Catalog, sourceId: string, since: number): Promise<readonly SettledHour[]> {
  return catalog
    .selectFrom("windows")
    .select(["start_at as start", "stored", "duplicates"])
    .where("source_id", "=", sourceId)
    .where("start_at", ">=", since)
    .where("state", "=", "settled")
    .orderBy("start_at")
    .execute();
}
