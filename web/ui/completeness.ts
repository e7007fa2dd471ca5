import type { Status } from "../../server/domain/status.ts";
import { holeOfProgress, type TargetCoverage } from "../../server/domain/coverage.ts";

export type Grade = "good" | "warn" | "bad";

export interface Completeness {
  /** The time through which all targets that are in time are complete; null when none is. */
  readonly through: string | null;
  readonly inTime: number;
  readonly total: number;
  readonly late: readonly TargetCoverage[];
  /** They are being read for the first time: nothing can be said of them yet, and nothing is known to be wrong. */
  readonly first: readonly TargetCoverage[];
  readonly grade: Grade;
}

const lateAfterMs = 20 * 60_000;
const badAfterMs = 60 * 60_000;

/** Late is more than 20 minutes behind the server's clock; more than an hour is bad. */
export function completeness(
  targets: readonly TargetCoverage[],
  serverTime: string,
  ingest: Status["ingest"] = null,
): Completeness {
  const now = Date.parse(serverTime);
  const first = isReading(ingest) ? targets.filter(isBeingRead) : [];
  const rest = targets.filter((target) => !first.includes(target));
  const behind = ({ readThrough }: TargetCoverage) => (readThrough === null ? Infinity : now - Date.parse(readThrough));
  const late = rest.filter((target) => behind(target) > lateAfterMs);
  const inTime = rest.filter((target) => behind(target) <= lateAfterMs);
  const times = inTime.flatMap(({ readThrough }) => readThrough ?? []).toSorted();
  const bad = late.some((target) => behind(target) > badAfterMs);
  return {
    through: times[0] ?? null,
    inTime: inTime.length,
    total: targets.length,
    late,
    first,
    grade: bad ? "bad" : late.length > 0 || first.length > 0 ? "warn" : "good",
  };
}

function isReading(ingest: Status["ingest"]): boolean {
  return ingest !== null && (ingest.state === "listing" || ingest.unitsDone < ingest.units);
}

const ordinary: ReadonlySet<string> = new Set(Object.values(holeOfProgress));

/** Until a first hour is settled, what waits to be read was never read before. */
function isBeingRead({ hole, logging, loggingError, readThrough, settledThrough }: TargetCoverage): boolean {
  const isRefused = logging === "unread" || loggingError !== null || (hole !== null && !ordinary.has(hole.reason));
  return (readThrough === null || (hole !== null && settledThrough === null)) && !isRefused;
}
