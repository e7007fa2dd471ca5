import { CheckRunHead, type ComplianceHistory, VerdictChange } from "../domain/compliance.ts";
import type { Catalog } from "./check-runs.ts";

export interface HistoryRange {
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly account?: string | undefined;
  readonly region?: string | undefined;
  readonly control?: string | undefined;
}

const mostRuns = 500;
const mostChanges = 1_000;

/** Runs in `[from, to)` and the verdicts that they changed, newest first. */
export async function checkHistory(catalog: Catalog, range: HistoryRange): Promise<ComplianceHistory> {
  const { account, control, from, region, to } = range;
  const runs = await catalog
    .selectFrom("check_runs")
    .select("head")
    .where("at", ">=", from)
    .where("at", "<", to)
    .orderBy("at", "desc")
    .orderBy("id", "desc")
    .limit(mostRuns + 1)
    .execute();
  const changes = await catalog
    .selectFrom("check_changes")
    .select("body")
    .where("at", ">=", from)
    .where("at", "<", to)
    .$if(account !== undefined, (all) => all.where("account_id", "=", account ?? ""))
    .$if(region !== undefined, (all) => all.where("region", "=", region ?? ""))
    .$if(control !== undefined, (all) => all.where("control", "=", control ?? ""))
    .orderBy("at", "desc")
    .orderBy("account_id")
    .orderBy("region")
    .orderBy("control")
    .orderBy("result_id")
    .limit(mostChanges + 1)
    .execute();
  return {
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    runs: runs.slice(0, mostRuns).map(({ head }) => CheckRunHead.parse(JSON.parse(head))),
    changes: changes.slice(0, mostChanges).map(({ body }) => VerdictChange.parse(JSON.parse(body))),
    truncated: { runs: runs.length > mostRuns, changes: changes.length > mostChanges },
  };
}
