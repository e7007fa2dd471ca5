import { globMatches } from "../domain/glob.ts";
import type { TargetCoverage } from "../domain/coverage.ts";
import type { Filter, MetricBucket, MetricResult } from "../domain/metric.ts";
import type { Span } from "../lib/time.ts";

/** The targets that a query's filters speak of: numbers are as complete as these are. */
export function targetsOf(coverage: readonly TargetCoverage[], filters: readonly Filter[]): readonly TargetCoverage[] {
  return coverage.filter((target) =>
    filters.every((filter) => {
      if (filter.field === "account") return admits(filter, target.accountId);
      return filter.field !== "region" || admits(filter, target.region);
    }),
  );
}

function admits({ op, values }: Filter, value: string): boolean {
  switch (op) {
    case "in":
      return values.includes(value);
    case "notIn":
      return !values.includes(value);
    case "glob":
      return values.some((pattern) => globMatches(pattern, value));
    case "notGlob":
      return !values.some((pattern) => globMatches(pattern, value));
    case "null":
      return false;
    default:
      return true;
  }
}

/**
 * What stands behind each bucket: all of it, not yet all of it, or nothing that was read. A target of which nothing at all could be
 * read is not waited for: it stands in `partial`.
 */
export function bucketStates(
  buckets: readonly Span[],
  targets: readonly TargetCoverage[],
  since: string | null,
): readonly MetricBucket["state"][] {
  const through = targets.flatMap(({ readThrough }) => (readThrough === null ? [] : [Date.parse(readThrough)]));
  const nothingRead = through.length === 0;
  const complete = Math.min(...through);
  const begin = since === null ? -Infinity : Date.parse(since);
  return buckets.map(({ end }) => {
    if (nothingRead || end <= begin) return "uncovered";
    return end > complete ? "in-progress" : "complete";
  });
}

/** Targets of which something within the span could not be read. */
export function holesWithin(targets: readonly TargetCoverage[], { end }: Span): MetricResult["partial"] {
  return targets.flatMap(({ accountId, hole, logging, region }) => {
    const target = `${accountId}/${region}`;
    if (hole !== null && Date.parse(hole.from) < end) return [{ target, reason: hole.reason }];
    return logging === "unread" ? [{ target, reason: "AWS does not say where its logs are" }] : [];
  });
}
