import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { UserError } from "../lib/errors.ts";
import type { Random } from "./ulid.ts";

const keyBytes = 32;
const remedy = "Put it back from a backup; if there is none, read the sources into a new store.";

/**
 * The store's own secret key, made at the first call of a store that `isEmpty`. Two processes that make it at once end with one key. Throws
 * `UserError` for a file that holds no key, or is gone: under another one, what is stored would not be known again.
 */
export function readOrCreateKey(file: string, { isEmpty, random }: { isEmpty: boolean; random: Random }): Buffer {
  if (!existsSync(file)) {
    if (!isEmpty) throw new UserError(`${file}, the key of the store, is gone`, remedy, { exitCode: 3 });
    const draft = `${file}.${Buffer.from(random(8)).toString("hex")}`;
    writeFileSync(draft, random(keyBytes), { mode: 0o600, flush: true });
    try {
      linkSync(draft, file);
    } catch (error) {
      if (!existsSync(file)) throw error;
    } finally {
      rmSync(draft, { force: true });
    }
  }
  const key = readFileSync(file);
  if (key.length === keyBytes) return key;
  throw new UserError(`${file}, the key of the store, is damaged: it has ${key.length} bytes of ${keyBytes}`, remedy, {
    exitCode: 3,
  });
}
