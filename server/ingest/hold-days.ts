import { errorCode, UserError } from "../lib/errors.ts";
import { backupCatalog } from "../store/backup.ts";
import { deleteHold, type Hold, holdNamed, insertHold } from "../store/catalog/holds.ts";
import type { Store } from "../store/store.ts";
import { ulid } from "../store/ulid.ts";
import { appendTrail } from "../trail/trail.ts";

interface Asked {
  readonly by: string;
  readonly reason: string;
}

/** Keeps days of an account from retention and erasure, after the trail says who asked for it and why. Throws `UserError` for days the wrong way round. */
export async function holdDays(store: Store, { by, ...asked }: Omit<Hold, "id"> & Asked): Promise<Hold> {
  if (asked.from > asked.to)
    throw new UserError(`the hold ends on ${asked.to}, before it begins`, "Name a day from --from on with --to.");
  const hold = { ...asked, id: ulid(store.clock(), store.random) };
  await tell(store, "retention.hold", hold, { by, reason: asked.reason });
  await insertHold(store.catalog, hold);
  await backUp(store);
  return hold;
}

/** A catalog that comes back after a loss is to know the hold. Without it the hourly copy will. */
async function backUp(store: Store): Promise<void> {
  await backupCatalog(store).catch((error: unknown) => {
    store.log.warn({ event: "backup-after-hold-failed", code: errorCode(error) });
  });
}

/** Lets retention and erasure have the days again. Throws `UserError` when there is no such hold. */
export async function releaseHold(store: Store, id: string, asked: Asked): Promise<Hold> {
  const hold = await holdNamed(store.catalog, id);
  await tell(store, "retention.release", hold, asked);
  await deleteHold(store.catalog, id);
  return hold;
}

async function tell(
  store: Store,
  action: string,
  { account, from, id, to }: Hold,
  { by, reason }: Asked,
): Promise<void> {
  const objects = [
    { type: "hold", id },
    { type: "account", id: account },
    { type: "days", id: `${from}/${to}` },
  ];
  await appendTrail(store, { actor: by, action, objects, reason, ticket: null, outcome: "allowed" });
}
