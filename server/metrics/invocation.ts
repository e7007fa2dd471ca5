import type { Kysely } from "kysely";
import type { InvocationRecord } from "../domain/invocation-answers.ts";
import type { PriceLookup, PriceOf } from "../domain/price.ts";
import type { Clock } from "../lib/clock.ts";
import { isoTime, utcDay } from "../lib/time.ts";
import type { CatalogSchema } from "../store/catalog/schema.ts";
import { instant, sql, type Sql } from "../store/sql.ts";
import type { Engine, Row } from "../store/store.ts";
import { costUsdOf } from "./invocations.ts";
import { invocationColumns, invocationOf, list, maybe, number, signalColumns, signalOf, text } from "./row.ts";

const dayMs = 86_400_000;

export interface RecordDeps {
  readonly engine: Engine;
  readonly catalog: Kysely<CatalogSchema>;
  readonly prices: PriceLookup;
  readonly clock: Clock;
}

export type FoundInvocation = Pick<InvocationRecord, "invocation" | "signals" | "price" | "provenance" | "resolvedAt">;

/** One side of a record's content: JSON text after redaction. Secret and hostile. */
export interface StoredBody {
  readonly side: "input" | "output";
  readonly origin: string;
  readonly body: string | null;
  readonly bodyBytes: number;
  readonly exactBase64: string | null;
}

interface Identity {
  readonly accountId: string;
  readonly region: string;
  readonly requestId: string;
}

/** An id without two slashes names nothing. */
function identityOf(id: string): Identity | null {
  const [, accountId, region, requestId] = /^([^/]*)\/([^/]*)\/(.+)$/s.exec(id) ?? [];
  if (accountId === undefined || region === undefined || requestId === undefined) return null;
  return { accountId, region, requestId };
}

/** The record with this id, null if there is none. With its `time` one day is read; without, days are read back from today. */
export async function findInvocation(
  deps: RecordDeps,
  id: string,
  time: string | undefined,
  signal: AbortSignal,
): Promise<FoundInvocation | null> {
  const identity = identityOf(id);
  if (identity === null) return null;
  const row = await findRow(deps, identity, time, signal);
  if (row === null) return null;
  const invocation = invocationOf(row);
  const [signals, provenance, resolvedAt] = await Promise.all([
    signalsOf(deps, identity, invocation.time, signal),
    provenanceOf(deps, row, invocation.time, signal),
    resolvedAtOf(deps.catalog, invocation.modelId),
  ]);
  return { invocation, signals, price: priceOf(deps.prices, row), provenance, resolvedAt };
}

/** What is kept of the record's bodies, input first. */
export async function findContent(
  { engine }: Pick<RecordDeps, "engine">,
  id: string,
  time: string,
  signal: AbortSignal,
): Promise<readonly StoredBody[]> {
  const identity = identityOf(id);
  if (identity === null) return [];
  const { rows } = await engine.query(
    sql`/* metrics/content */ select side, origin, body, body_bytes, exact_base64 from content s
      where ${atTime(time)} and ${isRecord(identity)} order by side limit 2`,
    { signal },
  );
  return rows.map((row) => ({
    side: text(row["side"]) as StoredBody["side"],
    origin: text(row["origin"]),
    body: maybe(row["body"]),
    bodyBytes: number(row["body_bytes"]) ?? 0,
    exactBase64: maybe(row["exact_base64"]),
  }));
}

function isRecord({ accountId, region, requestId }: Identity): Sql {
  return sql`s.account_id = ${accountId} and s.region = ${region} and s.request_id = ${requestId}`;
}

function atTime(time: string): Sql {
  return sql`s.dt = ${utcDay(Date.parse(time))} and s.time = ${instant(time)}`;
}

const day = 86_400_000;
const farthestDays = 1_100;

async function findRow(
  { engine, clock }: RecordDeps,
  identity: Identity,
  time: string | undefined,
  signal: AbortSignal,
): Promise<Row | null> {
  const select = (where: Sql) =>
    sql`/* metrics/invocation */ select ${invocationColumns} from invocations s where ${where} and ${isRecord(identity)} limit 1`;
  if (time !== undefined && !Number.isNaN(Date.parse(time))) {
    const { rows } = await engine.query(select(atTime(time)), { signal });
    return rows[0] ?? null;
  }
  // A record's clock may be a little ahead of ours.
  let last = clock() + day;
  for (let days = 2, back = 0; back < farthestDays; back += days, days *= 2) {
    const first = last - (days - 1) * day;
    const { rows } = await engine.query(select(sql`s.dt between ${utcDay(first)} and ${utcDay(last)}`), { signal });
    const [row] = rows;
    if (row !== undefined) return row;
    last = first - day;
  }
  return null;
}

async function signalsOf({ engine }: RecordDeps, identity: Identity, time: string, signal: AbortSignal) {
  const { rows } = await engine.query(
    sql`/* metrics/signals-of-invocation */ select ${signalColumns} from signals s
      where ${atTime(time)} and ${isRecord(identity)} order by rule_id, path, span_start limit 1000`,
    { signal },
  );
  return rows.map(signalOf);
}

async function provenanceOf(
  { catalog, engine }: RecordDeps,
  row: Row,
  time: string,
  signal: AbortSignal,
): Promise<InvocationRecord["provenance"]> {
  const sourceId = text(row["source_id"]);
  const unitId = number(row["unit_id"]) ?? -1;
  const [unit, source] = await Promise.all([
    catalog
      .selectFrom("units")
      .select("key")
      .where("id", "=", unitId)
      .where("source_id", "=", sourceId)
      .executeTakeFirst(),
    catalog.selectFrom("sources").select("place").where("id", "=", sourceId).executeTakeFirst(),
  ]);
  return {
    sourceId,
    place: source?.place ?? "",
    key: unit?.key ?? (await movedKey(engine, { sourceId, unitId, time }, signal)) ?? "",
    line: (number(row["position"]) ?? 0) + 1,
    ingestedAt: text(row["ingested_at"]),
  };
}

/** The key of a unit that has moved to the lake. Its window lies within a day of its records. */
async function movedKey(
  engine: RecordDeps["engine"],
  { sourceId, time, unitId }: { readonly sourceId: string; readonly unitId: number; readonly time: string },
  signal: AbortSignal,
): Promise<string | null> {
  const day = (ms: number) => isoTime(Date.parse(time) + ms).slice(0, 10);
  const { rows } = await engine.query(
    sql`/* metrics/moved-unit */ select key from units
      where dt between ${day(-dayMs)} and ${day(dayMs)} and source_id = ${sourceId} and unit_id = ${unitId} limit 1`,
    { signal },
  );
  return rows[0] === undefined ? null : text(rows[0]["key"]);
}

async function resolvedAtOf(catalog: Kysely<CatalogSchema>, modelId: string | null): Promise<string | null> {
  if (modelId === null || !modelId.startsWith("arn:")) return null;
  const row = await catalog.selectFrom("profiles").select("resolved_at").where("arn", "=", modelId).executeTakeFirst();
  return row?.resolved_at == null ? null : new Date(row.resolved_at).toISOString();
}

function priceOf(prices: PriceLookup, row: Row): PriceOf | null {
  const key = maybe(row["price_key"]);
  if (key === null) return null;
  const rate = prices.rateOf(key, utcDay(Date.parse(text(row["time"]))));
  return {
    key,
    flags: list(row["price_flags"]) ?? [],
    costUsd: costUsdOf(prices, row),
    layer: rate?.layer ?? null,
    source: rate?.source ?? null,
    date: rate?.from ?? null,
  };
}
