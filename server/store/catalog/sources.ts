import type { SourceKind, SourceState } from "../../domain/coverage.ts";
import type { Catalog } from "./ledger.ts";
import { listAgain } from "./windows.ts";

export interface SourceEntry {
  readonly id: string;
  readonly kind: SourceKind;
  readonly accountId: string | null;
  readonly region: string | null;
  readonly place: string;
  readonly name: string;
  readonly origin: "discovered" | "configured";
}

/**
 * A source that is known already keeps its state and the time since when it is read. When it has other places than before, nothing is
 * known of them: all of its windows are to be listed again, and are holes until then.
 */
export async function saveSource(catalog: Catalog, source: SourceEntry, since: number): Promise<void> {
  const { id, place } = source;
  await catalog.transaction().execute(async (trx) => {
    const known = await trx.selectFrom("sources").select("place").where("id", "=", id).executeTakeFirst();
    await putSource(trx, source, since);
    if (known === undefined || known.place === place) return;
    await listAgain(trx, id);
    await trx.updateTable("sources").set({ counted_at: null }).where("id", "=", id).execute();
  });
}

async function putSource(trx: Catalog, source: SourceEntry, since: number): Promise<void> {
  const { accountId, id, kind, name, origin, place, region } = source;
  const told = { place, name, origin };
  await trx
    .insertInto("sources")
    .values({
      id,
      kind,
      account_id: accountId,
      region,
      ...told,
      state: "active",
      reason: null,
      since,
      last_ok_at: null,
      retired_at: null,
      state_at: null,
      tail_at: null,
    })
    .onConflict((conflict) => conflict.column("id").doUpdateSet(told))
    .execute();
}

const leftWords = {
  discovered: "it is no longer in the logging configuration",
  configured: "it is no longer in the settings, and nobody reads it",
} as const satisfies Record<SourceEntry["origin"], string>;

/** A source that left the logging configuration of its target, or the settings, or came back into them. */
export async function setRetired(
  catalog: Catalog,
  id: string,
  { at, origin, retired }: { readonly origin: SourceEntry["origin"]; readonly retired: boolean; readonly at: number },
): Promise<void> {
  const out = { state: "retired", reason: leftWords[origin], retired_at: at, state_at: at };
  const back = { state: "active", reason: null, retired_at: null, state_at: at };
  await catalog
    .updateTable("sources")
    .set(retired ? out : back)
    .where("id", "=", id)
    .where("retired_at", retired ? "is" : "is not", null)
    .execute();
}

/** A retired source stays so whatever its listings say. */
export async function setSourceState(
  catalog: Catalog,
  id: string,
  { at, reason, state }: { readonly state: SourceState; readonly reason: string | null; readonly at: number },
): Promise<void> {
  await catalog
    .updateTable("sources")
    .set((column) => ({
      state,
      reason,
      state_at: column.case().when("state", "=", state).then(column.ref("state_at")).else(at).end(),
    }))
    .where("id", "=", id)
    .where("retired_at", "is", null)
    .execute();
}

/** When what is older than what is read was counted whole; null: it never was. */
export async function countedAt(catalog: Catalog, id: string): Promise<number | null> {
  const row = await catalog.selectFrom("sources").select("counted_at").where("id", "=", id).executeTakeFirst();
  return row?.counted_at ?? null;
}

export async function noteCounted(catalog: Catalog, id: string, at: number): Promise<void> {
  await catalog.updateTable("sources").set({ counted_at: at }).where("id", "=", id).execute();
}

/** The start of the last complete clean look at what is newest: T ends there when there is no hole. */
export async function noteCleanLook(catalog: Catalog, id: string, at: number): Promise<void> {
  await catalog.updateTable("sources").set({ last_ok_at: at }).where("id", "=", id).execute();
}

/** End of the last range of new events that was read whole; null: none was. */
export async function tailEnd(catalog: Catalog, id: string): Promise<number | null> {
  const row = await catalog.selectFrom("sources").select("tail_at").where("id", "=", id).executeTakeFirst();
  return row?.tail_at ?? null;
}

export async function noteTail(catalog: Catalog, id: string, to: number): Promise<void> {
  await catalog.updateTable("sources").set({ tail_at: to, last_ok_at: to }).where("id", "=", id).execute();
}
