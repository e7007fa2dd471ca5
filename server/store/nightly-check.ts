import { UserError } from "../lib/errors.ts";
import { storedRows } from "./catalog/stored-rows.ts";
import { brokenDays } from "./identities.ts";
import type { Store } from "./store.ts";

const dayMs = 86_400_000;
const key = "identities_checked_at";

/** So much of what is wrong is told. */
const told = 10;

/**
 * Once a day: each call stands once in the lake, its files hold as many rows as were committed, and these are as many as the ledger
 * counts. Throws `UserError` for what does not add up, and is then due again; one that the signal ends begins anew the next time.
 */
export async function checkIdentitiesDue(store: Store, signal?: AbortSignal): Promise<void> {
  const last = await checkedAt(store);
  if (last === null || Math.abs(store.clock() - last) < dayMs) return;
  const faults = [...(await ledgerFaults(store)), ...(await brokenDays(store, signal))];
  if (faults.length > 0) {
    const more = faults.length > told ? [`and ${faults.length - told} more`] : [];
    throw new UserError(
      [...faults.slice(0, told), ...more].join("; "),
      'See "bedrock-audit ingest verify --hashes": it names the files, and looks at all else.',
    );
  }
  if (signal?.aborted === true) return;
  await noteChecked(store);
  store.log.info({ event: "identities-checked" });
}

/** When all was last found to add up; of a store of which that was never asked, when it began; null: it is empty. */
async function checkedAt({ catalog }: Store): Promise<number | null> {
  const known = await catalog.selectFrom("meta").select("value").where("key", "=", key).executeTakeFirst();
  if (known !== undefined) return Number(known.value);
  const { at } = await catalog
    .selectFrom("commits")
    .select(({ fn }) => fn.min<number | null>("at").as("at"))
    .executeTakeFirstOrThrow();
  return at;
}

async function noteChecked({ catalog, clock }: Store): Promise<void> {
  const value = String(clock());
  await catalog
    .insertInto("meta")
    .values({ key, value })
    .onConflict((conflict) => conflict.column("key").doUpdateSet({ value }))
    .execute();
}

async function ledgerFaults({ catalog }: Store): Promise<readonly string[]> {
  const { gone, rows, stored } = await storedRows(catalog);
  return rows === stored - gone ? [] : [`${rows} calls were committed, ${stored - gone} should have been`];
}
