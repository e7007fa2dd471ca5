import { createHash } from "node:crypto";
import { isoTime } from "../../lib/time.ts";
import { bytesOf, pack, packedCount, unpack } from "./event-hashes.ts";
import type { Catalog, Unit } from "./ledger.ts";
import { addKnownEvents } from "./windows.ts";

/* A page is a unit like an object, and its events are what it holds: the ledger keeps their hashes, 8 bytes each, until they are read. */

/** States of a page whose events another page may bring. */
const lostPages = ["vanished", "replaced"] as const;

/** What became of the events of a page: packed hashes. */
export interface PageEvents {
  readonly came: Uint8Array;
  /** Listed, and not there when they were read. */
  readonly gone: Uint8Array;
}

/** A page has no name but the times of its events. */
export function pageName(key: string): string {
  const [, from, to] = /^(\d+)-(\d+)\//.exec(key) ?? [];
  if (from === undefined || to === undefined) return key;
  return `events from ${isoTime(Number(from))} to ${isoTime(Number(to))}`;
}

/** Packed hashes of the events of a window that are in the lake, or that a page is to bring or has brought to an end. */
export async function knownEvents(catalog: Catalog, sourceId: string, start: number): Promise<Uint8Array> {
  const window = await catalog
    .selectFrom("windows")
    .select("known")
    .where("source_id", "=", sourceId)
    .where("start_at", "=", start)
    .executeTakeFirst();
  const pages = await pagesWithEvents(catalog, sourceId, start).where("state", "not in", lostPages).execute();
  return Buffer.concat([window?.known ?? null, ...pages.map(({ events }) => events)].map(bytesOf));
}

function pagesWithEvents(catalog: Catalog, sourceId: string, start: number) {
  return catalog
    .selectFrom("units")
    .select(["id", "events"])
    .where("source_id", "=", sourceId)
    .where("window_start", "=", start)
    .where("kind", "=", "page")
    .where("events", "is not", null);
}

/** Ledger rows of a page that was read, in the transaction of its commit: what did not come is a unit of its own, and `vanished`. */
export async function finishPage(trx: Catalog, unit: Unit, { came, gone }: PageEvents): Promise<void> {
  await trx.updateTable("units").set({ events: null }).where("id", "=", unit.id).execute();
  if (gone.length > 0) await partRest(trx, unit, { came, gone });
  await addKnownEvents(trx, unit.source_id, unit.window_start, came);
  await healLost(trx, unit, came);
}

/** The rest takes over the name under which the page was listed, so that it is itself when it is listed again. */
async function partRest(trx: Catalog, unit: Unit, { came, gone }: PageEvents): Promise<void> {
  const version = createHash("sha256").update(came).digest("hex");
  await trx.updateTable("units").set({ version }).where("id", "=", unit.id).execute();
  const { key, kind, last_modified, seen_at, source_id, version: listed, window_start } = unit;
  const [lost, rest] = [packedCount(gone), packedCount(came)];
  await trx
    .insertInto("units")
    .values({
      source_id,
      window_start,
      kind,
      key,
      version: listed,
      last_modified,
      seen_at,
      size: 0,
      state: "vanished",
      rule: null,
      next_attempt_at: null,
      error_code: "EventsGone",
      error: `${lost} of its ${lost + rest} events were listed, then gone.`,
      snapshot: null,
      events: gone,
    })
    .execute();
}

/** Events that were gone and came with another page are lost no more. */
async function healLost(trx: Catalog, { source_id: sourceId, window_start: start }: Unit, came: Uint8Array) {
  const lost = await pagesWithEvents(trx, sourceId, start).where("state", "=", "vanished").execute();
  if (lost.length === 0) return;
  const found = new Set(unpack(came));
  for (const { events, id } of lost) {
    const all = unpack(bytesOf(events));
    const rest = all.filter((hash) => !found.has(hash));
    if (rest.length === all.length) continue;
    await trx
      .updateTable("units")
      .set(
        rest.length === 0
          ? { state: "replaced", events: null, error: "Its events came with another page." }
          : { events: pack(rest), error: `${rest.length} of its events are gone.` },
      )
      .where("id", "=", id)
      .execute();
  }
}
