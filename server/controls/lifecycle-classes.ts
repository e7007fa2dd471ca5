import type { LifecycleRule, Transition } from "@aws-sdk/client-s3";
import type { BatchDays } from "./facts.ts";

/** Below this size lifecycle moves nothing by default. */
const smallObjectBytes = 131_072;
const dayMs = 86_400_000;

/** Objects that the same rules reach. */
export interface ObjectClass {
  /** Part of the key behind the region's folder; empty for all others. */
  readonly prefix: string;
  /** Smallest size of the class. */
  readonly bytes: number;
  readonly rules: readonly LifecycleRule[];
}

function rulePrefix({ Filter, ...rule }: LifecycleRule): string {
  // Old rules say it outside of the filter.
  const { Prefix: legacy } = rule as { readonly Prefix?: string };
  return Filter?.Prefix ?? Filter?.And?.Prefix ?? legacy ?? "";
}

export function hasTagFilter({ Filter }: LifecycleRule): boolean {
  return Filter?.Tag !== undefined || (Filter?.And?.Tags ?? []).length > 0;
}

/** Reading from there needs a restore. */
export function isArchive({ StorageClass }: Transition): boolean {
  return StorageClass === "GLACIER" || StorageClass === "DEEP_ARCHIVE";
}

/** Exclusive bounds; null for none. */
function sizeBounds({ Filter }: LifecycleRule): { readonly above: number | null; readonly below: number | null } {
  return {
    above: Filter?.ObjectSizeGreaterThan ?? Filter?.And?.ObjectSizeGreaterThan ?? null,
    below: Filter?.ObjectSizeLessThan ?? Filter?.And?.ObjectSizeLessThan ?? null,
  };
}

/** `{keyPrefix/}AWSLogs/{account}/BedrockModelInvocationLogs/{region}/`; two where a prefix ends in a slash: either may be written. */
export function logFolders(keyPrefix: string, account: string, region: string): readonly string[] {
  const rest = `AWSLogs/${account}/BedrockModelInvocationLogs/${region}/`;
  if (keyPrefix === "") return [rest];
  return keyPrefix.endsWith("/") ? [`${keyPrefix}${rest}`, `${keyPrefix}/${rest}`] : [`${keyPrefix}/${rest}`];
}

/** Of the folders those that hold a batch; all of them where none is known to. */
export function writtenFolders(folders: readonly string[], found: BatchDays | null): readonly string[] {
  const held = new Set(found?.folders.flatMap(({ days, folder }) => (days.length > 0 ? [folder] : [])));
  const written = folders.filter((folder) => held.has(folder));
  return written.length === 0 ? folders : written;
}

/**
 * The last day, as `YYYY/MM/DD`, whose keys can begin with `part` (what follows the region's folder); null for none.
 * Behind the hour any name may follow.
 */
function lastDay(part: string): string | null {
  const year = part.slice(0, 4).padEnd(4, "9");
  if (!/^\d{4}$/.test(year)) return null;
  const fits = (key: string): boolean => key.startsWith(part.slice(0, key.length));
  for (let month = 12; month >= 1; month--) {
    const days = new Date(Date.UTC(Number(year), month, 0)).getUTCDate();
    for (let day = days; day >= 1; day--) {
      const date = `${year}/${String(month).padStart(2, "0")}/${String(day).padStart(2, "0")}`;
      if (fits(date)) return /^(\/(([01]?|[01]\d|2[0-3]?)|([01]\d|2[0-3])\/.*))?$/s.test(part.slice(10)) ? date : null;
    }
  }
  return null;
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10).replaceAll("-", "/");
}

/** The part of a rule's prefix behind the folder, if a record that must still be kept, or is still to come, can begin with it. */
function reachedPart(rule: LifecycleRule, folder: string, keptSince: string): string | null {
  const prefix = rulePrefix(rule);
  if (folder.startsWith(prefix)) return "";
  if (!prefix.startsWith(folder)) return null;
  const part = prefix.slice(folder.length);
  const last = lastDay(part);
  return last !== null && last >= keptSince ? part : null;
}

/** The days on which something lies outside of all parts, at least one: else there are no others. */
function someLieOutside(parts: readonly string[], now: number): boolean {
  const days = [-1, 0, 1, 31, 366, 3_660].map((ahead) => dayOf(now + ahead * dayMs));
  return days.some((day) => !parts.some((part) => part !== "" && `${day}/12/`.startsWith(part.slice(0, 14))));
}

/** The log objects under `folder`, split by every enabled rule's prefix and size, with the rules that reach each part. Tag filters reach none. */
export function objectClasses(
  rules: readonly LifecycleRule[],
  folder: string,
  { minimumDays, now }: { readonly minimumDays: number; readonly now: number },
): readonly ObjectClass[] {
  const keptSince = dayOf(now - Math.max(0, minimumDays - 1) * dayMs);
  const reaching = rules.flatMap((rule) => {
    if (rule.Status !== "Enabled" || hasTagFilter(rule)) return [];
    const part = reachedPart(rule, folder, keptSince);
    return part === null ? [] : [{ rule, part, ...sizeBounds(rule) }];
  });
  const parts = [...new Set(reaching.map(({ part }) => part))].filter((part) => part !== "");
  if (someLieOutside(parts, now)) parts.unshift("");
  const sizes = new Set([1, smallObjectBytes]);
  for (const { above, below } of reaching) {
    if (above !== null) sizes.add(above + 1);
    if (below !== null) sizes.add(below);
  }
  const bytes = [...sizes].filter((size) => size >= 1).toSorted((a, b) => a - b);
  return parts.flatMap((prefix) =>
    bytes.map((size) => ({
      prefix,
      bytes: size,
      rules: reaching
        .filter(
          ({ above, below, part }) =>
            prefix.startsWith(part) && (above === null || size > above) && (below === null || size < below),
        )
        .map(({ rule }) => rule),
    })),
  );
}
