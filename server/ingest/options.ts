import type { UnitLimits } from "./gunzip.ts";
import type { ModelLookup } from "./model-lookup.ts";
import type { ReadersDeps } from "./readers.ts";
import type { Sleep } from "../lib/clock.ts";
import type { ModelMapping } from "../normalize/model-mapping.ts";
import type { Source } from "../sources/source.ts";
import type { Lease } from "../store/lease.ts";
import type { Retention } from "../store/retain.ts";
import type { Store } from "../store/store.ts";

export interface IngestDeps {
  /** Clock, random and log are the store's. */
  readonly store: Store;
  /** Time as the sources tell it, null while none has; windows, schedules and ages follow it. Default: none ever does. */
  readonly sourceTime?: () => number | null;
  readonly lease: Lease;
  /** Default: the machine's own. */
  readonly sleep?: Sleep;
  /** How long the machine has run, in ms. Default: what it says itself. */
  readonly uptime?: () => number;
  readonly sources: readonly IngestSource[];
  /** Sources whose places are asked for bodies, too, though they are not read. */
  readonly beside?: readonly Source[];
  /** Sources that have come since; asked every hour by a run that goes on. */
  readonly moreSources?: () => Promise<readonly IngestSource[]>;
  /** Asks AWS which models stand behind profiles; without it such calls keep no model. */
  readonly lookup?: ModelLookup;
  /** Default: threads of their own. */
  readonly startThread?: ReadersDeps["startThread"];
}

export interface IngestSource {
  readonly source: Source;
  readonly origin: "discovered" | "configured";
  /** True: nothing is delivered to it any more. It is looked at only when a window is due. */
  readonly cold?: boolean;
  /** True: no configuration names it. */
  readonly retired?: boolean;
}

export interface IngestOptions {
  /** True: do all that is due, then end. False: go on until the signal. */
  readonly once: boolean;
  /** How far back the first start reads: `30d`, or a date. Folders are read whole. */
  readonly since: string;
  readonly signal: AbortSignal;
  /** Reader threads; default: as many as cores, of more than two one less, at most 4. */
  readonly workers?: number;
  /** Decompressed bytes of bodies that may wait to be written; default 64 MiB. */
  readonly inFlightBytes?: number;
  /** Bytes of memory that reading may take: from 1 GiB on, batches are larger. Default 512 MiB. */
  readonly memory?: number;
  /** From one look at a source to the next; default a minute. */
  readonly pollMs?: number;
  /** Default: 90 days of content, 400 of calls, 1,100 of rollups. */
  readonly retention?: Retention;
  /** What the operator says of ARNs that AWS does not explain. */
  readonly mapping?: ModelMapping;
  /** Default: those of `unitLimits`. */
  readonly limits?: UnitLimits;
  /** Bytes that the quarantine keeps in all; beyond them place and hash only. Default: 1 GiB. */
  readonly quarantineBytes?: number;
  /** False: no text is searched for signals, which tells what the search costs. Default: true. */
  readonly signals?: boolean;
  /** True when `sources` are not all that there are: reading them says nothing about the rest. */
  readonly isPart?: boolean;
  readonly onProgress?: (progress: IngestProgress) => void;
}

export const defaultPollMs = 60_000;
const longestStopMs = 30_000;

/** What the disk has stopped is tried again after this time. */
export function stoppedMs({ pollMs = defaultPollMs }: Pick<IngestOptions, "pollMs">): number {
  return Math.min(longestStopMs, pollMs);
}

export interface IngestProgress {
  readonly state: "listing" | "reading" | "idle";
  /** Why nothing is stored until it is tried again, and what to do about it; null: it is. */
  readonly stopped: string | null;
  /** Units found that were not accounted for before; how many of them are by now. */
  readonly units: number;
  readonly unitsDone: number;
  readonly records: number;
  /** Decompressed. */
  readonly bytes: number;
}
