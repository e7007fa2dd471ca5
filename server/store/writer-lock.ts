import { rmSync, truncateSync } from "node:fs";
import Database from "libsql";
import { errorCode } from "../lib/errors.ts";
import { createPrivateFile } from "./data-dir.ts";

/** The right to write, held by the system for this process. */
export interface WriterLock {
  release(): void;
}

/**
 * Takes the lock: an open exclusive transaction, which ends with the process however it dies. Null if another process has it; throws what
 * the disk says.
 */
export function lockWriter(file: string, { waitMs = 0 }: { readonly waitMs?: number } = {}): WriterLock | null {
  createPrivateFile(file);
  try {
    return tryLock(file, waitMs);
  } catch (error) {
    if (!/^SQLITE_(NOTADB|CORRUPT)/.test(errorCode(error))) throw error;
    // Whoever reads what was torn does so under a lock: nobody holds it. The file stays the same one, and it holds nothing.
    truncateSync(file);
    rmSync(`${file}-journal`, { force: true });
    return tryLock(file, waitMs);
  }
}

function tryLock(file: string, waitMs: number): WriterLock | null {
  const database = new Database(file);
  try {
    database.exec(`pragma busy_timeout = ${waitMs}`);
    database.exec("begin exclusive");
  } catch (error) {
    database.close();
    if (!errorCode(error).startsWith("SQLITE_BUSY")) throw error;
    return null;
  }
  return {
    release() {
      if (!database.open) return;
      database.exec("rollback");
      database.close();
    },
  };
}
