import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Random } from "./ulid.ts";

const keyBytes = 32;

/** The store's own secret key, made at the first call. Two processes that make it at once end with one key. */
export function readOrCreateKey(file: string, random: Random): Buffer {
  if (!existsSync(file)) {
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
  return readFileSync(file);
}
