import { UserError } from "../../lib/errors.ts";
import type { Catalog } from "./ledger.ts";

/** Days of an account, both ends included, that retention and erasure leave alone. */
export interface Hold {
  readonly id: string;
  readonly account: string;
  /** `YYYY-MM-DD`. */
  readonly from: string;
  readonly to: string;
  readonly reason: string;
}

/** Those that are in force, by account and day. */
export async function listHolds(catalog: Catalog): Promise<readonly Hold[]> {
  const rows = await catalog
    .selectFrom("holds")
    .selectAll()
    .orderBy("account_id")
    .orderBy("dt_from")
    .orderBy("id")
    .execute();
  return rows.map(({ account_id: account, dt_from: from, dt_to: to, id, reason }) => ({
    id,
    account,
    from,
    to,
    reason,
  }));
}

export async function insertHold(catalog: Catalog, { account, from, id, reason, to }: Hold): Promise<void> {
  await catalog.insertInto("holds").values({ id, account_id: account, dt_from: from, dt_to: to, reason }).execute();
}

/** Throws `UserError` when there is no such hold. */
export async function holdNamed(catalog: Catalog, id: string): Promise<Hold> {
  const hold = (await listHolds(catalog)).find((one) => one.id === id);
  if (hold === undefined)
    throw new UserError(`there is no hold ${JSON.stringify(id)}`, 'See "bedrock-audit ingest hold list".');
  return hold;
}

export async function deleteHold(catalog: Catalog, id: string): Promise<void> {
  await catalog.deleteFrom("holds").where("id", "=", id).execute();
}

/** The first hold that keeps one of these days of accounts; null where none does. */
export async function holdOver(
  catalog: Catalog,
  days: readonly { readonly account: string; readonly dt: string }[],
): Promise<Hold | null> {
  const holds = await listHolds(catalog);
  return holds.find((hold) => days.some(({ account, dt }) => isHeld([hold], account, dt))) ?? null;
}

/** Whether a day of an account is to stay. */
export function isHeld(holds: readonly Hold[], account: string | null, day: string): boolean {
  return holds.some((hold) => hold.account === account && hold.from <= day && day <= hold.to);
}
