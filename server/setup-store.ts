import { randomBytes } from "node:crypto";
import type { Config } from "./config.ts";
import type { Log } from "./lib/log.ts";
import { openStore, type StoreOptions } from "./store/open-store.ts";
import type { Store } from "./store/store.ts";

/** The store that the configuration names, with the real clock and chance; for who reads sources into it: it is made or upgraded. */
export function storeOf(config: Config, log: Log): Promise<Store> {
  return openStore(optionsOf(config, log));
}

/** The same store as it is. Throws `UserError`, exit code 3, where there is none, or one of another version. */
export function existingStoreOf(config: Config, log: Log): Promise<Store> {
  return openStore({ ...optionsOf(config, log), existing: true });
}

/** The same store for who writes only in what is there: it is upgraded. Throws `UserError`, exit code 3, where there is none. */
export function writableStoreOf(config: Config, log: Log): Promise<Store> {
  return openStore({ ...optionsOf(config, log), existing: "upgrade" });
}

function optionsOf({ store: { allowNetworkDisk, dir } }: Config, log: Log): StoreOptions {
  return { dataDir: dir, allowNetworkDisk, clock: Date.now, random: (bytes) => randomBytes(bytes), log };
}
