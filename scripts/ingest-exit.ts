import type { IngestStatus } from "../server/domain/coverage.ts";
import type { IngestRun } from "../server/ingest.ts";
import { exitCodes } from "./command.ts";

/** The first that applies: 130, 3, 4, 1, 0. */
export function ingestExitCode(run: IngestRun, status: IngestStatus, problems: number): number {
  if (run.interrupted) return exitCodes.interrupted;
  if (run.reached === 0) return exitCodes.nothingDone;
  const waits = status.sources.some(
    ({ backlog, state }) => backlog.units > 0 || (state !== "active" && state !== "retired"),
  );
  const isHoled = status.targets.some(({ hole }) => hole !== null);
  if (waits || isHoled || problems > 0 || run.failure !== null) return exitCodes.inPart;
  const lost = status.sources.some(({ units }) =>
    [units.vanished, units.crashed, units.oversize, units.partial].some((n) => (n ?? 0) > 0),
  );
  const isShort = status.targets.some(({ exceptions }) => exceptions > 0);
  return lost || isShort || status.counts.quarantined > 0 ? exitCodes.badNews : exitCodes.done;
}
