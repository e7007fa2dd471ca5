import { createHash } from "node:crypto";
import type { Kysely } from "kysely";
import type { TrailEntry } from "../domain/trail-entry.ts";
import { canonicalJson } from "../lib/canonical-json.ts";
import type { Clock } from "../lib/clock.ts";
import type { CatalogSchema } from "../store/catalog/schema.ts";

/** What is about to be done, or was refused. Never content. */
export interface TrailAct {
  readonly actor: string;
  readonly action: string;
  readonly objects: readonly { readonly type: string; readonly id: string }[];
  readonly reason: string | null;
  readonly ticket: string | null;
  readonly outcome: TrailEntry["outcome"];
  /** What came of it, where that can be counted. */
  readonly counts?: Readonly<Record<string, number>>;
}

const genesis = "0".repeat(64);

/**
 * Appends one entry and gives its number. Head and insert are one immediate transaction, so that processes can write side by side
 * and no number is left out. `hash` = SHA-256(previous hash ‖ RFC 8785 JSON of the entry): who changes an entry breaks the chain.
 * When this throws, what was to be recorded must not happen.
 */
export async function appendTrail(
  { catalog, clock }: { readonly catalog: Kysely<CatalogSchema>; readonly clock: Clock },
  act: TrailAct,
): Promise<number> {
  return catalog.transaction().execute(async (trx) => {
    const head = await trx
      .selectFrom("trail")
      .select(["seq", "hash"])
      .orderBy("seq", "desc")
      .limit(1)
      .executeTakeFirst();
    const seq = (head?.seq ?? 0) + 1;
    const prev = head?.hash ?? genesis;
    const time = clock();
    const body = canonicalJson({ v: 1, seq, time: new Date(time).toISOString(), prev, ...act });
    const hash = entryHash(prev, body);
    await trx
      .insertInto("trail")
      .values({ seq, time, actor: act.actor, action: act.action, body, prev, hash })
      .execute();
    return seq;
  });
}

/** The newest entry at a time; null: there was none yet. What is older can't be changed unseen by who knows its hash. */
export async function trailHead(
  catalog: Kysely<CatalogSchema>,
  at: number,
): Promise<{ readonly seq: number; readonly hash: string } | null> {
  const head = await catalog
    .selectFrom("trail")
    .select(["seq", "hash"])
    .where("time", "<=", at)
    .orderBy("seq", "desc")
    .limit(1)
    .executeTakeFirst();
  return head ?? null;
}

/** The newest entries first. */
export async function newestTrail(catalog: Kysely<CatalogSchema>, limit: number): Promise<TrailEntry[]> {
  const rows = await catalog.selectFrom("trail").selectAll().orderBy("seq", "desc").limit(limit).execute();
  return rows.map(({ body, hash }) => {
    const { counts, ...entry } = JSON.parse(body) as Omit<TrailEntry, "hash">;
    const { seq, time, actor, action, objects, reason, outcome } = entry;
    const counted = counts === undefined ? {} : { counts };
    return { seq, time, actor, action, objects, reason, ...counted, outcome, hash };
  });
}

/** The number of the first entry whose chain does not hold; null when all do. */
export async function firstBreak(catalog: Kysely<CatalogSchema>): Promise<number | null> {
  let expected = { seq: 1, prev: genesis };
  const rows = await catalog.selectFrom("trail").selectAll().orderBy("seq").execute();
  for (const { seq, prev, body, hash } of rows) {
    if (seq !== expected.seq || prev !== expected.prev || entryHash(prev, body) !== hash) return expected.seq;
    expected = { seq: seq + 1, prev: hash };
  }
  return null;
}

function entryHash(prev: string, body: string): string {
  return createHash("sha256").update(Buffer.from(prev, "hex")).update(body).digest("hex");
}
