import type { Kysely } from "kysely";
import type { Finding, TriageAct } from "../domain/finding.ts";
import type { CatalogSchema } from "../store/catalog/schema.ts";
import { after, type Triage } from "./triage.ts";

export type Catalog = Kysely<CatalogSchema>;

/** What a run looked at whole: findings of these buckets that it did not make have lost their records. */
export interface JudgedScope {
  readonly detectionId: string;
  readonly firstDay: string;
  readonly lastDay: string;
  /** Whether it judged the standing state, bucket `-`. */
  readonly standing: boolean;
}

export interface Saved {
  readonly opened: number;
  readonly updated: number;
  readonly withdrawn: number;
}

interface StoredFinding {
  readonly id: string;
  readonly last_seen: number;
  readonly state: Triage["state"];
  readonly version: number;
}

/** Who acts when nobody does. */
const actor = "detect";

/**
 * Replaces what is known of each finding, leaving what people have made of it. A finding within a scope that was not made again is
 * withdrawn; one that was withdrawn and is made again is open again, and so is a standing one with newer hits than its resolution.
 */
export async function saveFindings(
  catalog: Catalog,
  findings: readonly Finding[],
  scopes: readonly JudgedScope[],
  at: number,
): Promise<Saved> {
  return catalog.transaction().execute(async (trx) => {
    let opened = 0;
    let withdrawn = 0;
    for (const finding of findings) {
      const known = await storedFinding(trx, finding.id);
      if (known === null) opened += 1;
      await put(trx, finding, known, at);
    }
    const made = new Set(findings.map(({ id }) => id));
    for (const scope of scopes) {
      for (const lost of await openIn(trx, scope)) {
        if (made.has(lost.id)) continue;
        await act(trx, lost, "withdraw", at, scope.standing ? "no longer seen" : "late-records");
        withdrawn += 1;
      }
    }
    return { opened, updated: findings.length - opened, withdrawn };
  });
}

async function storedFinding(trx: Catalog, id: string): Promise<StoredFinding | null> {
  const row = await trx
    .selectFrom("findings")
    .select(["id", "last_seen", "state", "version"])
    .where("id", "=", id)
    .executeTakeFirst();
  return row === undefined ? null : { ...row, state: row.state as Triage["state"] };
}

async function openIn(trx: Catalog, scope: JudgedScope): Promise<readonly StoredFinding[]> {
  const rows = await trx
    .selectFrom("findings")
    .select(["id", "last_seen", "state", "version"])
    .where("detection_id", "=", scope.detectionId)
    .where("state", "!=", "withdrawn")
    .where((where) =>
      where.or([
        where.and([where("bucket", ">=", scope.firstDay), where("bucket", "<=", scope.lastDay)]),
        where("bucket", "=", scope.standing ? "-" : ""),
      ]),
    )
    .execute();
  return rows.map((row) => ({ ...row, state: row.state as Triage["state"] }));
}

async function put(trx: Catalog, finding: Finding, known: StoredFinding | null, at: number): Promise<void> {
  const row = {
    detection_id: finding.detectionId,
    severity: finding.severity,
    subject: finding.subject,
    bucket: finding.bucket,
    first_seen: Date.parse(finding.firstSeen),
    last_seen: Date.parse(finding.lastSeen),
    body: JSON.stringify(finding),
    updated_at: at,
  };
  if (known === null) {
    await trx
      .insertInto("findings")
      .values({ id: finding.id, ...row, state: "new", version: 0 })
      .execute();
    return;
  }
  await trx.updateTable("findings").set(row).where("id", "=", finding.id).execute();
  if (known.state === "withdrawn") await act(trx, known, "reopen", at, "supported again");
  const isNewer =
    finding.bucket === "-" && known.state === "resolved" && row.last_seen > (await resolvedAt(trx, finding.id));
  if (isNewer) await act(trx, known, "reopen", at, "newer hits");
}

/** Time of the last resolution. */
async function resolvedAt(trx: Catalog, id: string): Promise<number> {
  const row = await trx
    .selectFrom("triage_events")
    .select((select) => select.fn.max("at").as("at"))
    .where("finding_id", "=", id)
    .where("act", "=", "resolve")
    .executeTakeFirst();
  return Number(row?.at ?? 0);
}

async function act(trx: Catalog, known: StoredFinding, name: TriageAct, at: number, note: string): Promise<void> {
  const event = { act: name, assignee: null, resolution: null };
  const next = after({ state: known.state, assignee: null, resolution: null, version: known.version }, event);
  await trx
    .insertInto("triage_events")
    .values({ finding_id: known.id, version: next.version, at, actor, ...event, note })
    .execute();
  await trx
    .updateTable("findings")
    .set({ state: next.state, version: next.version })
    .where("id", "=", known.id)
    .execute();
}
