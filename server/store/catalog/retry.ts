import { UserError } from "../../lib/errors.ts";
import { bodyKind, type Catalog } from "./ledger.ts";

/** The number of the unit that a person names by it, or by the key of its object; of several versions the newest. */
export async function unitNamed(catalog: Catalog, name: string): Promise<number> {
  if (/^\d{1,15}$/.test(name)) return Number(name);
  const unit = await catalog
    .selectFrom("units")
    .select("id")
    .where("key", "=", name)
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  if (unit === undefined)
    throw new UserError(
      `no unit ${JSON.stringify(name)} waits or was given up`,
      'See "bedrock-audit ingest status --json".',
    );
  return unit.id;
}

const retryable: readonly string[] = ["listed", "corrupt", "denied", "archived", "vanished", "oversize", "crashed"];

/**
 * Lets a unit be read again that was given up or waits; with `maxBytes`, up to this size, whatever its ratio and number of records.
 * Throws `UserError` for one that is accounted for.
 */
export async function retryUnit(catalog: Catalog, id: number, maxBytes: number | null): Promise<void> {
  const unit = await catalog.selectFrom("units").select(["state", "kind"]).where("id", "=", id).executeTakeFirst();
  if (unit === undefined)
    throw new UserError(`no unit ${id} waits or was given up`, 'See "bedrock-audit ingest status --json".');
  if (!retryable.includes(unit.state))
    throw new UserError(
      `unit ${id} is ${unit.state}: it is accounted for`,
      `Only ${retryable.join(", ")} can be retried.`,
    );
  if (unit.kind === bodyKind && maxBytes !== null)
    throw new UserError(`unit ${id} is a body: its limit stays`, "Retry it without --max-bytes.");
  await catalog
    .updateTable("units")
    .set({
      state: "listed",
      attempts: 0,
      deaths: 0,
      unseen_deaths: 0,
      first_death_at: null,
      next_attempt_at: null,
      max_bytes: maxBytes,
      error_code: null,
      error: null,
    })
    .where("id", "=", id)
    .execute();
}
