/** One step forward. Its statements run in one transaction together with the new `schema_version`. */
export interface Migration {
  readonly version: number;
  readonly statements: readonly string[];
}

const counts = `
  read integer not null default 0,
  stored integer not null default 0,
  duplicates integer not null default 0,
  quarantined integer not null default 0,
  ignored integer not null default 0`;

const first: Migration = {
  version: 1,
  statements: [
    `create table meta (key text primary key, value text not null)`,
    `create table commits (
      snapshot integer primary key, batch_id text not null unique, at integer not null, kind text not null, holder text not null,
      epoch integer not null, rows integer not null, prev_hash text not null, hash text not null)`,
    `create table commit_days (
      snapshot integer not null, tbl text not null, dt text not null, rows integer not null, primary key (snapshot, tbl, dt))`,
    `create table segments (
      id text primary key, tbl text not null, dt text not null, path text not null unique, rows integer not null, bytes integer not null,
      sha256 text not null, min_ts integer, max_ts integer, schema_version integer not null, added_snapshot integer not null,
      replaced_snapshot integer, removed_at integer)`,
    `create index segments_by_day on segments (tbl, dt)`,
    `create index segments_replaced on segments (replaced_snapshot) where replaced_snapshot is not null`,
    `create table sources (
      id text primary key, kind text not null, account_id text, region text, place text not null, name text not null, origin text not null,
      state text not null, reason text, since integer not null, last_ok_at integer)`,
    `create table windows (
      source_id text not null, start_at integer not null, end_at integer not null, state text not null,
      passes integer not null default 0, pages integer not null default 0, objects integer not null default 0, ${counts},
      digest text, digest_at integer, prev_digest text, prev_digest_at integer, token text, token_at integer, next_pass_at integer,
      known blob, primary key (source_id, start_at))`,
    `create table units (
      id integer primary key, source_id text not null, window_start integer not null, kind text not null, key text not null,
      version text not null, size integer not null, last_modified integer, state text not null, rule text,
      ignored_by text not null default '{}', ${counts}, bytes integer not null default 0, attempts integer not null default 0,
      deaths integer not null default 0, suspect integer not null default 0, next_attempt_at integer, error_code text, error text,
      seen_at integer not null, snapshot integer, first_at integer, unique (source_id, key, version))`,
    `create index units_by_window on units (source_id, window_start, state)`,
    `create index units_by_state on units (state, next_attempt_at)`,
    `create table quarantine (
      id text primary key, unit_id integer not null, source_id text not null, reason text not null, detail text not null,
      byte_from integer, byte_to integer, sha256 text, file text, state text not null, "by" text, note text, created_at integer not null,
      resolved_at integer)`,
    `create index quarantine_by_unit on quarantine (unit_id)`,
    `create index quarantine_by_state on quarantine (state, created_at)`,
    `create table leases (
      name text primary key, epoch integer not null, holder text not null, pid integer not null, host text not null, command text not null,
      acquired_at integer not null, heartbeat_at integer not null, expires_at integer)`,
    `create table profiles (arn text primary key, answer text, resolved_at integer, error text, next_try_at integer)`,
    `create table erasures (identity_hash text primary key, at integer not null, "by" text not null, reason text not null)`,
    `create table holds (
      id text primary key, account_id text not null, dt_from text not null, dt_to text not null, reason text not null)`,
    `create table pins (id text primary key, snapshot integer not null, expires_at integer not null)`,
    `create table findings (
      id text primary key, detection_id text not null, severity text not null, subject text not null, bucket text not null,
      first_seen integer not null, last_seen integer not null, state text not null, version integer not null, body text not null,
      updated_at integer not null)`,
    `create index findings_by_state on findings (state, last_seen)`,
    `create index findings_by_detection on findings (detection_id, last_seen)`,
    `create table triage_events (
      finding_id text not null, version integer not null, at integer not null, actor text not null, act text not null, assignee text,
      resolution text, note text not null, primary key (finding_id, version))`,
    `create table detect_runs (
      id text primary key, at integer not null, from_at integer not null, to_at integer not null, ran integer not null, body text not null)`,
    `create index detect_runs_by_time on detect_runs (at)`,
    `create table check_runs (id text primary key, at integer not null, complete integer not null, body text not null)`,
    `create index check_runs_by_time on check_runs (at)`,
    `create table trail (
      seq integer primary key, time integer not null, actor text not null, action text not null, body text not null, prev text not null,
      hash text not null)`,
  ],
};

const targets: Migration = {
  version: 2,
  statements: [
    `create table targets (
      account_id text not null, region text not null, logging text not null, error text, at integer not null,
      primary key (account_id, region))`,
  ],
};

const retirement: Migration = {
  version: 3,
  statements: [
    `alter table sources add column retired_at integer`,
    `alter table windows add column late_at integer`,
    `create index units_by_snapshot on units (snapshot) where snapshot is not null`,
  ],
};

const unseenDeaths: Migration = {
  version: 4,
  statements: [
    `alter table units add column unseen_deaths integer not null default 0`,
    `alter table units add column first_death_at integer`,
  ],
};

const amendments: Migration = {
  version: 5,
  statements: [
    `create table awaited_bodies (unit_id integer primary key, call_id text not null, dt text not null, side text not null)`,
    `create index awaited_bodies_by_day on awaited_bodies (dt)`,
    `alter table profiles add column amended_at integer`,
  ],
};

// A report that was kept before is text; a newer one is the same, packed by gzip.
const checkHistory: Migration = {
  version: 6,
  statements: [
    `create table check_reports (run_id text primary key, body blob not null)`,
    `insert into check_reports (run_id, body) select id, body from check_runs`,
    `create table check_heads (id text primary key, at integer not null, complete integer not null, scope text not null, head text not null)`,
    `insert into check_heads (id, at, complete, scope, head) select id, at, complete, '', json_object(
      'run', json_extract(body, '$.run'), 'policy', json_extract(body, '$.policy'), 'summary', json_extract(body, '$.summary'),
      'scope', '') from check_runs`,
    `drop table check_runs`,
    `alter table check_heads rename to check_runs`,
    `create index check_runs_by_time on check_runs (at)`,
    `create index check_runs_by_scope on check_runs (scope, complete, at)`,
    `create table check_snapshots (
      run_id text not null, account_id text not null, region text not null, at integer not null, body blob not null,
      primary key (run_id, account_id, region))`,
    `create index check_snapshots_by_target on check_snapshots (account_id, region, at)`,
    `create table check_changes (
      run_id text not null, result_id text not null, at integer not null, control text not null, account_id text not null,
      region text not null, body text not null, primary key (run_id, result_id))`,
    `create index check_changes_by_time on check_changes (at)`,
    `create table check_facts (
      account_id text not null, region text not null, fact text not null, at integer not null, body text not null,
      primary key (account_id, region, fact, at))`,
    `create index check_facts_by_time on check_facts (at)`,
  ],
};

const sourceTime: Migration = {
  version: 7,
  statements: [
    `alter table sources add column state_at integer`,
    `alter table sources add column tail_at integer`,
    `alter table windows add column passed_at integer`,
    `alter table windows add column failures integer not null default 0`,
    `alter table windows add column error_code text`,
    `create index windows_due on windows (source_id, next_pass_at)`,
    `create table source_findings (
      kind text not null, source_id text not null, key text not null, at integer not null, primary key (kind, source_id, key))`,
  ],
};

const widerLimit: Migration = {
  version: 8,
  statements: [`alter table units add column max_bytes integer`],
};

const publishedFindings: Migration = {
  version: 9,
  statements: [
    `create table published_findings (
      product_arn text not null, id text not null, scope text not null, at integer not null, body text not null,
      primary key (product_arn, id))`,
    `create index published_findings_by_scope on published_findings (scope)`,
  ],
};

const findingWaivers: Migration = {
  version: 10,
  statements: [
    `create table finding_waivers (finding_id text primary key, until_at integer not null, body text not null)`,
  ],
};

// Pages that wait to be read were known by their name alone: their windows are listed anew.
const waitingPage = `kind = 'page' and state in ('listed', 'fetching', 'corrupt', 'denied', 'archived')`;
const eventsAndUptime: Migration = {
  version: 11,
  statements: [
    `alter table units add column events blob`,
    `alter table windows add column digest_up integer`,
    `update sources set tail_at = null, last_ok_at = min(last_ok_at, (
      select min(window_start) from units where source_id = sources.id and ${waitingPage}))
      where exists (select 1 from units where source_id = sources.id and ${waitingPage})`,
    `update windows set passes = 0, state = 'open', digest = null, digest_at = null
      where exists (select 1 from units where source_id = windows.source_id and window_start = windows.start_at and ${waitingPage})`,
    `delete from units where ${waitingPage}`,
  ],
};

const reportRuns: Migration = {
  version: 12,
  statements: [
    `create table report_runs (
      id text not null, revision integer not null, report_id text not null, title text not null, from_at integer not null,
      to_at integer not null, rendered_at integer not null, snapshot integer not null, targets text not null, amended_at integer,
      primary key (id, revision))`,
    `create index report_runs_by_time on report_runs (rendered_at)`,
  ],
};

const movedUnits: Migration = {
  version: 13,
  statements: [
    `alter table windows add column moved_done integer not null default 0`,
    `alter table windows add column moved_ignored integer not null default 0`,
    `alter table windows add column moved_by text not null default '{}'`,
    `create index windows_by_state on windows (state, start_at)`,
  ],
};

const preferredCopies: Migration = {
  version: 14,
  statements: [`create table preferred_copies (identity_hash text primary key, record_hash text not null)`],
};

const opaqueModels: Migration = {
  version: 15,
  statements: [
    `alter table profiles add column tries integer not null default 0`,
    `alter table profiles add column asked_at integer`,
  ],
};

const beforeSince = `rule = 'before-since' and state = 'ignored'`;

/** Objects that came late into a window which is read were left out once the window was older than what a first start reads. */
const lateObjects: Migration = {
  version: 16,
  statements: [
    `update windows set (read, ignored) = (select windows.read - count(*), windows.ignored - count(*) from units
        where source_id = windows.source_id and window_start = windows.start_at and ${beforeSince})
      where exists (select 1 from units where source_id = windows.source_id and window_start = windows.start_at and ${beforeSince})`,
    `update units set state = 'listed', rule = null, read = 0, ignored = 0, ignored_by = '{}'
      where ${beforeSince} and kind != 'page'
        and exists (select 1 from windows where source_id = units.source_id and start_at = units.window_start)`,
    // A page has its events at hand no more: the next pass over its window shows them anew.
    `delete from units where ${beforeSince} and kind = 'page'
      and exists (select 1 from windows where source_id = units.source_id and start_at = units.window_start)`,
  ],
};

const lostSegments: Migration = {
  version: 17,
  statements: [
    `create table lost_segments (id text primary key, found_at integer not null, outcome text)`,
    `alter table windows add column lost integer not null default 0`,
    `alter table units add column kept integer not null default 0`,
  ],
};

const longerHashes: Migration = {
  version: 18,
  statements: [`alter table windows add column known_units blob`],
};

const broughtByRepairs: Migration = {
  version: 19,
  statements: [`alter table quarantine add column brought text`],
};

/** A unit that breaks the conservation law is found at once. */
const brokenUnits: Migration = {
  version: 20,
  statements: [`create index units_broken on units (id) where read != stored + duplicates + quarantined + ignored`],
};

// A source that was discovered had one place.
const sourcePlaces: Migration = {
  version: 21,
  statements: [
    `create table source_places (
      source_id text not null, role text not null, place text not null, left_at integer, primary key (source_id, role, place))`,
    `insert into source_places (source_id, role, place, left_at)
      select id, 'records', place, null from sources where kind = 's3' and place not like '%, s3://%'`,
  ],
};

const countedUnread: Migration = {
  version: 22,
  statements: [
    `alter table sources add column counted_at integer`,
    // Pages from before were counted by their rule, and by no window.
    `insert into windows (source_id, start_at, end_at, state, read, ignored)
      select source_id, window_start, window_start + 3600000, 'before-since', sum(read), sum(ignored) from units
        where ${beforeSince} and window_start > 0 and not exists (select 1 from windows where source_id = units.source_id and start_at = units.window_start)
        group by source_id, window_start`,
  ],
};

/** A status counts units by source, state and rule without looking at each. */
const unitsBySource: Migration = {
  version: 23,
  statements: [
    `create index units_by_source on units (source_id, state, size)`,
    `create index units_ignoring on units (source_id, ignored_by) where ignored > 0`,
  ],
};

/** In order, without gaps. A released one is never changed. */
export const migrations: readonly Migration[] = [
  first,
  targets,
  retirement,
  unseenDeaths,
  amendments,
  checkHistory,
  sourceTime,
  widerLimit,
  publishedFindings,
  findingWaivers,
  eventsAndUptime,
  reportRuns,
  movedUnits,
  preferredCopies,
  opaqueModels,
  lateObjects,
  lostSegments,
  longerHashes,
  broughtByRepairs,
  brokenUnits,
  sourcePlaces,
  countedUnread,
  unitsBySource,
];

/** The schema version that this program writes and reads. */
export const schemaVersion = migrations.length;
