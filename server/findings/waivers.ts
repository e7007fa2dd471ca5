import { WaiverInForce } from "../domain/compliance.ts";
import { DetectionWaivers, Finding, type FindingWaiver, type Reach } from "../domain/finding.ts";
import { globMatches } from "../domain/glob.ts";
import { severityRank } from "../domain/severity.ts";
import { daysLeft, endOf, expiringDays, isInForce, type Waiver } from "../domain/waiver.ts";
import type { Catalog } from "./save.ts";

type Waivable = Pick<Finding, "detectionId" | "severity" | "subject" | "reach">;

/**
 * Whether a waiver accepts a finding, in force or not: all that the finding reaches must be as the waiver says, for what nobody has seen is
 * not accepted. Pure.
 */
export function covers({ accepts, detection, match, upTo }: Waiver, finding: Waivable): boolean {
  if (detection !== finding.detectionId || accepts !== "FAIL") return false;
  if (upTo !== undefined && severityRank(finding.severity) > severityRank(upTo)) return false;
  const { account, model, principal, region, tool } = match;
  const { accounts, models, principals, regions } = finding.reach ?? unknownReach;
  const [, subjectTool = null] = finding.subject.split("#");
  return (
    all(account, accounts) &&
    all(region, regions) &&
    all(model, models) &&
    all(principal, principals) &&
    all(tool, subjectTool === null ? null : [subjectTool])
  );
}

const unknownReach: Reach = { accounts: null, regions: null, models: null, principals: null };

function all(wanted: string | undefined, values: readonly string[] | null): boolean {
  if (wanted === undefined) return true;
  return values !== null && values.length > 0 && values.every((value) => globMatches(wanted, value));
}

/** The waiver of each finding, the one that lasts longest, and what became of all that speak of detections. Pure. */
export function waiversOf(
  findings: readonly Finding[],
  waivers: readonly Waiver[],
  now: number,
): { readonly byFinding: ReadonlyMap<string, Waiver>; readonly waivers: DetectionWaivers } {
  const ours = waivers.filter(({ detection }) => detection !== undefined);
  const longestFirst = ours.toSorted((a, b) => compare(b.expires, a.expires) || compare(a.id, b.id));
  const met = new Map<string, number>();
  const byFinding = new Map<string, Waiver>();
  for (const finding of findings) {
    const covering = longestFirst.filter((waiver) => covers(waiver, finding));
    for (const { id } of covering) met.set(id, (met.get(id) ?? 0) + 1);
    if (covering[0] !== undefined) byFinding.set(finding.id, covering[0]);
  }
  const ids = (wanted: (waiver: Waiver) => boolean): string[] => ours.filter(wanted).map(({ id }) => id);
  const inForce = (waiver: Waiver): boolean => isInForce(waiver, now);
  return {
    byFinding,
    waivers: {
      used: ids((waiver) => inForce(waiver) && met.has(waiver.id)),
      expiring: ids((waiver) => inForce(waiver) && daysLeft(waiver, now) <= expiringDays),
      expired: ids((waiver) => !inForce(waiver)),
      unused: ids((waiver) => inForce(waiver) && !met.has(waiver.id)),
      given: ours.map((waiver) => ({
        ...told(waiver),
        detection: waiver.detection ?? "",
        covers: isInForce(waiver, now) ? (met.get(waiver.id) ?? 0) : 0,
      })),
    },
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function told({ expires, id, owner, reason, ticket }: Waiver): WaiverInForce {
  return { id, owner, reason, ticket, expires };
}

const givenKey = "detection-waivers";

/** Puts the file's waivers on all findings that are kept, in place of those that were on them before. */
export async function applyFindingWaivers(
  catalog: Catalog,
  waivers: readonly Waiver[],
  now: number,
): Promise<DetectionWaivers> {
  const rows = await catalog.selectFrom("findings").select("body").where("state", "!=", "withdrawn").execute();
  const findings = rows.map(({ body }) => Finding.parse(JSON.parse(body)));
  const { byFinding, waivers: became } = waiversOf(findings, waivers, now);
  const value = JSON.stringify(became);
  await catalog.transaction().execute(async (trx) => {
    await trx.deleteFrom("finding_waivers").execute();
    for (const [finding_id, waiver] of byFinding)
      await trx
        .insertInto("finding_waivers")
        .values({ finding_id, until_at: endOf(waiver), body: JSON.stringify(told(waiver)) })
        .execute();
    await trx
      .insertInto("meta")
      .values({ key: givenKey, value })
      .onConflict((same) => same.column("key").doUpdateSet({ value }))
      .execute();
  });
  return became;
}

/** What became of the waivers when they were last put on the findings; null: they never were. */
export async function detectionWaivers(catalog: Catalog): Promise<DetectionWaivers | null> {
  const row = await catalog.selectFrom("meta").select("value").where("key", "=", givenKey).executeTakeFirst();
  return row === undefined ? null : DetectionWaivers.parse(JSON.parse(row.value));
}

/** The waivers of these findings, in force or not, by finding. */
export async function findingWaivers(
  catalog: Catalog,
  ids: readonly string[],
  now: number,
): Promise<ReadonlyMap<string, FindingWaiver>> {
  if (ids.length === 0) return new Map();
  const rows = await catalog.selectFrom("finding_waivers").selectAll().where("finding_id", "in", ids).execute();
  return new Map(
    rows.map(({ body, finding_id, until_at }) => [
      finding_id,
      { ...WaiverInForce.parse(JSON.parse(body)), inForce: now < until_at },
    ]),
  );
}
