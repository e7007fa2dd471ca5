import type { ColumnType } from "kysely";

/* Tables of what was judged and done: findings, checks, reports, the access trail. Conventions: `CatalogSchema`. */

/** Packed by gzip; libsql reads a BLOB as an ArrayBuffer. */
type Packed = ColumnType<ArrayBuffer, Uint8Array, Uint8Array>;

export interface ReportRunsTable {
  id: string;
  revision: number;
  report_id: string;
  title: string;
  from_at: number;
  to_at: number;
  rendered_at: number;
  snapshot: number;
  /** JSON list of `account/region`. */
  targets: string;
  amended_at: number | null;
}

export interface FindingsTable {
  id: string;
  detection_id: string;
  severity: string;
  subject: string;
  bucket: string;
  first_seen: number;
  last_seen: number;
  state: string;
  /** Number of triage events. */
  version: number;
  /** JSON of the domain's `Finding`. */
  body: string;
  updated_at: number;
}

export interface TriageEventsTable {
  finding_id: string;
  version: number;
  at: number;
  actor: string;
  act: string;
  assignee: string | null;
  resolution: string | null;
  note: string;
}

export interface DetectRunsTable {
  id: string;
  at: number;
  from_at: number;
  to_at: number;
  /** Number of rules that ran. */
  ran: number;
  body: string;
}

export interface CheckRunsTable {
  id: string;
  at: number;
  complete: number;
  /** Same for the runs that were asked the same; empty for the oldest. */
  scope: string;
  /** JSON of the domain's `CheckRunHead`. */
  head: string;
}

export interface CheckReportsTable {
  run_id: string;
  /** JSON of the domain's `CheckReport`; the oldest are text. */
  body: ColumnType<ArrayBuffer | string, Uint8Array, Uint8Array>;
}

/** What a run saw of one target. */
export interface CheckSnapshotsTable {
  run_id: string;
  account_id: string;
  region: string;
  at: number;
  /** JSON of a `TargetSnapshot`. */
  body: Packed;
}

export interface CheckChangesTable {
  run_id: string;
  result_id: string;
  at: number;
  control: string;
  account_id: string;
  region: string;
  /** JSON of the domain's `VerdictChange`. */
  body: string;
}

/** A setting of a target, each time that it was seen anew, and once a day. */
export interface CheckFactsTable {
  account_id: string;
  region: string;
  fact: string;
  at: number;
  /** JSON of the fact. */
  body: string;
}

/** The waiver of a finding that lasts longest, in force or not; made anew from the file of waivers. */
export interface FindingWaiversTable {
  finding_id: string;
  /** It is in force before this time. */
  until_at: number;
  /** JSON of the waiver. */
  body: string;
}

/** A finding of the check that Security Hub was last given as one that there is. */
export interface PublishedFindingsTable {
  /** Names the account and the region of the Security Hub. */
  product_arn: string;
  id: string;
  /** Of the run that gave it, as in `check_runs`. */
  scope: string;
  at: number;
  /** JSON of the finding. */
  body: string;
}

export interface TrailTable {
  seq: number;
  time: number;
  actor: string;
  action: string;
  body: string;
  prev: string;
  hash: string;
}
