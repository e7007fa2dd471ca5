import type { Catalog } from "./ledger.ts";
import type { Target } from "../../domain/target.ts";

/** A report that was made of `[from, to)`; making it again is another revision of the same run. Times are ms. */
export interface ReportRun {
  readonly id: string;
  readonly revision: number;
  readonly reportId: string;
  readonly title: string;
  readonly from: number;
  readonly to: number;
  readonly renderedAt: number;
  readonly snapshot: number;
  /** When records came to a window in it that had been read whole before; null: none did. */
  readonly amendedAt: number | null;
}

export interface NewReportRun extends Omit<ReportRun, "revision" | "amendedAt"> {
  /** Whose records it counts. */
  readonly targets: readonly Target[];
}

const keptMs = 400 * 86_400_000;

/** Notes that a report was made, and forgets those that are over 400 days old. */
export async function saveReportRun(catalog: Catalog, run: NewReportRun): Promise<void> {
  await catalog.transaction().execute(async (trx) => {
    const { last } = await trx
      .selectFrom("report_runs")
      .select(({ fn }) => fn.max<number | null>("revision").as("last"))
      .where("id", "=", run.id)
      .executeTakeFirstOrThrow();
    await trx
      .insertInto("report_runs")
      .values({
        id: run.id,
        revision: (last ?? 0) + 1,
        report_id: run.reportId,
        title: run.title,
        from_at: run.from,
        to_at: run.to,
        rendered_at: run.renderedAt,
        snapshot: run.snapshot,
        targets: JSON.stringify(run.targets.map(nameOf)),
        amended_at: null,
      })
      .execute();
    await trx
      .deleteFrom("report_runs")
      .where("rendered_at", "<", run.renderedAt - keptMs)
      .execute();
  });
}

/** Records have come to `[from, to)` that earlier reports do not count. `target` null: of any account and region. */
export async function amendReportRuns(
  trx: Catalog,
  {
    at,
    from,
    target,
    to,
  }: { readonly from: number; readonly to: number; readonly at: number; readonly target: Target | null },
): Promise<void> {
  const runs = await trx
    .selectFrom("report_runs")
    .select(["id", "revision", "targets"])
    .where("from_at", "<", to)
    .where("to_at", ">", from)
    .where("rendered_at", "<=", at)
    .where("amended_at", "is", null)
    .execute();
  for (const { id, revision, targets } of runs) {
    if (target !== null && !(JSON.parse(targets) as string[]).includes(nameOf(target))) continue;
    await trx
      .updateTable("report_runs")
      .set({ amended_at: at })
      .where("id", "=", id)
      .where("revision", "=", revision)
      .execute();
  }
}

function nameOf({ accountId, region }: Target): string {
  return `${accountId}/${region}`;
}

/** The newest ones, newest first. */
export async function reportRuns(catalog: Catalog, limit: number): Promise<readonly ReportRun[]> {
  const rows = await catalog
    .selectFrom("report_runs")
    .selectAll()
    .orderBy("rendered_at", "desc")
    .orderBy("id")
    .orderBy("revision", "desc")
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    revision: row.revision,
    reportId: row.report_id,
    title: row.title,
    from: row.from_at,
    to: row.to_at,
    renderedAt: row.rendered_at,
    snapshot: row.snapshot,
    amendedAt: row.amended_at,
  }));
}
