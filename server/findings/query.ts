import { type ExpressionBuilder, type SqlBool, sql, type Expression } from "kysely";
import type { FindingPage } from "../domain/finding-answers.ts";
import type { FindingState, ShownFindingState, TriageEvent } from "../domain/finding.ts";
import { severities, type Severity } from "../domain/severity.ts";
import { UserError } from "../lib/errors.ts";
import type { CatalogSchema } from "../store/catalog/schema.ts";
import { withTriage } from "./append-triage.ts";
import type { Catalog } from "./save.ts";
import { triageOf } from "./triage.ts";
import { findingWaivers } from "./waivers.ts";

/** A question whose times are fixed. */
export interface AbsoluteFindingQuery {
  /** ISO; findings whose span touches `[from, to)`. */
  readonly from: string;
  readonly to: string;
  readonly severities: readonly Severity[];
  /** Empty: the open ones. */
  readonly states: readonly ShownFindingState[];
  readonly detections: readonly string[];
  readonly subjects: readonly string[];
  /** For which waivers must be in force, in milliseconds. */
  readonly now: number;
  readonly cursor: string | null;
  readonly limit: number;
}

const openStates: readonly FindingState[] = ["new", "in_progress"];

type Where = ExpressionBuilder<CatalogSchema, "findings">;

/** Findings, gravest first, then newest, then by id. */
export async function queryFindings(catalog: Catalog, query: AbsoluteFindingQuery): Promise<FindingPage> {
  const rows = await catalog
    .selectFrom("findings")
    .select(["id", "body", "severity", "last_seen"])
    .select(rank.as("rank"))
    .where((where) => where.and([...chosen(where, query), ...behind(where, query.cursor)]))
    .orderBy(rank, "desc")
    .orderBy("last_seen", "desc")
    .orderBy("id")
    .limit(query.limit + 1)
    .execute();
  const page = rows.slice(0, query.limit);
  const triage = await triageByFinding(
    catalog,
    page.map(({ id }) => id),
  );
  const waivers = await findingWaivers(
    catalog,
    page.map(({ id }) => id),
    query.now,
  );
  const last = page.at(-1);
  return {
    items: page.map(({ id, body }) => withTriage(body, triageOf(triage.get(id) ?? []), waivers.get(id) ?? null)),
    next: rows.length > query.limit && last !== undefined ? cursorOf(last.rank, last.last_seen, last.id) : null,
    ...(await countsOf(catalog, query)),
    detections: await lastRun(catalog),
  };
}

/** Order of severities as a number, for the database. */
const rank = sql<number>`case severity ${sql.join(
  severities.map((name, index) => sql`when ${name} then ${sql.lit(index)}`),
  sql` `,
)} end`;

function inRange(where: Where, { from, to }: AbsoluteFindingQuery): Expression<SqlBool>[] {
  return [where("first_seen", "<", Date.parse(to)), where("last_seen", ">=", Date.parse(from))];
}

function chosen(where: Where, query: AbsoluteFindingQuery): Expression<SqlBool>[] {
  const states = query.states.length > 0 ? query.states : openStates;
  const waived = isWaived(where, query.now);
  const triaged = where.and([where.not(waived), where("state", "in", states)]);
  return [...filtered(where, query), states.includes("waived") ? where.or([waived, triaged]) : triaged];
}

function isWaived(where: Where, now: number): Expression<SqlBool> {
  return where.exists(
    where
      .selectFrom("finding_waivers")
      .select("finding_id")
      .whereRef("finding_waivers.finding_id", "=", "findings.id")
      .where("until_at", ">", now),
  );
}

function filtered(where: Where, query: AbsoluteFindingQuery): Expression<SqlBool>[] {
  const conditions = inRange(where, query);
  if (query.severities.length > 0) conditions.push(where("severity", "in", query.severities));
  if (query.detections.length > 0) conditions.push(where("detection_id", "in", query.detections));
  if (query.subjects.length > 0) conditions.push(where("subject", "in", query.subjects));
  return conditions;
}

function cursorOf(...place: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(place)).toString("base64url");
}

/** What stands behind the cursor in the order of the page. */
function behind(where: Where, cursor: string | null): Expression<SqlBool>[] {
  if (cursor === null) return [];
  const [place, lastSeen, id] = readCursor(cursor);
  return [
    where.or([
      sql<SqlBool>`${rank} < ${place}`,
      where.and([sql<SqlBool>`${rank} = ${place}`, where("last_seen", "<", lastSeen)]),
      where.and([sql<SqlBool>`${rank} = ${place}`, where("last_seen", "=", lastSeen), where("id", ">", id)]),
    ]),
  ];
}

function readCursor(cursor: string): readonly [number, number, string] {
  try {
    const place: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    if (
      Array.isArray(place) &&
      typeof place[0] === "number" &&
      typeof place[1] === "number" &&
      typeof place[2] === "string"
    ) {
      return [place[0], place[1], place[2]];
    }
  } catch {
    // Told below, in our words.
  }
  throw new UserError("cursor: it is none of ours", "Begin with the first page.");
}

type Event = Pick<TriageEvent, "act" | "assignee" | "resolution">;

async function triageByFinding(
  catalog: Catalog,
  ids: readonly string[],
): Promise<ReadonlyMap<string, readonly Event[]>> {
  const events = new Map<string, Event[]>();
  if (ids.length === 0) return events;
  const rows = await catalog
    .selectFrom("triage_events")
    .select(["finding_id", "act", "assignee", "resolution"])
    .where("finding_id", "in", ids)
    .orderBy("finding_id")
    .orderBy("version")
    .execute();
  for (const { finding_id, ...row } of rows) {
    const event = row as Event;
    const known = events.get(finding_id);
    if (known === undefined) events.set(finding_id, [event]);
    else known.push(event);
  }
  return events;
}

async function countsOf(
  catalog: Catalog,
  query: AbsoluteFindingQuery,
): Promise<Pick<FindingPage, "total" | "counts" | "fresh" | "notShown">> {
  const from = Date.parse(query.from);
  const groups = await catalog
    .selectFrom("findings")
    .select(["severity", "state"])
    .select((select) => [
      select.fn.countAll<number>().as("count"),
      sql<number>`sum(case when first_seen >= ${from} then 1 else 0 end)`.as("fresh"),
    ])
    .where((where) => where.and([...inRange(where, query), where.not(isWaived(where, query.now))]))
    .groupBy(["severity", "state"])
    .execute();
  const waived = await catalog
    .selectFrom("findings")
    .select(["severity", (select) => select.fn.countAll<number>().as("count")])
    .where((where) => where.and([...inRange(where, query), isWaived(where, query.now)]))
    .groupBy("severity")
    .execute();
  const shown = await count(catalog, (where) => chosen(where, query));
  const all = await count(catalog, (where) => filtered(where, query));
  const counts: Partial<Record<Severity, Partial<Record<ShownFindingState, number>>>> = {};
  const fresh: Partial<Record<Severity, number>> = {};
  for (const group of groups) {
    const severity = group.severity as Severity;
    const state = group.state as FindingState;
    counts[severity] = { ...counts[severity], [state]: Number(group.count) };
    if (openStates.includes(state)) fresh[severity] = (fresh[severity] ?? 0) + Number(group.fresh);
  }
  for (const group of waived) {
    const severity = group.severity as Severity;
    counts[severity] = { ...counts[severity], waived: Number(group.count) };
  }
  return {
    total: { value: shown, exact: true },
    counts,
    fresh,
    notShown: all - shown,
  };
}

async function count(catalog: Catalog, conditions: (where: Where) => Expression<SqlBool>[]): Promise<number> {
  const row = await catalog
    .selectFrom("findings")
    .select((select) => select.fn.countAll<number>().as("count"))
    .where((where) => where.and(conditions(where)))
    .executeTakeFirst();
  return Number(row?.count ?? 0);
}

/** How many detections ran last, and when; null before the first run. */
export async function lastRun(catalog: Catalog): Promise<{ readonly ran: number; readonly at: string } | null> {
  const row = await catalog
    .selectFrom("detect_runs")
    .select(["ran", "at"])
    .orderBy("at", "desc")
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? null : { ran: row.ran, at: new Date(row.at).toISOString() };
}

/** Open findings of all time by severity, without what is waived. */
export async function openFindings(catalog: Catalog, now: number): Promise<Partial<Record<Severity, number>>> {
  const rows = await catalog
    .selectFrom("findings")
    .select("severity")
    .select((select) => select.fn.countAll<number>().as("count"))
    .where("state", "in", openStates)
    .where((where) => where.not(isWaived(where, now)))
    .groupBy("severity")
    .execute();
  return Object.fromEntries(rows.map(({ severity, count: open }) => [severity, Number(open)]));
}
