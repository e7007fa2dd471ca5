import type { TargetCoverage } from "../../server/domain/coverage.ts";

export type Grade = "good" | "warn" | "bad";

export interface Completeness {
  /** The time through which all targets that are not late are complete; null when all are late. */
  readonly through: string | null;
  readonly inTime: number;
  readonly total: number;
  readonly late: readonly TargetCoverage[];
  readonly grade: Grade;
}

const lateAfterMs = 20 * 60_000;
const badAfterMs = 60 * 60_000;

/** Late is more than 20 minutes behind the server's clock; more than an hour is bad. */
export function completeness(targets: readonly TargetCoverage[], serverTime: string): Completeness {
  const now = Date.parse(serverTime);
  const behind = ({ readThrough }: TargetCoverage) => (readThrough === null ? Infinity : now - Date.parse(readThrough));
  const late = targets.filter((target) => behind(target) > lateAfterMs);
  const inTime = targets.filter((target) => behind(target) <= lateAfterMs);
  const times = inTime.flatMap(({ readThrough }) => readThrough ?? []).toSorted();
  const bad = late.some((target) => behind(target) > badAfterMs);
  return {
    through: times[0] ?? null,
    inTime: inTime.length,
    total: targets.length,
    late,
    grade: bad ? "bad" : late.length > 0 ? "warn" : "good",
  };
}
