import type { IngestProgress } from "./options.ts";

/** How far a run has come, told each time that it changes. */
export interface Progress {
  now(): IngestProgress;
  add(more: Partial<Omit<IngestProgress, "state" | "stopped">>): void;
  /** A part of the run can write nothing now, in our words; null: it does again. */
  stop(part: string, why: string | null): void;
  /** Listings that are going on. */
  readonly isListing: boolean;
  /** Counts as a listing until it has ended. */
  whileListing<T>(work: () => Promise<T>): Promise<T>;
}

export function openProgress(onProgress: ((progress: IngestProgress) => void) | undefined): Progress {
  let tally = { units: 0, unitsDone: 0, records: 0, bytes: 0 };
  let listings = 0;
  const stops = new Map<string, string>();
  const now = (): IngestProgress => ({
    state: listings > 0 ? "listing" : tally.unitsDone < tally.units ? "reading" : "idle",
    stopped: [...stops.values()][0] ?? null,
    ...tally,
    // One that failed and was read again is done twice.
    units: Math.max(tally.units, tally.unitsDone),
  });
  return {
    now,
    get isListing() {
      return listings > 0;
    },
    add({ bytes = 0, records = 0, units = 0, unitsDone = 0 }) {
      if (bytes + records + units + unitsDone === 0) return;
      tally = {
        units: tally.units + units,
        unitsDone: tally.unitsDone + unitsDone,
        records: tally.records + records,
        bytes: tally.bytes + bytes,
      };
      onProgress?.(now());
    },
    stop(part, why) {
      if ((stops.get(part) ?? null) === why) return;
      if (why === null) stops.delete(part);
      else stops.set(part, why);
      onProgress?.(now());
    },
    async whileListing(work) {
      listings += 1;
      onProgress?.(now());
      try {
        return await work();
      } finally {
        listings -= 1;
        onProgress?.(now());
      }
    },
  };
}
