import { amendDay, copyName, type Amendment } from "../store/amend.ts";
import { type Hold, isHeld, listHolds } from "../store/catalog/holds.ts";
import { suspectUnits } from "../store/catalog/suspects.ts";
import { reasonOf } from "../store/catalog/upkeep.ts";
import { identityHash } from "../store/erased-names.ts";
import type { Lease } from "../store/lease.ts";
import type { Retention } from "../store/retain.ts";
import { join, raw, sql } from "../store/sql.ts";
import type { Row, Store } from "../store/store.ts";
import { tables } from "../store/tables.ts";
import { errorCode } from "../lib/errors.ts";
import { inParallel } from "../lib/in-parallel.ts";
import type { Target } from "../domain/target.ts";
import {
  close,
  daysOfDueBodies,
  dueBodies,
  noteBodies,
  noteMissing,
  type DueBody,
  type MissingBody,
} from "./body-units.ts";
import type { ModelMapping } from "../normalize/model-mapping.ts";
import type { BodyFailure, BodyFetcher } from "./bodies.ts";
import { dropStaging } from "./commit.ts";
import type { AmendCall, BodyNote, PendingCopy, StagedAmendment } from "./protocol.ts";
import { dayOf } from "./record.ts";
import { GroupSpoiled, type Readers } from "./readers.ts";
import { amendedMapping, amendedModels, unamendedMapping, unamendedModels } from "./models.ts";
import { tellUpkeep } from "./upkeep.ts";

export interface AmenderDeps {
  readonly store: Store;
  readonly lease: Lease;
  readonly readers: Readers;
  readonly bodies: BodyFetcher;
  readonly stagingDir: string;
  readonly retention: Retention;
  /** Hashes of calls whose content was erased. */
  readonly erased: ReadonlySet<string>;
  /** What the operator says of ARNs that AWS does not explain. */
  readonly mapping: ModelMapping;
  /** Characters of bodies and copies that are held at once, or one call's, if that has more. */
  readonly inHand: number;
  /** In [0, 1). */
  readonly chance: () => number;
}

export interface Amender {
  /** Reads again every stored call of which more has become known: a copy, a body, a model. A day's calls are one commit, or few. */
  run(signal: AbortSignal): Promise<void>;
}

/** Calls that one commit replaces, and those that a reader gets at once. */
const callsAtOnce = 5_000;
const callsInHand = 200;
const bodiesAtOnce = 8;
const dayMs = 86_400_000;
/** A model that becomes known is put on calls this far back. */
const modelDays = 30;
/** Above those of the groups that read units. */
const firstGroup = 2 ** 40;

interface Work extends Pick<AmendCall, "sides"> {
  readonly call: string;
  readonly copies: readonly NamedCopy[];
}

/** What a round over one day does, and what it writes into the ledger. */
interface Round {
  readonly works: readonly Work[];
  /** Names of the pending copies that it settles, unless one of them changes the call. */
  readonly copies: readonly string[];
  readonly bodies: readonly DueBody[];
}

export function openAmender({
  bodies: places,
  chance,
  erased,
  inHand: charactersInHand,
  lease,
  mapping,
  readers,
  retention,
  stagingDir,
  store,
}: AmenderDeps): Amender {
  const { batch, catalog, clock, log } = store;
  let nextGroup = firstGroup;
  /** As they were when the run began. */
  let holds: readonly Hold[] = [];
  /** The first one of a run. */
  let failure: unknown = null;

  /** Bodies of calls that are too old and that no hold keeps, or that were erased, are not wanted any more. */
  function isWanted(
    call: string,
    sourceId: string,
    { dt, time }: { readonly dt: string; readonly time: number },
  ): boolean {
    const isTooOld = time < clock() - retention.content * dayMs && !isHeld(holds, targetOf(call).accountId, dt);
    return (sourceId.startsWith("dir:") || !isTooOld) && !erased.has(identityHash(call));
  }

  function keepsContent(row: Row): boolean {
    const time = String(row["time"]);
    return isWanted(idOf(row), String(row["source_id"]), { dt: dayOf(time), time: Date.parse(time) });
  }

  async function stage(dt: string, works: readonly Work[], group: number): Promise<StagedAmendment> {
    const parts: StagedAmendment[] = [];
    for (let at = 0; at < works.length; at += callsInHand) {
      for await (const calls of inHand(dt, works.slice(at, at + callsInHand)))
        parts.push(await readers.amend(group, calls));
    }
    return {
      files: parts.flatMap(({ files }) => files),
      calls: parts.flatMap(({ calls }) => calls),
      rescanned: parts.flatMap(({ rescanned }) => rescanned),
      contents: parts.flatMap(({ contents }) => contents),
      unsettled: parts.flatMap(({ unsettled }) => unsettled),
      bodies: parts.flatMap(({ bodies }) => bodies),
    };
  }

  /** The stored calls of some work, a few at a time: their bodies can be large. */
  async function* inHand(dt: string, works: readonly Work[]): AsyncGenerator<readonly AmendCall[]> {
    const rows = await storedRows(
      batch,
      dt,
      works.map(({ call }) => call),
    );
    let part: AmendCall[] = [];
    let held = 0;
    for (const { call, copies: named, sides } of works) {
      const row = rows.get(call);
      if (row === undefined) continue;
      const keeps = keepsContent(row);
      if (sides.length > 0 && !keeps) continue;
      const needsBodies = named.length > 0 || sides.length > 0;
      const bodies = needsBodies ? await storedBodies(batch, row) : { input: null, output: null };
      const size = (bodies.input?.length ?? 0) + (bodies.output?.length ?? 0) + lengthOf(named);
      if (part.length > 0 && held + size > charactersInHand) {
        yield part;
        [part, held] = [[], 0];
      }
      held += size;
      part.push({ row, bodies, sides, copies: await copiesNamed(batch, dt, named), keepsContent: keeps });
    }
    if (part.length > 0) yield part;
  }

  async function amend(dt: string, round: Round, apply?: Amendment["apply"]): Promise<number> {
    const group = nextGroup++;
    try {
      const { bodies, files: staged, unsettled, ...changes } = await stage(dt, round.works, group);
      const waiting = new Set(unsettled);
      const unasked = unaskedOf(round.bodies, bodies);
      await amendDay(store, lease, {
        dt,
        staged,
        ...changes,
        copies: round.copies.filter((name) => !waiting.has(name)),
        async apply(transaction, snapshot) {
          await noteBodies(transaction, bodies, { now: clock(), snapshot, chance });
          for (const { rule, unit } of unasked) await close(transaction, unit.id, { state: "ignored", rule, snapshot });
          await apply?.(transaction, snapshot);
        },
      });
      if (changes.calls.length > 0) log.info({ event: "calls-amended", day: dt, calls: changes.calls.length });
      return changes.calls.length;
    } finally {
      dropStaging(stagingDir, group);
    }
  }

  /** Most bodies that are waited for are still not there: what is stored of their calls need not be read. */
  async function thatCame(dt: string, due: readonly DueBody[]): Promise<readonly DueBody[]> {
    const dayEnd = Date.parse(`${dt}T00:00:00Z`) + dayMs;
    const missing: MissingBody[] = [];
    const came = await inParallel(due, bodiesAtOnce, async ({ call, unit }) => {
      // Nobody asks for it any more: it is closed with the reason when its call is read.
      if (!isWanted(call, unit.source_id, { dt, time: dayEnd })) return true;
      const why = await places.whyNotThere(targetOf(call), unit.key);
      if (why !== null) missing.push({ unit, ...missed(why) });
      return why === null;
    });
    await catalog.transaction().execute((trx) => noteMissing(trx, missing, { now: clock(), chance, snapshot: null }));
    return due.filter((_, index) => came[index]);
  }

  async function amendBodies(dt: string): Promise<boolean> {
    const asked = await dueBodies(catalog, { dt, now: clock(), sourceIds: places.sourceIds(), limit: callsAtOnce });
    if (asked.length === 0) return false;
    const due = await thatCame(dt, asked);
    if (due.length === 0) return true;
    const works = byCall(due).map(([call, asked]) => ({ call, sides: asked.map(({ side }) => side), copies: [] }));
    try {
      await amend(dt, { works, copies: [], bodies: due });
    } catch (error) {
      if (!(error instanceof GroupSpoiled) || !error.died) throw error;
      await suspectUnits(
        catalog,
        due.map(({ unit }) => unit),
      );
    }
    return true;
  }

  async function amendCopies(dt: string): Promise<boolean> {
    const pending = await pendingCopies(batch, dt);
    if (pending.length === 0) return false;
    const works = byCall(pending).map(([call, copies]) => {
      return { call, sides: [], copies: firstThatFit(copies, charactersInHand) };
    });
    const names = works.flatMap(({ copies }) => copies.map(({ name }) => name));
    await amend(dt, { works, copies: names, bodies: [] });
    return true;
  }

  /** Every call of a day that was stored before one of these models was known. */
  async function amendModels(dt: string, arns: readonly string[], signal: AbortSignal): Promise<void> {
    const calls = await callsWithout(batch, dt, arns);
    for (let at = 0; at < calls.length && !signal.aborted; at += callsAtOnce) {
      const works = calls.slice(at, at + callsAtOnce).map((call) => ({ call, sides: [], copies: [] }));
      await amend(dt, { works, copies: [], bodies: [] });
    }
  }

  async function amendAllModels(signal: AbortSignal): Promise<void> {
    const [answered, mapped] = [await unamendedModels(catalog), await unamendedMapping(catalog, mapping)];
    const arns = [...new Set([...answered, ...mapped])];
    if (arns.length === 0) return;
    const from = new Date(clock() - modelDays * dayMs).toISOString().slice(0, 10);
    for (const dt of await daysWithout(batch, from, arns)) {
      if (signal.aborted) return;
      await amendModels(dt, arns, signal);
    }
    if (signal.aborted) return;
    await amendedModels(catalog, answered, clock());
    await amendedMapping(catalog, mapping);
  }

  /** One day's failure stops no other day. */
  async function eachDay(days: readonly string[], work: (dt: string) => Promise<boolean>, signal: AbortSignal) {
    for (const dt of days) {
      try {
        while (!signal.aborted && (await work(dt)));
      } catch (error) {
        failure ??= error;
        log.warn({ event: "amendment-failed", day: dt, code: errorCode(error) });
      }
    }
  }

  return {
    async run(signal) {
      failure = null;
      try {
        holds = await listHolds(catalog);
        await eachDay(await daysOfPendingCopies(store), amendCopies, signal);
        await eachDay(await daysOfDueBodies(catalog, clock(), places.sourceIds()), amendBodies, signal);
        await amendAllModels(signal);
      } catch (error) {
        // What is in the lake stays as it is; the next run tries again.
        failure ??= error;
        log.warn({ event: "amendment-failed", code: errorCode(error) });
      }
      if (!signal.aborted) await tellUpkeep(store, "amend", failure === null ? null : reasonOf(failure));
    },
  };
}

function byCall<T extends { readonly call: string }>(items: readonly T[]): (readonly [string, readonly T[]])[] {
  const calls = new Map<string, T[]>();
  for (const item of items) {
    const known = calls.get(item.call);
    if (known === undefined) calls.set(item.call, [item]);
    else known.push(item);
  }
  return [...calls];
}

/** As many copies of one call as are held at once, one at least. */
function firstThatFit(copies: readonly NamedCopy[], most: number): readonly NamedCopy[] {
  let held = 0;
  const beyond = copies.findIndex(({ length }, index) => (held += length) > most && index > 0);
  return beyond === -1 ? copies : copies.slice(0, beyond);
}

function lengthOf(copies: readonly NamedCopy[]): number {
  return copies.reduce((sum, { length }) => sum + length, 0);
}

/** It had a place when it began to be waited for: without one now, nobody has looked. */
function missed({ code, failure }: BodyFailure): Pick<MissingBody, "outcome" | "code"> {
  return failure === "path" ? { outcome: "transport", code: "BodyPlaceNotRead" } : { outcome: failure, code };
}

/** Bodies that came and were not asked for when their calls were read, and the rule by which they are closed. */
export function unaskedOf<U extends { readonly key: string }>(
  due: readonly (Pick<DueBody, "call" | "side"> & { readonly unit: U })[],
  asked: readonly Pick<BodyNote, "call" | "path" | "side">[],
): readonly { readonly unit: U; readonly rule: "retention" | "body-replaced" }[] {
  const paths = new Map(asked.map(({ call, path, side }) => [`${side} of ${call}`, path]));
  return due.flatMap(({ call, side, unit }) => {
    const path = paths.get(`${side} of ${call}`);
    if (path === unit.key) return [];
    // The call has gone, or may not have content any more; or a copy that names another body is the current one.
    return [{ unit, rule: path === undefined ? "retention" : "body-replaced" }];
  });
}

function targetOf(call: string): Target {
  const [accountId = "", region = ""] = call.split("/");
  return { accountId, region };
}

const rowId = raw("account_id || '/' || region || '/' || request_id");
const rowColumns = raw(Object.keys(tables.invocations.columns).join(", "));
const maxCalls = 5_000_000;
const maxPending = 1_000;

function idOf(row: Row): string {
  return [row["account_id"], row["region"], row["request_id"]].map(String).join("/");
}

/** The rows of these calls on a day or beside it: a second copy can carry a slightly other time. */
async function storedRows(engine: Store["batch"], dt: string, calls: readonly string[]) {
  const at = Date.parse(`${dt}T00:00:00Z`);
  const [from = "", to = ""] = [at - dayMs, at + dayMs].map((time) => new Date(time).toISOString().slice(0, 10));
  const ids = join(
    [...new Set(calls)].map((call) => sql`${call}`),
    ", ",
  );
  const { rows } = await engine.query(
    sql`/* amend/rows */ select ${rowColumns}, dt from invocations where dt between ${from} and ${to} and ${rowId} in (${ids})`,
  );
  return new Map(rows.map((row) => [idOf(row), row]));
}

async function storedBodies(engine: Store["batch"], row: Row): Promise<AmendCall["bodies"]> {
  const { rows } = await engine.query(sql`/* amend/bodies */
    select side, body from content where dt = ${String(row["dt"])} and ${rowId} = ${idOf(row)} limit 2`);
  const bodyOf = (side: string): string | null => {
    const body = rows.find((found) => found["side"] === side)?.["body"];
    return typeof body === "string" ? body : null;
  };
  return { input: bodyOf("input"), output: bodyOf("output") };
}

async function daysOfPendingCopies({ batch, catalog }: Store): Promise<readonly string[]> {
  const kept = catalog
    .selectFrom("segments")
    .select("id")
    .where("tbl", "=", "copies")
    .where("replaced_snapshot", "is", null);
  if ((await kept.limit(1).executeTakeFirst()) === undefined) return [];
  const { rows } = await batch.query(
    sql`/* amend/days-of-copies */ select distinct dt from copies where dt >= '0000' and reason = 'pending' order by dt desc`,
  );
  return rows.map((row) => String(row["dt"]));
}

/** A pending copy that was not read yet: it can be megabytes. */
interface NamedCopy {
  readonly name: string;
  /** Characters of its record. */
  readonly length: number;
}

async function pendingCopies(
  engine: Store["batch"],
  dt: string,
): Promise<readonly (NamedCopy & { readonly call: string })[]> {
  const { rows } = await engine.query(sql`/* amend/pending-copies */
    select ${raw(copyName)} as name, ${rowId} as call, length(record) as characters
    from copies
    where dt = ${dt} and reason = 'pending'
    order by ingested_at, unit_id, position
    limit ${maxPending}`);
  return rows.map((row) => ({
    name: String(row["name"]),
    call: String(row["call"]),
    length: Number(row["characters"]),
  }));
}

async function copiesNamed(
  engine: Store["batch"],
  dt: string,
  named: readonly NamedCopy[],
): Promise<readonly PendingCopy[]> {
  if (named.length === 0) return [];
  const names = join(
    named.map(({ name }) => sql`${name}`),
    ", ",
  );
  const { rows } = await engine.query(sql`/* amend/copies */
    select ${raw(copyName)} as name, record, record_hash, source_id, unit_id, position, ingested_at
    from copies
    where dt = ${dt} and reason = 'pending' and ${raw(copyName)} in (${names})
    order by ingested_at, unit_id, position
    limit ${named.length}`);
  return rows.map((row) => ({
    name: String(row["name"]),
    record: String(row["record"]),
    recordHash: BigInt(row["record_hash"] as number | bigint),
    sourceId: String(row["source_id"]),
    unitId: Number(row["unit_id"]),
    position: Number(row["position"]),
    ingestedAt: String(row["ingested_at"]),
  }));
}

function isWithoutModel(arns: readonly string[]) {
  const named = join(
    arns.map((arn) => sql`${arn}`),
    ", ",
  );
  // An operator may think better of what he wrote, and AWS's own word counts more.
  return sql`coalesce(model_source, '') <> 'api' and model_id in (${named})`;
}

async function daysWithout(engine: Store["batch"], from: string, arns: readonly string[]): Promise<readonly string[]> {
  const { rows } = await engine.query(sql`/* amend/days-without-model */
    select distinct dt from invocations where dt >= ${from} and ${isWithoutModel(arns)} order by dt desc`);
  return rows.map((row) => String(row["dt"]));
}

async function callsWithout(engine: Store["batch"], dt: string, arns: readonly string[]): Promise<readonly string[]> {
  const { rows } = await engine.query(
    sql`/* amend/calls-without-model */ select ${rowId} as call from invocations where dt = ${dt} and ${isWithoutModel(arns)}`,
    { maxRows: maxCalls },
  );
  return rows.map((row) => String(row["call"]));
}
