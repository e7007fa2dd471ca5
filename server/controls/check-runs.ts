import { type Kysely, sql as statement, type Transaction } from "kysely";
import { CheckReport, CheckRunHead, type NarrowerRun, RunScope, type VerdictChange } from "../domain/compliance.ts";
import { packJson, unpackJson } from "../lib/packed-json.ts";
import type { CatalogSchema } from "../store/catalog/schema.ts";
import type { RunSnapshot } from "./check-report.ts";
import { verdictChanges } from "./drift.ts";
import type { FactName } from "./facts.ts";
import { type KeptFact, keptFacts, saveFacts } from "./earlier-looks.ts";
import { placeOf, type TargetSnapshot } from "./target-snapshot.ts";
import { savedTarget, targetSnapshotFrom } from "./target-snapshot-file.ts";

export type Catalog = Kysely<CatalogSchema>;

/** Whole reports, and what they were judged from, are kept of so many runs of each scope; heads and changes of so many days. */
const runsKept = 100;
const daysKept = 400;
const dayMs = 86_400_000;

/** A run that came to its end, with what it saw. */
export interface KeptRun {
  readonly report: CheckReport;
  /** Of the targets that were looked at; null: they were not asked for, or are of another version of this program. */
  readonly targets: readonly TargetSnapshot[] | null;
}

/**
 * Appends a run, what it saw and which verdicts it changed against `previous`, and lets go of what is past its time. `part`: it was asked
 * for fewer accounts or regions than are configured.
 */
export async function saveCheck(
  catalog: Catalog,
  report: CheckReport,
  {
    previous = null,
    snapshot = null,
    part = false,
  }: { readonly snapshot?: RunSnapshot | null; readonly previous?: CheckReport | null; readonly part?: boolean } = {},
): Promise<void> {
  const { clock, complete, id } = report.run;
  const at = Date.parse(clock);
  const scope = snapshot?.scope ?? "";
  const { policy, run, summary } = report;
  const head: CheckRunHead = { run, policy, summary, scope, part: part || (snapshot?.without.length ?? 0) > 0 };
  const body = await packJson(report);
  const seen = snapshot?.targets.filter(({ kind }) => kind !== "left") ?? [];
  const snapshots = await Promise.all(
    seen.map(async (target) => {
      const { account, region } = placeOf(target);
      return { run_id: id, account_id: account, region, at, body: await packJson(savedTarget(target)) };
    }),
  );
  const changes = previous === null || !complete ? [] : verdictChanges(report, previous, scope);
  const facts: readonly KeptFact[] = keptFacts(seen, at);
  await catalog.transaction().execute(async (trx) => {
    await trx
      .insertInto("check_runs")
      .values({ id, at, complete: complete ? 1 : 0, scope, head: JSON.stringify(head) })
      .execute();
    await trx.insertInto("check_reports").values({ run_id: id, body }).execute();
    for (const some of chunks(snapshots)) await trx.insertInto("check_snapshots").values(some).execute();
    for (const some of chunks(changes.map((change) => changeRow(change, at))))
      await trx.insertInto("check_changes").values(some).execute();
    await saveFacts(trx, facts);
    await letGo(trx, scope, at);
  });
}

function changeRow(change: VerdictChange, at: number) {
  return {
    run_id: change.runId,
    result_id: change.id,
    at,
    control: change.control,
    account_id: change.account,
    region: change.region,
    body: JSON.stringify(change),
  };
}

/** A statement takes a limited number of values. */
function chunks<T>(rows: readonly T[]): readonly (readonly T[])[] {
  const size = 500;
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, at) => rows.slice(at * size, (at + 1) * size));
}

/** The newest complete run of a scope stays, however many broken ones came after it. */
async function letGo(trx: Transaction<CatalogSchema>, scope: string, now: number): Promise<void> {
  const oldest = now - daysKept * dayMs;
  const newest = (complete: readonly number[], most: number) =>
    trx
      .selectFrom("check_runs")
      .select("id")
      .where("scope", "=", scope)
      .where("complete", "in", complete)
      .orderBy("at", "desc")
      .orderBy("id", "desc")
      .limit(most)
      .execute();
  const kept = [...(await newest([0, 1], runsKept)), ...(await newest([1], 1))].map(({ id }) => id);
  for (const table of ["check_reports", "check_snapshots"] as const)
    await trx
      .deleteFrom(table)
      .where("run_id", "in", (runs) => runs.selectFrom("check_runs").select("id").where("scope", "=", scope))
      .where("run_id", "not in", kept)
      .execute();
  for (const table of ["check_reports", "check_snapshots"] as const)
    await trx
      .deleteFrom(table)
      .where("run_id", "in", (runs) => runs.selectFrom("check_runs").select("id").where("at", "<", oldest))
      .execute();
  for (const table of ["check_runs", "check_changes", "check_facts"] as const)
    await trx.deleteFrom(table).where("at", "<", oldest).execute();
}

/**
 * The newest run that came to its end, for one that was cut short shows less; without any, the newest. One that was asked for less than
 * is configured stands behind the others, for the same reason. Null before the first.
 */
export async function latestCheck(catalog: Catalog): Promise<CheckReport | null> {
  const newest = await catalog
    .selectFrom("check_runs")
    .innerJoin("check_reports", "check_reports.run_id", "check_runs.id")
    .select("check_runs.id")
    .orderBy("complete", "desc")
    .orderBy(isPart)
    .orderBy("at", "desc")
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  if (newest === undefined) return null;
  const row = await catalog
    .selectFrom("check_reports")
    .select("body")
    .where("run_id", "=", newest.id)
    .executeTakeFirstOrThrow();
  return CheckReport.parse(await unpackJson(row.body));
}

const isPart = statement<number>`coalesce(json_extract(check_runs.head, '$.part'), 0)`;

/** The newest complete run after this one; null: there is none. */
export async function newerRun(catalog: Catalog, { run }: Pick<CheckReport, "run">): Promise<NarrowerRun | null> {
  const row = await catalog
    .selectFrom("check_runs")
    .select("head")
    .where("complete", "=", 1)
    .where("at", ">", Date.parse(run.clock))
    .orderBy("at", "desc")
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) return null;
  const { run: newer, scope } = CheckRunHead.parse(JSON.parse(row.head));
  return { id: newer.id, clock: newer.clock, scope: runScopeFrom(scope) };
}

/** Null for what is no scope of this program: that of an older one was not kept. */
function runScopeFrom(text: string): RunScope | null {
  if (!text.startsWith("{")) return null;
  return RunScope.safeParse(JSON.parse(text)).data ?? null;
}

/** The last run of a scope that came to its end; null: none is kept. What it saw is read where `withTargets` says so of its report. */
export async function lastOfScope(
  catalog: Catalog,
  scope: string,
  withTargets: (report: CheckReport) => boolean,
): Promise<KeptRun | null> {
  const row = await catalog
    .selectFrom("check_runs")
    .innerJoin("check_reports", "check_reports.run_id", "check_runs.id")
    .select(["check_runs.id", "check_reports.body"])
    .where("scope", "=", scope)
    .where("complete", "=", 1)
    .orderBy("at", "desc")
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) return null;
  const report = CheckReport.parse(await unpackJson(row.body));
  return { report, targets: withTargets(report) ? await targetsOf(catalog, row.id) : null };
}

/** A run that is kept, with all that it saw as it was saved; null: there is none by this id. `seen` null: that is no longer kept. */
export async function keptRun(
  catalog: Catalog,
  id: string,
): Promise<{ readonly report: CheckReport; readonly seen: readonly object[] | null } | null> {
  const row = await catalog.selectFrom("check_reports").select("body").where("run_id", "=", id).executeTakeFirst();
  if (row === undefined) return null;
  const report = CheckReport.parse(await unpackJson(row.body));
  const targets = await targetsOf(catalog, id);
  const seen = targets === null || targets.length === 0 ? null : targets.map(savedTarget);
  return { report, seen };
}

async function targetsOf(catalog: Catalog, runId: string): Promise<readonly TargetSnapshot[] | null> {
  const rows = await catalog
    .selectFrom("check_snapshots")
    .select("body")
    .where("run_id", "=", runId)
    .orderBy("account_id")
    .orderBy("region")
    .execute();
  const read = await Promise.all(rows.map(async ({ body }) => targetSnapshotFrom(await unpackJson(body)).target));
  const targets = read.filter((target) => target !== null);
  return targets.length === read.length ? targets : null;
}

/** What the newest complete run saw of one target; null: none did, or it is of another version of this program. */
export async function latestSnapshot(catalog: Catalog, target: Place): Promise<TargetSnapshot | null> {
  return (await lookBefore(catalog, target, Infinity))?.seen ?? null;
}

interface Place {
  readonly account: string;
  readonly region: string;
}

/** What a run saw of a target, and the run. */
export interface Look {
  readonly seen: TargetSnapshot;
  readonly run: CheckRunHead;
}

/** Runs may ask for less than all: so many of them in a row are passed by. */
const mostPassedBy = 20;

/** The newest look at a target that asked for the fact, or found the account shut; null: none of the last ones did. */
export async function latestLook(catalog: Catalog, target: Place, fact: FactName): Promise<Look | null> {
  let before = Infinity;
  for (let looks = 0; looks < mostPassedBy; looks++) {
    const look = await lookBefore(catalog, target, before);
    if (look === null || look.seen?.kind !== "read" || fact in look.seen.snapshot.facts)
      return look === null || look.seen === null ? null : { seen: look.seen, run: look.run };
    before = look.at;
  }
  return null;
}

/** Of the newest complete run before a time; `seen` null: it is of another version of this program. */
async function lookBefore(catalog: Catalog, { account, region }: Place, before: number) {
  const row = await catalog
    .selectFrom("check_snapshots")
    .innerJoin("check_runs", "check_runs.id", "check_snapshots.run_id")
    .select(["check_snapshots.body", "check_snapshots.at", "check_runs.head"])
    .where("account_id", "=", account)
    .where("region", "=", region)
    .where("complete", "=", 1)
    .$if(before < Infinity, (all) => all.where("check_snapshots.at", "<", before))
    .orderBy("check_snapshots.at", "desc")
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) return null;
  const seen = targetSnapshotFrom(await unpackJson(row.body)).target;
  return { seen, at: row.at, run: CheckRunHead.parse(JSON.parse(row.head)) };
}
