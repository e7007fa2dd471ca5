import type { Kysely } from "kysely";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { CatalogSchema, StoreState } from "./catalog/schema.ts";
import type { DataPaths } from "./data-dir.ts";
import type { Disk } from "./disk.ts";
import type { DaySpan } from "./engine/read-segments.ts";
import type { Sql } from "./sql.ts";
import type { Random } from "./ulid.ts";

/**
 * A row as the engine gives it: BIGINT as number (as bigint beyond 2^53), DECIMAL as number, TIMESTAMP as ISO 8601 UTC text with milliseconds, MAP as an array of
 * `[key, value]` pairs, LIST and STRUCT as arrays and plain objects, NULL as null.
 */
export type Row = Readonly<Record<string, unknown>>;

export interface QueryOptions {
  /** Ends the query: its slot is free again as soon as the engine has answered the interrupt. */
  readonly signal?: AbortSignal;
  /** Rows after which the query is an error; default 10,000. */
  readonly maxRows?: number;
  /** Default: that of the pool. */
  readonly deadlineMs?: number;
  /**
   * Days of which rows are read, those of `sightings` before them too: only their segments are there for the statement, and its answer is kept
   * for as long as they stay. Default: all days.
   */
  readonly days?: DaySpan;
  /** The commit whose segments are read, where several questions are to be asked of one; it is there for 15 minutes. Default: the newest. */
  readonly snapshot?: number;
}

export interface QueryResult {
  readonly rows: readonly Row[];
  /** The commit whose segments were read. */
  readonly snapshot: number;
}

/**
 * Runs one SELECT at a time over the committed segments. In its SQL each lake table stands under its own name
 * (`from invocations`), with one more column `dt` (VARCHAR, `YYYY-MM-DD`) that every query bounds.
 * Errors are `EngineError` with one of the codes in `engine/engine-error.ts`.
 */
export interface Engine {
  query(statement: Sql, options?: QueryOptions): Promise<QueryResult>;
  close(): Promise<void>;
}

/** The committed state of the lake that readers see. */
export interface SnapshotInfo {
  readonly snapshot: number;
  /** Commit time of the newest segment, ISO; null for an empty store. */
  readonly asOf: string | null;
  /** How many rows each table holds. */
  readonly rows: Readonly<Record<string, number>>;
  /** What the sums of each UTC day (`YYYY-MM-DD`) are read from, named: the same name in two snapshots, the same sums. */
  readonly days: ReadonlyMap<string, string>;
}

/** Catalog, lake and engine of one data directory. Readers need no lock; writing the lake needs the lease. */
export interface Store {
  readonly dataDir: string;
  readonly paths: DataPaths;
  readonly clock: Clock;
  readonly random: Random;
  readonly disk: Disk;
  readonly log: Log;
  readonly catalog: Kysely<CatalogSchema>;
  /** Names this catalog for ever; stands in every segment. */
  readonly catalogId: string;
  /** For screens: small, quick, 3 slots. */
  readonly interactive: Engine;
  /** For detections, reports, exports: 1 slot, 5 min. */
  readonly batch: Engine;
  snapshot(): Promise<SnapshotInfo>;
  /** `refilling` after a catalog was lost, until the writer says that the sources have been read again. */
  state(): Promise<StoreState>;
  /** Whether the catalog was set aside, replaced or found to be damaged: nothing is to be asked or written here any more. */
  isReplaced(): boolean;
  /** The store's secret key for keyed hashes, 32 bytes; made at the first use. */
  hmacKey(): Buffer;
  close(): Promise<void>;
}
