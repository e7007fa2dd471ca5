import type { Catalog } from "./ledger.ts";

/** Hashes of calls of which two copies conflict → hash of the record that is the current one. Empty but in a rebuilt store. */
export async function preferredCopies(catalog: Catalog): Promise<ReadonlyMap<string, bigint>> {
  const rows = await catalog.selectFrom("preferred_copies").selectAll().execute();
  return new Map(rows.map(({ identity_hash: call, record_hash: hash }) => [call, BigInt(hash)]));
}
