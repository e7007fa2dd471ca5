import { hostname } from "node:os";
import type { Kysely } from "kysely";
import { UserError } from "../lib/errors.ts";
import { holderWords } from "./catalog/holder.ts";
import type { CatalogSchema } from "./catalog/schema.ts";
import { asDiskTrouble } from "./disk-trouble.ts";
import { checkStore, type StartUp } from "./start-up.ts";
import type { Store } from "./store.ts";
import { ulid } from "./ulid.ts";
import { lockWriter, type WriterLock } from "./writer-lock.ts";

/** The right to write the lake. It ends with `release`, or with the process however that dies. */
export interface Lease {
  /** Raised by each taking: a commit under an older one is refused. */
  readonly epoch: number;
  readonly holder: string;
  readonly startUp: StartUp;
  release(): Promise<void>;
}

const leaseName = "lake";

async function heldByAnother(catalog: Kysely<CatalogSchema>): Promise<UserError> {
  const row = await catalog.selectFrom("leases").selectAll().where("name", "=", leaseName).executeTakeFirst();
  return new UserError(`the store is being written by ${holderWords(row)}`, "Wait until it has ended, or stop it.", {
    exitCode: 5,
  });
}

async function raiseEpoch({ catalog, clock }: Store, holder: string, command: string): Promise<number> {
  const now = clock();
  const row = {
    holder,
    pid: process.pid,
    host: hostname(),
    command,
    acquired_at: now,
    heartbeat_at: now,
    expires_at: null,
  };
  const { epoch } = await catalog
    .insertInto("leases")
    .values({ name: leaseName, epoch: 1, ...row })
    .onConflict((conflict) =>
      conflict.column("name").doUpdateSet((set) => ({ ...row, epoch: set("leases.epoch", "+", 1) })),
    )
    .returning("epoch")
    .executeTakeFirstOrThrow();
  return epoch;
}

function lockOnDisk({ paths }: Store): WriterLock | null {
  try {
    return lockWriter(paths.writerLock);
  } catch (error) {
    throw asDiskTrouble(error, paths.root);
  }
}

/**
 * Takes the lease for `command`, a short name that the one who waits will read, and looks at the store. Throws `UserError`: with exit code
 * 5 while another process holds the lease, 3 if the catalog is damaged or the disk takes nothing more.
 */
export async function takeLease(store: Store, command: string): Promise<Lease> {
  const lock = lockOnDisk(store);
  if (lock === null) throw await heldByAnother(store.catalog);
  try {
    const startUp = await checkStore(store);
    const holder = ulid(store.clock(), store.random);
    const epoch = await raiseEpoch(store, holder, command);
    return { epoch, holder, startUp, release: async () => lock.release() };
  } catch (error) {
    lock.release();
    throw asDiskTrouble(error, store.paths.root);
  }
}
