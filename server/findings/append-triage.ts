import { Finding, type FindingWaiver, type TriagedFinding, TriageEvent } from "../domain/finding.ts";
import type { Catalog } from "./save.ts";
import { findingWaivers } from "./waivers.ts";
import { after, checkWish, triageOf, type Triage, type TriageWish } from "./triage.ts";

/** Who acts, and when (ms). */
export interface Act extends TriageWish {
  readonly actor: string;
  readonly at: number;
}

export interface FindingWithTriage {
  readonly finding: TriagedFinding;
  /** Oldest first. */
  readonly triage: readonly TriageEvent[];
}

/** A finding with its events, and its waiver as of `now`; null if there is none. */
export async function findingDetail(catalog: Catalog, id: string, now: number): Promise<FindingWithTriage | null> {
  const row = await catalog.selectFrom("findings").select("body").where("id", "=", id).executeTakeFirst();
  if (row === undefined) return null;
  const triage = await eventsOf(catalog, id);
  const waivers = await findingWaivers(catalog, [id], now);
  return { finding: withTriage(row.body, triageOf(triage), waivers.get(id) ?? null), triage };
}

/** The events of a finding, oldest first. */
async function eventsOf(catalog: Catalog, id: string): Promise<readonly TriageEvent[]> {
  const rows = await catalog
    .selectFrom("triage_events")
    .selectAll()
    .where("finding_id", "=", id)
    .orderBy("version")
    .execute();
  return rows.map(({ finding_id, at, ...row }) =>
    TriageEvent.parse({ ...row, findingId: finding_id, at: new Date(at).toISOString() }),
  );
}

export function withTriage(
  body: string,
  { state, assignee, resolution, version }: Triage,
  waiver: FindingWaiver | null,
): TriagedFinding {
  return { ...Finding.parse(JSON.parse(body)), state, assignee, resolution, version, waiver };
}

/**
 * Adds one act to a finding; null if there is no such finding. Throws `ConflictError` if somebody else was quicker, `UserError` if
 * the act makes no sense now.
 */
export async function appendTriage(catalog: Catalog, id: string, wish: Act): Promise<FindingWithTriage | null> {
  const done = await catalog.transaction().execute(async (trx) => {
    const known = await findingDetail(trx, id, wish.at);
    if (known === null) return false;
    checkWish(known.finding, wish);
    const event = {
      act: wish.act,
      assignee: wish.assignee ?? null,
      resolution: wish.act === "resolve" ? (wish.resolution ?? null) : null,
    };
    const next = after(known.finding, event);
    const { actor, at, note } = wish;
    await trx
      .insertInto("triage_events")
      .values({ finding_id: id, version: next.version, at, actor, ...event, note })
      .execute();
    await trx.updateTable("findings").set({ state: next.state, version: next.version }).where("id", "=", id).execute();
    return true;
  });
  return done ? findingDetail(catalog, id, wish.at) : null;
}
