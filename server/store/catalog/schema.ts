import type { ColumnType, Generated } from "kysely";
import type {
  CheckChangesTable,
  CheckFactsTable,
  CheckReportsTable,
  CheckRunsTable,
  CheckSnapshotsTable,
  DetectRunsTable,
  FindingWaiversTable,
  FindingsTable,
  PublishedFindingsTable,
  ReportRunsTable,
  TrailTable,
  TriageEventsTable,
} from "./judged-schema.ts";

/* Tables of the store itself: what is in it, where it came from, who may write it; and all tables together. */

/** The numbers of the conservation law as columns. */
interface CountColumns {
  read: Generated<number>;
  stored: Generated<number>;
  duplicates: Generated<number>;
  quarantined: Generated<number>;
  ignored: Generated<number>;
}

/** `refilling`: the catalog was lost, and the sources are being read again. */
export type StoreState = "ok" | "refilling";

/** Keys `catalog_id`, `schema_version`, `created_at`, `state` (`StoreState`). */
export interface MetaTable {
  key: string;
  value: string;
}

/** `lose`: segments whose files were lost leave what is read; `undo`: what was stored beside them leaves, to be read again. */
export type CommitKind = "ingest" | "amend" | "compact" | "retain" | "erase" | "lose" | "undo";

export interface CommitsTable {
  snapshot: number;
  batch_id: string;
  at: number;
  kind: CommitKind;
  holder: string;
  epoch: number;
  rows: number;
  prev_hash: string;
  hash: string;
}

export interface CommitDaysTable {
  snapshot: number;
  tbl: string;
  dt: string;
  rows: number;
}

/** A segment is live in snapshot n if `added_snapshot <= n` and (`replaced_snapshot` is NULL or `> n`). */
export interface SegmentsTable {
  /** The file's name without extension. */
  id: string;
  tbl: string;
  dt: string;
  /** Below the data directory, with `/`. */
  path: string;
  rows: number;
  bytes: number;
  sha256: string;
  min_ts: number | null;
  max_ts: number | null;
  schema_version: number;
  added_snapshot: number;
  replaced_snapshot: number | null;
  /** When the file was moved to the trash. */
  removed_at: number | null;
}

/**
 * `undone`: the sources are read again; `held`: not yet, as some of what is left stands nowhere else, and the sums know of calls that
 * retention took; `gone`: they do not have the rows any more; `kept`: no call was lost with the rows; `summed`: they were sums, made again
 * from the calls; `unanswered`: the sources have been asked, and are asked again.
 */
export type LossOutcome = "unanswered" | "undone" | "held" | "gone" | "kept" | "summed";

/** Segments whose rows were lost, by the id of the segment. */
export interface LostSegmentsTable {
  id: string;
  found_at: number;
  /** A `LossOutcome`; null: the sources have not been asked yet. */
  outcome: string | null;
}

export interface SourcesTable {
  id: string;
  kind: string;
  account_id: string | null;
  region: string | null;
  place: string;
  name: string;
  origin: string;
  state: string;
  reason: string | null;
  since: number;
  last_ok_at: number | null;
  /** When it left the logging configuration. */
  retired_at: number | null;
  /** Since when it is in its state. */
  state_at: number | null;
  /** End of the last range of new events that was read whole. */
  tail_at: number | null;
  /** When what is older than what is read was counted whole. */
  counted_at: Generated<number | null>;
}

/** Prefixes of buckets that the configuration of a source names or has named. */
export interface SourcePlacesTable {
  source_id: string;
  role: string;
  place: string;
  /** When it was seen first that no configuration names it any more. */
  left_at: number | null;
}

export interface WindowsTable extends CountColumns {
  source_id: string;
  /** Start of the hour; 0 is the one window of a folder's flat files. */
  start_at: number;
  end_at: number;
  state: string;
  passes: Generated<number>;
  pages: Generated<number>;
  objects: Generated<number>;
  digest: string | null;
  digest_at: number | null;
  /** Of a folder: how long this machine had run by then, in ms. */
  digest_up: Generated<number | null>;
  prev_digest: string | null;
  prev_digest_at: number | null;
  token: string | null;
  token_at: number | null;
  next_pass_at: number | null;
  /** Of the last complete pass. */
  passed_at: Generated<number | null>;
  /** Passes in a row that failed, and the code of the last one's error. */
  failures: Generated<number>;
  error_code: Generated<string | null>;
  /** When records came after it had been read whole. */
  late_at: Generated<number | null>;
  /** Units of it that lie in the lake, by their state; JSON object: rule → lines ignored by it in them. */
  moved_done: Generated<number>;
  moved_ignored: Generated<number>;
  moved_by: Generated<string>;
  /** Rows of it were lost: 1, and its source has not been asked for them; 2, and its next pass brings them; 3, for good. */
  lost: Generated<number>;
  /** Packed `unitHash`es of its units that are in the lake. */
  known_units: ColumnType<ArrayBuffer | null, Uint8Array | null | undefined, Uint8Array | null>;
  /**
   * Packed 64-bit hashes of its events that are in the lake, or shorter ones of units that an older program moved there; libsql reads a
   * BLOB as an ArrayBuffer.
   */
  known: ColumnType<ArrayBuffer | null, Uint8Array | null, Uint8Array | null>;
}

export interface UnitsTable extends CountColumns {
  id: Generated<number>;
  source_id: string;
  window_start: number;
  kind: string;
  key: string;
  version: string;
  size: number;
  last_modified: number | null;
  state: string;
  /** The rule that ignored the whole unit. */
  rule: string | null;
  /** JSON object: rule → lines ignored by it. */
  ignored_by: Generated<string>;
  bytes: Generated<number>;
  attempts: Generated<number>;
  deaths: Generated<number>;
  suspect: Generated<number>;
  /** Deaths of its reader, alone, that nobody saw: a kill, a loss of power, or its own doing. */
  unseen_deaths: Generated<number>;
  /** Decompressed bytes up to which a person lets it be read; null: the limits of all. */
  max_bytes: Generated<number | null>;
  /** Of the unseen ones. */
  first_death_at: Generated<number | null>;
  next_attempt_at: number | null;
  error_code: string | null;
  error: string | null;
  seen_at: number;
  snapshot: number | null;
  /** Time of its first record: the day of a flat file. */
  first_at: Generated<number | null>;
  /** Of one that is read again after a loss: rows of it that the lake still holds, which it will meet as duplicates. */
  kept: Generated<number>;
  /** Of a page: packed 64-bit hashes of the events that it is to bring, or that are lost with it; null once it was read. */
  events: ColumnType<ArrayBuffer | null, Uint8Array | null | undefined, Uint8Array | null>;
}

export interface QuarantineTable {
  id: string;
  unit_id: number;
  source_id: string;
  reason: string;
  detail: string;
  byte_from: number | null;
  byte_to: number | null;
  sha256: string | null;
  file: string | null;
  state: string;
  by: string | null;
  note: string | null;
  created_at: number;
  resolved_at: number | null;
  /** JSON of `Brought`: what a repair has put in its place; null for those of older programs. */
  brought: Generated<string | null>;
}

export interface LeasesTable {
  name: string;
  epoch: number;
  holder: string;
  pid: number;
  host: string;
  command: string;
  acquired_at: number;
  heartbeat_at: number;
  expires_at: number | null;
}

/** What AWS said of each opaque ARN that calls named: profiles, provisioned throughput, models of an account's own. */
export interface ProfilesTable {
  arn: string;
  answer: string | null;
  resolved_at: number | null;
  error: string | null;
  next_try_at: number | null;
  /** When the calls that were stored before the answer came were read again with it. */
  amended_at: Generated<number | null>;
  /** How often AWS was asked in vain, and when last. */
  tries: Generated<number>;
  asked_at: Generated<number | null>;
}

/** Bodies that were not there with their records: what each unit of kind `body` belongs to. */
export interface AwaitedBodiesTable {
  unit_id: number;
  /** `account/region/request id`. */
  call_id: string;
  dt: string;
  side: string;
}

export interface ErasuresTable {
  identity_hash: string;
  at: number;
  by: string;
  reason: string;
}

/** Calls of which two copies conflict, and which copy is the current one: for a store that reads them in another order. */
export interface PreferredCopiesTable {
  identity_hash: string;
  /** Decimal; 64 bits. */
  record_hash: string;
}

export interface HoldsTable {
  id: string;
  account_id: string;
  dt_from: string;
  dt_to: string;
  reason: string;
}

export interface PinsTable {
  id: string;
  snapshot: number;
  expires_at: number;
}

/** What discovery last said of each account × region. */
export interface TargetsTable {
  account_id: string;
  region: string;
  /** `on`, `off` or `unread`. */
  logging: string;
  error: string | null;
  at: number;
}

/** What was seen of a source and stands in no other table: `source_id` is empty for what concerns them all. */
export interface SourceFindingsTable {
  kind: string;
  source_id: string;
  key: string;
  at: number;
}

/** The catalog's tables: times INTEGER milliseconds, JSON as TEXT, booleans 0 and 1. */
export interface CatalogSchema {
  meta: MetaTable;
  commits: CommitsTable;
  commit_days: CommitDaysTable;
  segments: SegmentsTable;
  lost_segments: LostSegmentsTable;
  sources: SourcesTable;
  source_places: SourcePlacesTable;
  windows: WindowsTable;
  units: UnitsTable;
  quarantine: QuarantineTable;
  leases: LeasesTable;
  profiles: ProfilesTable;
  awaited_bodies: AwaitedBodiesTable;
  erasures: ErasuresTable;
  preferred_copies: PreferredCopiesTable;
  holds: HoldsTable;
  pins: PinsTable;
  findings: FindingsTable;
  triage_events: TriageEventsTable;
  detect_runs: DetectRunsTable;
  check_runs: CheckRunsTable;
  report_runs: ReportRunsTable;
  check_reports: CheckReportsTable;
  check_snapshots: CheckSnapshotsTable;
  check_changes: CheckChangesTable;
  check_facts: CheckFactsTable;
  finding_waivers: FindingWaiversTable;
  published_findings: PublishedFindingsTable;
  targets: TargetsTable;
  source_findings: SourceFindingsTable;
  trail: TrailTable;
}
